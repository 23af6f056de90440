"""The adapter as an ASGI application: limits, the platform's health checks, and one log line a request."""

import json
import logging
import time
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.appointment_manager.adapter import Adapter, Request, problem
from adapters.appointment_manager.upstream import Answer

MAX_BODY_BYTES: Final = 256 * 1024
"""The service's own limit."""
HEALTH_PATHS: Final = ("/-/healthz", "/-/ready")
"""What the platform asks its services."""

_logger = logging.getLogger(__name__)


class TooLargeError(Exception):
    """The body has more than `MAX_BODY_BYTES`."""


def create_app(adapter: Adapter) -> ASGIApp:
    """Return the application."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] in HEALTH_PATHS:
            await _write(_healthy(), send)
            return
        started = time.monotonic()
        try:
            request = await _read(scope, receive)
        except TooLargeError:
            answer = problem(413, "Payload Too Large", "The body is larger than 256 KB.")
        else:
            # urllib3 blocks, so each request has a thread.
            answer = await run_in_threadpool(adapter.answer, request)
        # No path: it holds ids.
        _logger.info(
            "request answered",
            extra={
                "facts": {
                    "method": scope["method"],
                    "status": answer.status,
                    "milliseconds": round((time.monotonic() - started) * 1000),
                }
            },
        )
        await _write(answer, send)

    return app


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = getattr(record, "facts", {})
        return json.dumps({"level": record.levelname, "message": record.getMessage(), **facts})


def _healthy() -> Answer:
    return Answer(status=200, headers=(("content-type", "application/json"),), body=b'{"status":"OK"}')


async def _read(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        # Beyond the limit the rest is read and dropped, so that the caller gets an answer.
        if len(body) <= MAX_BODY_BYTES:
            body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    if len(body) > MAX_BODY_BYTES:
        raise TooLargeError("more than the service accepts")
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=bytes(body),
    )


async def _write(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    # 204 and 304 have no body and no content length (RFC 9110, 8.6).
    has_body = answer.status not in (204, 304)
    if has_body:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if has_body else b""})
