"""Server-sent events: what the server tells a page as soon as it happens.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.bandyer_simulator.control.faults import disconnected
from local.bandyer_simulator.memory.attendance import Event

# How soon a page that lost the stream asks for a new one.
RETRY_MILLISECONDS = 1000
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Outbox:
    """Events for one page, put in from any thread and taken out on the loop it was made on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    def put(self, event: Event | None) -> None:
        """Append an event; None ends the stream after what was put before."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def take(self) -> Event | None:
        """Wait for the next event."""
        return await self._events.get()


class EventStream(Response):
    """An answer that sends what comes into `outbox` until None comes or the page is gone.

    `tick` runs at least every `tick_seconds`; `closed` runs once at the end, however it came.
    """

    def __init__(
        self, outbox: Outbox, *, tick: Callable[[], None], tick_seconds: float, closed: Callable[[], None]
    ) -> None:
        super().__init__(headers=_HEADERS, media_type="text/event-stream")
        self._outbox = outbox
        self._tick = tick
        self._tick_seconds = tick_seconds
        self._closed = closed

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; returns when it is over."""
        gone = asyncio.ensure_future(disconnected(receive))
        coming = asyncio.ensure_future(self._outbox.take())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self._stream_headers()})
            await send(_chunk(f"retry: {RETRY_MILLISECONDS}\n\n"))
            while not gone.done():
                await asyncio.wait(
                    (gone, coming), timeout=self._tick_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if coming.done():
                    event = coming.result()
                    if event is None:
                        break
                    await send(_chunk(f"data: {json.dumps(event)}\n\n"))
                    coming = asyncio.ensure_future(self._outbox.take())
                else:
                    self._tick()
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            coming.cancel()
            self._closed()

    def _stream_headers(self) -> list[tuple[bytes, bytes]]:
        # Starlette counted the empty body it was made with; a stream has no length.
        return [(name, value) for name, value in self.raw_headers if name != b"content-length"]


def _chunk(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}
