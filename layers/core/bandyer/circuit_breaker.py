"""The circuit breaker: requests fail at once while the provider does not answer."""

import threading
import time
from collections.abc import Callable
from typing import Final

TIMEOUTS_TO_OPEN: Final = 2
"""In a row, on any endpoint and in any thread."""
OPEN_SECONDS: Final = 10.0


class CircuitBreaker:
    """Refuses requests for `OPEN_SECONDS` after `TIMEOUTS_TO_OPEN` timeouts in a row, then admits a trial.

    It is kept for the life of the process, like the session. Threads may share it.

    Args:
        wall_clock: The clock of the refusals. A monotonic clock may stop while a Lambda function is frozen
            between two requests, and would then extend the ten seconds to hours. If the wall clock is set
            meanwhile, a trial comes earlier or later, by ten seconds at most.
    """

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._timeouts = 0
        self._refusing_since = 0.0
        self._lock = threading.Lock()

    def refused_seconds(self) -> float:
        """Return for how long requests are still refused; 0 means that this one may be sent.

        Others are refused while the trial is under way. If its outcome is never recorded, the next trial
        follows after `OPEN_SECONDS`.
        """
        with self._lock:
            if self._timeouts < TIMEOUTS_TO_OPEN:
                return 0.0
            now = self._wall_clock()
            elapsed_seconds = now - self._refusing_since
            if 0 <= elapsed_seconds < OPEN_SECONDS:
                return OPEN_SECONDS - elapsed_seconds
            self._refusing_since = now
            return 0.0

    def record_timeout(self) -> None:
        """Count a request that got no answer in time."""
        with self._lock:
            self._timeouts += 1
            self._refusing_since = self._wall_clock()

    def record_answer(self) -> None:
        """Count from zero again: there was an answer of any kind, or a failure that took no time."""
        with self._lock:
            self._timeouts = 0
