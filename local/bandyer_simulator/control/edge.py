"""Middleware in front of the API: request log, faults, API key."""

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.bandyer_simulator.api.errors import ProviderError, invalid_api_key
from local.bandyer_simulator.control.connections import Connections
from local.bandyer_simulator.control.faults import Fault, FaultBook, disconnected
from local.bandyer_simulator.memory.records import RequestRecord
from local.bandyer_simulator.memory.state import State

# A truncated answer: JSON that ends in the middle.
_MALFORMED_BODY = b'{"room":{"room_id":"room_'


class ProviderEdge:
    """ASGI middleware around the API; faults come before the key check, as from a broken gateway.

    `hold_seconds` limits how long a timeout fault holds a request whose client keeps waiting.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        state: State,
        faults: FaultBook,
        connections: Connections,
        path_prefix: str,
        hold_seconds: float,
    ) -> None:
        self._app = app
        self._state = state
        self._faults = faults
        self._connections = connections
        self._path_prefix = path_prefix
        self._hold_seconds = hold_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log the request, then apply a fault or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = RequestRecord(scope["method"], scope["path"])
        with self._state.lock:
            self._state.requests.append(record)
        if scope.get("client"):
            self._connections.mark_used(tuple(scope["client"]))

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        body = await _whole_body(receive)
        if body is None:
            return
        paths = (scope["path"].removeprefix(self._path_prefix), scope["path"])
        fault = self._faults.take(scope["method"], paths=paths)
        if fault is None:
            await self._guarded(scope, _replayed(body, then=receive), send_and_note)
        else:
            await self._fail(fault, scope, body=body, receive=receive, send=send_and_note, plain_send=send)

    async def _fail(
        self, fault: Fault, scope: Scope, *, body: bytes, receive: Receive, send: Send, plain_send: Send
    ) -> None:
        if fault.kind == "slow":
            # A slow server commits after its client has left, but not after a reset.
            generation = self._state.generation
            await self._faults.hold(fault.seconds, until_gone=None)
            if generation == self._state.generation:
                await self._guarded(scope, _replayed(body, then=receive), send)
            else:
                await _timed_out()(scope, receive, plain_send)
            return
        status = fault.status
        if fault.commits:
            status = await self._committed(scope, body=body)
        if fault.kind == "status":
            await _refusal(fault)(scope, receive, send)
        elif fault.kind == "malformed_body":
            malformed = Response(_MALFORMED_BODY, status_code=status, media_type="application/json")
            await malformed(scope, receive, send)
        elif fault.needs_connection:
            self._connections.cut(tuple(scope["client"]))
            await disconnected(receive)
        else:
            await self._faults.hold(self._hold_seconds, until_gone=receive)
            # The client still waits after `hold_seconds`; the log keeps this request without an answer.
            await _timed_out()(scope, receive, plain_send)

    async def _committed(self, scope: Scope, *, body: bytes) -> int:
        """Run the request, drop its answer, and return its status."""
        statuses: list[int] = []

        async def drop(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def nothing_more() -> Message:
            return {"type": "http.disconnect"}

        await self._guarded(scope, _replayed(body, then=nothing_more), drop)
        return statuses[0]

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Choice: the key is checked before the path, so an unknown path without a key is 401.
        given = Headers(scope=scope).get("apikey", "")
        if hmac.compare_digest(given.encode(), self._state.api_key.encode()):
            await self._app(scope, receive, send)
        else:
            refusal = invalid_api_key()
            await JSONResponse(refusal.body(), status_code=refusal.status)(scope, receive, send)


def _timed_out() -> Response:
    late = ProviderError(504, name="internal_server_error", code="timeout", message="Simulated timeout")
    return JSONResponse(late.body(), status_code=late.status)


def _refusal(fault: Fault) -> Response:
    name = "internal_server_error" if fault.status >= 500 else "invalid_request_error"
    refusal = ProviderError(fault.status, name=name, code=name, message="Simulated fault")
    headers = {} if fault.retry_after_seconds is None else {"Retry-After": str(fault.retry_after_seconds)}
    return JSONResponse(refusal.body(), status_code=fault.status, headers=headers)


async def _whole_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None if the client disconnected before its end."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replayed(body: bytes, *, then: Receive) -> Receive:
    """Return a `receive` that yields the body again, then the messages of `then`."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return await then()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
