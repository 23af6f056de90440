"""Processes of a deployment, as cheap as processes get, because the tests kill them by the hundred.

The pool is a process of its own that has imported everything once; each child it forks starts there. It
has one thread, so what is forked is whole, and clients are made in the child, so that no two of them share a
connection. On Lambda the same is a new execution environment of a function that is loaded already.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import boto3

import bandyer.transport
from deployment.template.application import REGION
from teleconsultation import bootstrap
from tests.fakes.api_gateway import lambda_context
from tests.fakes.watch import Watch
from tests.faults.tap import UNDISTURBED, Plan, Step, Tap

PROJECT_ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
ANSWER_SECONDS = 60.0
"""Nothing here takes as long; a child that does has hung."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """An invocation of a function."""

    function: str
    """The name of a function's folder, or of a module with a handler of its own."""
    event: Mapping[str, Any] = field(default_factory=dict)
    remaining_milliseconds: int = 20_000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of an invocation: a result, an error that left the handler, or the process's death."""

    result: Any = None
    error: str | None = None
    died: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def status(self) -> int | None:
        """The HTTP status, if it is an answer to a request."""
        return None if self.result is None else self.result.get("statusCode")


@dataclass(frozen=True, kw_only=True)
class ProcessSetup:
    """What a child must know before it serves."""

    environment: Mapping[str, str]
    plan: Plan


class Process:
    """A child as its parent sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, ask: Ask, *, now: datetime) -> None:
        """Invoke a function, without waiting for the answer."""
        self._connection.send((ask, now))

    def receive(self) -> Answer:
        """Wait for the answer, or for the death it was planned to die."""
        if not self._connection.poll(ANSWER_SECONDS):
            raise TimeoutError("a process of the service hangs")
        answer: Answer = self._connection.recv()
        if answer.died:
            # What it said last; the end of the connection is the proof.
            with suppress(EOFError, ConnectionResetError):
                self._connection.recv()
                raise AssertionError("a process outlived its death")
        return answer

    def run(self, ask: Ask, *, now: datetime) -> Answer:
        """Invoke a function and wait."""
        self.send(ask, now=now)
        return self.receive()

    def close(self) -> None:
        """Let it end."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ProcessPool:
    """The parent's hold on the process that forks; safe to share between threads."""

    def __init__(self, *, log: Path) -> None:
        """Start it; what the functions log goes to the file `log`."""
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs, log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.process_pool", str(theirs.fileno())],
                cwd=PROJECT_ROOT,
                env=ENVIRONMENT | {"PYTHONPATH": os.pathsep.join((".", "layers/core"))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def fork(self, environment: Mapping[str, str], *, plan: Plan = UNDISTURBED) -> Process:
        """Return a new process with exactly this environment."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"."], [theirs.fileno()])
        connection = Connection(ours.detach())
        connection.send(ProcessSetup(environment=environment, plan=plan))
        return Process(connection)

    def close(self) -> None:
        """End it, and with it whoever still waits for work."""
        self._control.close()
        self._process.wait(ANSWER_SECONDS)


def _serve(connection: Connection) -> None:
    setup: ProcessSetup = connection.recv()
    os.environ.clear()
    os.environ.update(setup.environment)
    clock = Watch()
    bootstrap.clock = clock
    # No pause before a repeat: nobody is there to be spared.
    bandyer.transport.FIRST_PAUSE_SECONDS = 0  # type: ignore[misc]
    tap = Tap(
        setup.plan,
        simulator_url=setup.environment["BANDYER_BASE_URL"],
        on_death=lambda: connection.send(Answer(died=True, steps=tuple(tap.steps))),
    )
    tap.listen_to_dynamodb()
    tap.listen_to_provider(bootstrap._http_session())
    while True:
        try:
            ask, clock.now = connection.recv()
        except EOFError:
            return
        tap.begin()
        connection.send(_answer(ask, tap=tap))


def _answer(ask: Ask, *, tap: Tap) -> Answer:
    module = ask.function if "." in ask.function else f"functions.{ask.function}.app"
    handler = import_module(module).lambda_handler
    try:
        result = handler(dict(ask.event), lambda_context(remaining_milliseconds=ask.remaining_milliseconds))
    except Exception as error:  # noqa: BLE001 - the border of the process, as on Lambda
        return Answer(error=type(error).__name__, steps=tuple(tap.steps))
    return Answer(result=result, steps=tuple(tap.steps))


def _warm() -> None:
    """Load what takes time once: the handlers, and what they import late."""
    for app in sorted(PROJECT_ROOT.glob("functions/*/app.py")):
        import_module(f"functions.{app.parent.name}.app")
    for late in ("bandyer", "teleconsultation.provider.rooms", "teleconsultation.provider.secret"):
        import_module(late)
    # boto3's session keeps the descriptions of the services, and takes most of a client's time to read them.
    for service in ("dynamodb", "secretsmanager"):
        boto3.client(service).close()


def main() -> None:
    """Fork a child for every descriptor that comes, until nobody can send one any more."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for exit codes
    _warm()
    # What lives now lives for ever: a collector that looks through it would copy every page of it.
    gc.collect()
    gc.freeze()
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            with Connection(descriptors[0]) as connection:
                _serve(connection)
            return
        os.close(descriptors[0])


if __name__ == "__main__":
    # By its own name, so that what goes over the connections has one class on both sides.
    import_module("tests.faults.process_pool").main()
