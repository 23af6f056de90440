"""The process of one Lambda function: loads the handler, then answers until the gateway closes the socket.

Started as `python -m local.gateway.sandbox DESCRIPTOR`, with the function's environment and the import path
that Lambda would have. Messages are JSON over that descriptor's socket.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local.gateway.context import LambdaContext


def serve(connection: Connection) -> None:
    """Report whether the handler was loaded, then answer messages one by one."""
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


def main() -> None:
    """Set up the process as on Lambda, then serve."""
    # On Ctrl-C the gateway ends its functions itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `-m` put the project's root on the path to find this module; functions must not import from it.
    sys.path.remove(str(Path.cwd()))
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])
    with Connection(int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
