"""Server-sent events to the call pages.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.bandyer_simulator.control.faults import disconnected
from local.bandyer_simulator.memory.attendance import Event

# The pause before a page reconnects a lost stream.
RETRY_MILLISECONDS = 1000
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Outbox:
    """A queue of events for one page: `put` from any thread, `take` on the event loop that created it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    def put(self, event: Event | None) -> None:
        """Append an event; None ends the stream after the earlier events."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def take(self) -> Event | None:
        """Return the next event as soon as there is one."""
        return await self._events.get()


class EventStream(Response):
    """A response that sends the events of `outbox` until None or the page's disconnect.

    `tick` runs after `tick_seconds` without an event; `closed` runs once at the end.
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
        """Send the stream; returns at its end."""
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
        # Starlette sets the length of the empty body; a stream has none.
        return [(name, value) for name, value in self.raw_headers if name != b"content-length"]


def _chunk(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}
