"""Call pages without a browser: an event stream each, and messages through the same link."""

import json
from collections.abc import Iterator
from typing import Any, Self

from httpx2 import Client, Response

# Far longer than any event takes, so that a missing one fails the test instead of blocking it.
READ_TIMEOUT_SECONDS = 5.0

type Event = dict[str, Any]


class OpenPage:
    """One open link; `expect` reads events up to the expected one, and fails without it."""

    def __init__(self, site_url: str, *, token: str, query: str = "") -> None:
        self.token = token
        self.id = ""
        self.seen: list[Event] = []
        self._client = Client(base_url=site_url, timeout=READ_TIMEOUT_SECONDS)
        self._stream = self._client.stream("GET", f"/_call/{token}/events{query}")
        self._response = self._stream.__enter__()
        self._lines: Iterator[str] = self._response.iter_lines()
        self.status = self._response.status_code

    def enter(self) -> Self:
        self.id = self.expect("welcome")["you"]
        return self

    def expect(self, kind: str) -> Event:
        for line in self._lines:
            if line.startswith("data: "):
                event: Event = json.loads(line.removeprefix("data: "))
                self.seen.append(event)
                if event["type"] == kind:
                    return event
        raise AssertionError(f"the stream ended before {kind}, after {[each['type'] for each in self.seen]}")

    def expect_end(self) -> None:
        assert [line for line in self._lines if line] == []

    def send(self, kind: str, **fields: Any) -> Response:
        return self._client.post(
            f"/_call/{self.token}/messages", json={"type": kind, "from": self.id, **fields}
        )

    def close(self) -> None:
        self._stream.__exit__(None, None, None)
        self._client.close()
