"""The context object of a handler, with the real remaining time.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any


class LambdaContext:
    """The facts about one invocation under AWS's names; as on AWS, the memory limit is a text."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(
        self,
        facts: Mapping[str, Any],
        *,
        timeout_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the time limit; `facts` come from `describe`, `clock` counts seconds."""
        self.function_name: str = facts["function_name"]
        self.memory_limit_in_mb: str = facts["memory_limit_in_mb"]
        self.invoked_function_arn: str = facts["invoked_function_arn"]
        self.aws_request_id: str = facts["aws_request_id"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"
        self._clock = clock
        self._deadline = clock() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left before the timeout, at least zero."""
        return max(0, int((self._deadline - self._clock()) * 1000))


def describe(
    *, name: str, memory_megabytes: int, request_id: str, region: str, account_id: str
) -> dict[str, str]:
    """Return the facts for a `LambdaContext` as JSON data, so that they can be sent to another process."""
    return {
        "function_name": name,
        "memory_limit_in_mb": str(memory_megabytes),
        "invoked_function_arn": f"arn:aws:lambda:{region}:{account_id}:function:{name}",
        "aws_request_id": request_id,
    }
