"""The gateway as an ASGI application that reports each request."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from local.gateway.exchange import Request, Response
from local.gateway.http_api import MAXIMUM_BODY_BYTES, Gateway


@dataclass(frozen=True)
class RequestLine:
    """The parts of a request and its answer that may be printed: no id, no query, no token."""

    method: str
    route: str
    status: int
    milliseconds: int


def create_app(gateway: Gateway, *, on_request: Callable[[RequestLine], None]) -> ASGIApp:
    """Return the ASGI application; `on_request` runs for each request before its answer is sent."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.monotonic()
        request = await _read(scope, receive)
        # Functions block, so each request runs in its own thread.
        response = await run_in_threadpool(gateway.handle, request)
        on_request(
            RequestLine(
                method=request.method,
                route=(gateway.route_key(request) or "no route").removeprefix(f"{request.method} "),
                status=response.status,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        await _write(response, send)

    return app


async def _read(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        # Beyond the limit the rest is read and dropped, so that the client gets an answer.
        if len(body) <= MAXIMUM_BODY_BYTES:
            body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        method=scope["method"],
        path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=bytes(body),
        source_ip=client[0],
        protocol=f"HTTP/{scope['http_version']}",
    )


async def _write(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    # 204 and 304 have no body and no content length (RFC 9110, 8.6).
    if response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if response.status in (204, 304) else response.body
    await send({"type": "http.response.body", "body": body})
