"""Keep requests to the provider at a steady rate, and wait when it asks for a pause.

The API key is shared with the service that is still running, which must not be slowed down by the move.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter

TOO_MANY_REQUESTS: Final = 429
DEFAULT_PAUSE_SECONDS: Final = 60.0
"""The vendor's own samples wait so long after a 429 without `Retry-After`."""
LONGEST_PAUSE_SECONDS: Final = 600.0
PAUSES: Final = 10
"""After so many pauses in a row the refusal is passed on."""


class PacedAdapter(BaseAdapter):
    """Sends through another adapter, no more than `per_second` requests a second, and repeats what was
    refused with 429 after the wait that the answer asks for. Such a request had no effect.
    """

    def __init__(
        self,
        adapter: BaseAdapter,
        *,
        per_second: float,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._adapter = adapter
        self._interval_seconds = 1 / per_second
        self._sleep = sleep
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._next = 0.0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - the library's own arguments
        """Send one request when its turn comes."""
        for _ in range(PAUSES):
            self._wait_for_turn()
            response = self._adapter.send(*args, **kwargs)
            if response.status_code != TOO_MANY_REQUESTS:
                return response
            self._sleep(_pause_seconds(response))
        return response

    def close(self) -> None:
        """Close the other adapter's connections."""
        self._adapter.close()

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next)
            self._next = turn + self._interval_seconds
        if turn > now:
            self._sleep(turn - now)


def keep_pace(session: requests.Session, *, per_second: float) -> None:
    """Let a session send no more than `per_second` requests a second."""
    for prefix, adapter in list(session.adapters.items()):
        session.mount(prefix, PacedAdapter(adapter, per_second=per_second))


def _pause_seconds(response: requests.Response) -> float:
    # A date is allowed too, and the vendor documents neither.
    asked = response.headers.get("Retry-After", "")
    if not asked.isascii() or not asked.isdigit():
        return DEFAULT_PAUSE_SECONDS
    return min(float(asked), LONGEST_PAUSE_SECONDS)
