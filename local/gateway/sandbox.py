"""The processes of the Lambda functions, and the fork server that starts them.

The fork server, `python -m local.gateway.sandbox DESCRIPTOR`, imports the functions' libraries once; every
process that it forks has them, so that one starts in a tenth of a second. It reads requests from that
descriptor's socket, each of 8 bytes: START with a descriptor of the new process's own socket, answered by its
process id; or the id of a process to kill, answered when it is gone. It ends when the socket is closed.

A process gets its environment as the first message on its socket, sets it and the import path as Lambda does,
loads the handler, and answers until the gateway closes the socket. Messages are JSON.
"""

import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from local.gateway.context import LambdaContext

REQUEST: Final = struct.Struct("!q")
START: Final = 0
"""No process has this id."""
_LIBRARIES: Final = (
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "boto3",
    "pydantic.fields",
    "pydantic.types",
    "requests",
)
"""What most functions import, and what reads no environment when it is imported."""


def serve(connection: Connection) -> None:
    """Report whether the handler was loaded, then answer messages one by one."""
    _set_environment(json.loads(connection.recv_bytes()))
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except BaseException as error:  # noqa: BLE001 - whatever stops an import, SystemExit too, stops the function
        traceback.print_exc()
        _send(connection, failure(error))
        return
    _send(connection, {"ready": True})
    while True:
        try:
            message = json.loads(connection.recv_bytes())
        except EOFError:
            return
        _send(connection, invoke(handler, message))


def load_handler(name: str) -> Callable[[Any, Any], Any]:
    """Import `module.function` as Lambda's Handler property names it."""
    module, _, function = name.rpartition(".")
    handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


def invoke(handler: Callable[[Any, Any], Any], message: dict[str, Any]) -> dict[str, Any]:
    """Run the handler once and return its result or an error report, as in Lambda's own runtime."""
    context = LambdaContext(message["context"], timeout_seconds=message["timeout_seconds"])
    try:
        result = handler(message["event"], context)
        # Lambda's runtime refuses results that are not JSON, so this raises for them too.
        json.dumps(result)
    except Exception as error:  # noqa: BLE001 - the border of the function; nothing may pass it
        traceback.print_exc()
        return failure(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return {"result": result}


def failure(error: BaseException) -> dict[str, Any]:
    """Return the error report for an exception."""
    return {"error": {"type": type(error).__name__, "message": str(error)}}


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])


def fork_processes(control: socket.socket) -> None:
    """Start and end processes of functions until the gateway closes the socket."""
    children: set[int] = set()
    while True:
        message, descriptors, *_ = socket.recv_fds(control, REQUEST.size, 1)
        if not message:
            return
        (process,) = REQUEST.unpack(message)
        if process == START:
            process = os.fork()
            if process == 0:
                control.close()
                with Connection(descriptors[0]) as connection:
                    serve(connection)
                return
            os.close(descriptors[0])
            children.add(process)
        elif process in children:
            # Its id is not given to another process before it has been waited for.
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            children.remove(process)
        control.sendall(REQUEST.pack(process))


def main() -> None:
    """Import the libraries, then fork."""
    # On Ctrl-C the gateway ends its functions itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `-m` put the project's root on the path to find this module; functions must not import from it.
    sys.path.remove(str(Path.cwd()))
    for library in _LIBRARIES:
        importlib.import_module(library)
    # The collector would write into every page that the processes share.
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        fork_processes(control)


if __name__ == "__main__":
    main()
