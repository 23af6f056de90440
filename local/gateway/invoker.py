"""Two invokers of functions: in this process, for tests, and in child processes, as on Lambda."""

import importlib
import importlib.util
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

from deployment.template.application import ACCOUNT_ID, REGION, Function
from local.gateway.context import describe
from local.gateway.exchange import Json
from local.gateway.sandbox import REQUEST, START, invoke

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
# Further parallel calls of one function wait: enough to show races, few enough for a laptop.
MAXIMUM_PROCESSES_PER_FUNCTION: Final = 8
# The time Lambda gives a function to initialise.
LOAD_TIMEOUT_SECONDS: Final = 10.0
_STOP_TIMEOUT_SECONDS: Final = 1.0


class FunctionError(Exception):
    """The function raised, exited or could not be loaded; its log has the reason."""


class FunctionTimeoutError(FunctionError):
    """The function did not answer within its timeout."""


class Invoker(Protocol):
    """Runs one function with one event and returns the handler's result.

    Raises:
        FunctionTimeoutError: no answer within `timeout_seconds`.
        FunctionError: any other failure of the function.
    """

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        """Run the function."""
        ...


def runtime_environment(function: Function, *, extra: Mapping[str, str]) -> dict[str, str]:
    """Return a function's whole environment: its own variables, Lambda's, and `extra` (endpoints).

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        **_common_environment(),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        # A developer's own profiles must not reach the functions.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "PYTHONPATH": os.pathsep.join(str(path) for path in (function.code, *function.layers)),
        **extra,
        **function.environment,
    }


def _common_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LANG": "en_US.UTF-8", "TZ": ":UTC"}


class InProcessInvoker:
    """Calls handlers in this process: fast, and breakpoints work; the caller sets the environment.

    Handlers cache settings and clients between calls, as on Lambda; clear them when the environment changes.
    """

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        """Run the handler; it gets the remaining time in its context but is not stopped at the end of it."""
        module, _, name = function.handler.rpartition(".")
        handler: Callable[[Any, Any], Any] = getattr(_import(function.code, module=module), name)
        # Through JSON, so that handler and caller share no objects, as on Lambda.
        message = json.loads(json.dumps(_message(function, event, request_id, timeout_seconds)))
        return _result(invoke(handler, message), function)


class PoolInvoker:
    """Keeps a few processes for each function, each with exactly that function's environment.

    As on Lambda, a process serves one request at a time, a request without an idle process starts a new one,
    and a process that exits or times out fails its own request only. `ProcessPoolExecutor` cannot do this:
    one exited worker breaks every open request, and a hanging function cannot be ended.
    """

    def __init__(self, functions: Iterable[Function], *, extra: Mapping[str, str], log: Path) -> None:
        """Create empty pools; `extra` is added to every environment, output is appended to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self._fork_server = _ForkServer(log=log)
        self._pools = {
            function.name: _Pool(
                function,
                environment=runtime_environment(function, extra=extra),
                fork_server=self._fork_server,
            )
            for function in functions
        }

    def warm(self) -> None:
        """Start one process of every function, so that a handler that cannot be loaded fails now. No more
        start at once than there are processors, so that each has its time.

        Raises:
            FunctionError: a handler cannot be loaded; the text names the function.
        """
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
            list(threads.map(_Pool.warm, self._pools.values()))

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        """Run the function in one of its processes."""
        message = _message(function, event, request_id, timeout_seconds)
        return _result(self._pools[function.name].run(message, timeout_seconds=timeout_seconds), function)

    def close(self) -> None:
        """End all processes; open requests fail."""
        for pool in self._pools.values():
            pool.close()
        self._fork_server.close()


class _ForkServer:
    """The gateway's side of the process that starts and ends those of the functions; their output is
    appended to `log`.
    """

    def __init__(self, *, log: Path) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "local.gateway.sandbox", str(theirs.fileno())],
                env=_common_environment(),
                cwd=PROJECT_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                # Ctrl-C in the terminal must reach the gateway alone.
                start_new_session=True,
            )

    def start(self, environment: Mapping[str, str]) -> tuple[int, Connection]:
        """Return a new process's id and the connection to it."""
        ours, theirs = socket.socketpair()
        connection = Connection(ours.detach())
        try:
            with theirs:
                process = self._ask(START, [theirs.fileno()])
            connection.send_bytes(json.dumps(environment).encode())
        except BaseException:
            connection.close()
            raise
        return process, connection

    def end(self, process: int) -> None:
        """Kill a process that was started here, and wait until it is gone.

        Without a fork server this does nothing: the process ends when its connection is closed.
        """
        with suppress(FunctionError):
            self._ask(process, [])

    def close(self) -> None:
        """End the fork server."""
        self._control.close()
        try:
            self._process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: int, descriptors: list[int]) -> int:
        try:
            with self._lock:
                socket.send_fds(self._control, [REQUEST.pack(request)], descriptors)
                (process,) = REQUEST.unpack(self._control.recv(REQUEST.size))
        except (OSError, struct.error) as error:
            raise FunctionError(
                "the fork server of the functions has ended; start the stack again"
            ) from error
        return int(process)


