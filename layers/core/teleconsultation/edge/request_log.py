"""GET's own log, the one exception to Powertools: a patient waits for GET's cold start, and Powertools would
make its imports half as long again.

It writes the lines that they write, without `location`, and a count in CloudWatch's embedded metric format; a
test compares the two. Messages are constants and facts are keys; a name, a link, a token or anything a caller
sent is never one of them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import os
import sys
from datetime import UTC, datetime
from json import JSONEncoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from teleconsultation.edge.http import Event, Handler

type Line = dict[str, object]

# The template gives the stack's name, so that two stacks in one account keep their metrics apart.
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "teleconsultation")
NAMESPACE = "Teleconsultation"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_encoded = JSONEncoder(separators=(",", ":"), default=str).encode


class RequestLog:
    """Writes one JSON object a line; `POWERTOOLS_LOG_LEVEL` says from which level on."""

    def __init__(self) -> None:
        """Start with no request."""
        self._is_cold_start = True
        self._keys: Line = {}

    def watching(self, handler: "Handler") -> "Handler":
        """Return the handler with each of its requests named on every line."""

        def lambda_handler(event: "Event", context: "LambdaContext") -> "Event":
            self._begin(context)
            return handler(event, context)

        return lambda_handler

    def _begin(self, context: "LambdaContext") -> None:
        self._keys = {
            "service": SERVICE,
            "cold_start": self._is_cold_start,
            "function_name": context.function_name,
            "function_memory_size": int(context.memory_limit_in_mb),
            "function_arn": context.invoked_function_arn,
            "function_request_id": context.aws_request_id,
        }
        self._is_cold_start = False

    def append_keys(self, **facts: object) -> None:
        """Add facts to every line of this request."""
        self._keys |= facts

    def warning(self, msg: str, **facts: object) -> None:
        """Write what somebody may have to look at."""
        _print(*self._lines("WARNING", msg, facts))

    def error(self, msg: str, **facts: object) -> None:
        """Write what somebody has to look at."""
        _print(*self._lines("ERROR", msg, facts))

    def answered(self, *, status: int, outcome: str) -> None:
        """Write how the request ended, and count it under its outcome, which is the metric's name."""
        facts: Line = {"status": status, "outcome": outcome}
        _print(*self._lines("INFO", "request answered", facts), _count(outcome))

    def _lines(self, level: str, msg: str, facts: Line) -> list[Line]:
        """Return the line, or none where its level is not written."""
        threshold = os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO").upper()
        if threshold in LEVELS and LEVELS.index(level) < LEVELS.index(threshold):
            return []
        line: Line = {
            "level": level,
            "message": msg,
            # As the standard library's logging writes it: 2026-12-01 15:30:00,123+0000
            "timestamp": datetime.now(UTC).isoformat(" ", "milliseconds")[:-6].replace(".", ",") + "+0000",
            **self._keys,
            **{name: value for name, value in facts.items() if value is not None},
        }
        # Lambda's own variable, renewed with each request: `Root=1-…;Parent=…;Sampled=…`.
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):
            line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
        return [line]


log = RequestLog()
"""The one of this process, which has one request at a time."""


def _count(name: str) -> Line:
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    milliseconds = int(datetime.now(UTC).timestamp() * 1000)
    return {
        "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
        "service": SERVICE,
        name: [1.0],
    }


def _print(*lines: Line) -> None:
    # One write: lines of two threads do not mix, and the runtime passes each write on by itself.
    sys.stdout.write("".join(f"{_encoded(line)}\n" for line in lines))
