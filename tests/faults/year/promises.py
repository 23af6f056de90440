"""What must hold in a run, and what did not."""

from collections import Counter
from enum import StrEnum

from tests.fakes.watch import Watch


class Promise(StrEnum):
    """A kind of promise, named by what breaks it."""

    VISITS = "lost visits"
    ROOMS = "rooms too many"
    NAMES = "names in logs"
    OTHERS = "other promises that were not kept"


class Promises:
    """Keeps what was not kept, with the time."""

    def __init__(self, clock: Watch) -> None:
        self.broken: list[str] = []
        self.counts: Counter[Promise] = Counter(dict.fromkeys(Promise, 0))
        self._clock = clock

    def hold(self, promise: Promise, fact: object, otherwise: str) -> None:
        """Note `otherwise` if the fact is not true."""
        if not fact:
            self.counts[promise] += 1
            self.broken.append(f"{self._clock.now}: {otherwise}")
