"""What happens when, on the virtual clock."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.fakes.watch import Watch


class Agenda:
    """Actions by time; those of one instant run in the order in which they were added."""

    def __init__(self, clock: Watch) -> None:
        self.clock = clock
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._added = 0

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Add an action; one of the past runs next."""
        self._added += 1
        heapq.heappush(self._heap, (max(when, self.clock.now), self._added, action))

    def after(self, pause: timedelta, action: Callable[[], None]) -> None:
        """Add an action that follows after a pause."""
        self.at(self.clock.now + pause, action)

    @property
    def next_at(self) -> datetime | None:
        """When the next action runs; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Move the clock to the next action, and run it."""
        when, _, action = heapq.heappop(self._heap)
        self.clock.now = when
        action()
