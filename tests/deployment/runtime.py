"""Built functions under Lambda's own runtime client, behind the runtime interface emulator of SAM CLI.

Without containers: the emulator is a program that starts the runtime client like Lambda. It limits no memory,
and it crashes on concurrent requests.
https://docs.aws.amazon.com/lambda/latest/dg/python-image.html#python-image-clients
"""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from deployment.template.application import Application, Function
from local.child_process import supervised
from local.emulator import AwsEmulator
from local.gateway.exchange import Json
from local.gateway.invoker import FunctionError, FunctionTimeoutError, Invoker, runtime_environment
from local.ports import HOST
from tests.deployment.sam import ARCHITECTURE, TOOLS

PYTHON: Final = TOOLS / "runtime/bin/python"
EMULATOR: Final = TOOLS / f"sam/lib/python3.13/site-packages/samcli/local/rapid/aws-lambda-rie-{ARCHITECTURE}"
START_TIMEOUT_SECONDS: Final = 20.0
ANSWER_TIMEOUT_SECONDS: Final = 60.0
_PATH: Final = "/2015-03-31/functions/function/invocations"
_TIMED_OUT: Final = "Task timed out after"


class UnhandledError(FunctionError):
    """The function raised or could not be imported; `report` is Lambda's error report."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        super().__init__(report["errorType"])
        self.report = report


@dataclass
class LambdaRuntime:
    """One running function; `url` is the emulator's, `last_event` the last event it received."""

    url: str
    lock: threading.Lock
    last_event: Json = None

    def invoke(self, event: Json) -> Json:
        """Send one event after the previous one is answered, and return the handler's result.

        Raises:
            FunctionTimeoutError: the function's own time was over.
            UnhandledError: it raised or could not be imported.
        """
        request = urllib.request.Request(self.url + _PATH, data=json.dumps(event).encode())  # noqa: S310 - ours
        with self.lock:
            self.last_event = event
            text = _send(request)
        # A timeout is reported as plain text.
        if text.startswith(_TIMED_OUT):
            raise FunctionTimeoutError(text)
        result = json.loads(text)
        if isinstance(result, dict) and "errorType" in result:
            raise UnhandledError(result)
        return result


@contextmanager
def running_function(function: Function, *, extra: Mapping[str, str], log: Path) -> Iterator[LambdaRuntime]:
    """Run one function until the block ends, with only its built code and layers on the path."""
    api, invocations = free_port(), free_port()
    environment = runtime_environment(function, extra=extra) | {
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_seconds)
    }
    command = [
        # `supervised` starts it in the project folder, which Python would add to its path.
        *("env", f"--chdir={function.code}"),
        *(str(EMULATOR), "--log-level", "error"),
        *("--runtime-api-address", f"{HOST}:{api}"),
        *("--runtime-interface-emulator-address", f"{HOST}:{invocations}"),
        *(str(PYTHON), "-m", "awslambdaric", function.handler),
    ]
    with log.open("ab") as output, supervised(command, environment=environment, log=output) as process:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _listens(invocations):
            assert process.poll() is None, f"the runtime emulator ended; its log is {log}"
            assert time.monotonic() < deadline, f"the runtime emulator was not ready in time; see {log}"
            time.sleep(0.01)
        yield LambdaRuntime(url=f"http://{HOST}:{invocations}", lock=threading.Lock())


@dataclass(frozen=True)
class LambdaRuntimes:
    """Several running functions: an Invoker of the local gateway."""

    runtimes: Mapping[str, LambdaRuntime]

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        """Run the function with its deployed timeout."""
        return self.runtimes[function.name].invoke(event)


@dataclass(frozen=True)
class Runtimes:
    """Creates the invoker of a stack whose functions run under the emulator; output goes to `log`."""

    log: Path

    @contextmanager
    def __call__(self, application: Application, aws: AwsEmulator) -> Iterator[Invoker]:
        """Run all functions of the application until the block ends."""
        with ExitStack() as stack:
            yield LambdaRuntimes(
                {
                    name: stack.enter_context(
                        running_function(function, extra=aws.environment(), log=self.log)
                    )
                    for name, function in application.functions.items()
                }
            )


def with_timeout(function: Function, *, seconds: int) -> Function:
    """Return the same function with a shorter timeout."""
    return replace(function, timeout_seconds=seconds)


def _send(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_SECONDS) as response:  # noqa: S310 - ours
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        # A function that could not be started; an error or timeout comes with 200.
        return str(error.read().decode())


def free_port() -> int:
    """Return a free port; another program could still take it before it is used."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
