"""Inside the process of one Lambda function: load the handler, then answer until the gateway goes away.

Started as `python -m local.gateway.sandbox DESCRIPTOR`, with the function's environment, and nothing of the
project on the import path but what Lambda would have there. Messages are JSON over that descriptor's socket.
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
    """Report whether the handler could be loaded, then answer one message after the other."""
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
    """Run the handler once; what it raises becomes an error report, as in Lambda's own runtime."""
    context = LambdaContext(message["context"], timeout_seconds=message["timeout_seconds"])
    try:
        result = handler(message["event"], context)
        # Lambda's runtime refuses what JSON cannot carry; a test must not be able to return more.
        json.dumps(result)
    except Exception as error:  # noqa: BLE001 - the border of the function; nothing may pass it
        traceback.print_exc()
        return failure(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return {"result": result}


def failure(error: BaseException) -> dict[str, Any]:
    """Describe an error for the gateway."""
    return {"error": {"type": type(error).__name__, "message": str(error)}}


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def main() -> None:
    """Make the process look like Lambda's, then serve."""
    # Ctrl-C is for the gateway, which ends its functions itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `-m` put the project's root on the path so that this module could be found: a function must not see it.
    sys.path.remove(str(Path.cwd()))
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])
    with Connection(int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