class _Pool:
    def __init__(
        self, function: Function, *, environment: Mapping[str, str], fork_server: _ForkServer
    ) -> None:
        self._function = function
        self._environment = environment
        self._fork_server = fork_server
        self._slots = threading.BoundedSemaphore(MAXIMUM_PROCESSES_PER_FUNCTION)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def warm(self) -> None:
        process = self._start()
        with self._lock:
            self._idle.append(process)

    def run(self, message: Mapping[str, Any], *, timeout_seconds: float) -> Mapping[str, Any]:
        with self._slots:
            process = self._take_idle() or self._start()
            try:
                answer = process.ask(message, timeout_seconds=timeout_seconds)
            except BaseException:
                with self._lock:
                    self._all.discard(process)
                process.end()
                raise
            with self._lock:
                self._idle.append(process)
            return answer

    def _take_idle(self) -> "_Process | None":
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive():
                    return process
                self._all.discard(process)
                process.end()
        return None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            processes, self._all = self._all, set()
        for process in processes:
            process.end()

    def _start(self) -> "_Process":
        process = _Process(self._function, environment=self._environment, fork_server=self._fork_server)
        with self._lock:
            if not self._closed:
                self._all.add(process)
                return process
        process.end()
        raise FunctionError(f"{self._function.name} is being stopped")


class _Process:
    """One process of one function."""

    def __init__(
        self, function: Function, *, environment: Mapping[str, str], fork_server: _ForkServer
    ) -> None:
        self._name = function.name
        self._fork_server = fork_server
        self._lock = threading.Lock()
        self._has_ended = False
        self._id, self._connection = fork_server.start(environment)
        try:
            report = self._receive(LOAD_TIMEOUT_SECONDS)
        except FunctionError:
            self.end()
            raise
        if "error" in report:
            self.end()
            error = report["error"]
            raise FunctionError(f"{function.name} cannot be loaded: {error['type']}: {error['message']}")

    def ask(self, message: Mapping[str, Any], *, timeout_seconds: float) -> Mapping[str, Any]:
        try:
            self._connection.send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise FunctionError(f"{self._name} has ended") from error
        return self._receive(timeout_seconds)

    def is_alive(self) -> bool:
        # An idle process says nothing: what there is to read is the end of its connection.
        return not self._connection.poll()

    def end(self) -> None:
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
        # In this order, so that a waiting request sees the end of the process, not a closed descriptor.
        self._fork_server.end(self._id)
        self._connection.close()

    def _receive(self, timeout_seconds: float) -> Mapping[str, Any]:
        try:
            if not self._connection.poll(timeout_seconds):
                raise FunctionTimeoutError(f"{self._name} did not answer in {timeout_seconds:g} s")
            message: Mapping[str, Any] = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise FunctionError(f"{self._name} ended without an answer") from error
        return message


def _message(function: Function, event: Json, request_id: str, timeout_seconds: float) -> dict[str, Any]:
    context = describe(
        name=function.name,
        memory_megabytes=function.memory_megabytes,
        request_id=request_id,
        region=REGION,
        account_id=ACCOUNT_ID,
    )
    return {"event": event, "context": context, "timeout_seconds": timeout_seconds}


def _result(answer: Mapping[str, Any], function: Function) -> Json:
    if "error" in answer:
        raise FunctionError(f"{function.name} raised {answer['error']['type']}")
    return answer["result"]


def _import(code: Path, *, module: str) -> ModuleType:
    if code.is_relative_to(PROJECT_ROOT):
        # Tests import the handler by the same name: one module object, one set of caches.
        return importlib.import_module(".".join((*code.relative_to(PROJECT_ROOT).parts, module)))
    path = code / f"{module.replace('.', '/')}.py"
    name = f"function_{uuid.uuid5(uuid.NAMESPACE_URL, str(path)).hex}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise FunctionError(f"there is no module {module} in the function's code")
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        sys.modules[name] = loaded
    return sys.modules[name]
