"""When the invocation under way has to end. A process has one invocation at a time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """The time that the invocation under way has left; endless before the first one and between two."""

    def __init__(self) -> None:
        """Start between two invocations."""
        self.remaining_seconds: Callable[[], float] = _endless

    @contextmanager
    def of(self, remaining_seconds: Callable[[], float]) -> Iterator[None]:
        """Hold for an invocation, which ends in `remaining_seconds()`."""
        self.remaining_seconds = remaining_seconds
        try:
            yield
        finally:
            self.remaining_seconds = _endless


def _endless() -> float:
    return math.inf


deadline = Deadline()
"""The one of this process."""
