"""How much is tried, and how much was."""

import os
from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, settings

EFFORT: Final = int(os.environ.get("HOSTILE_EFFORT", "1"))
"""`HOSTILE_EFFORT=20 make test` tries twenty times as many random cases, and other ones each time."""


def cases(count: int) -> settings:
    """So many random cases, the same in every run unless more effort is asked for."""
    return settings(
        max_examples=count * EFFORT,
        derandomize=EFFORT == 1,
        # To shrink is worth its time only where somebody reads the result; to explain never is.
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        deadline=None,
        database=None,
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
    )


class Tally:
    """The cases that were tried, by kind, and how they were answered."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def add(self, kind: str, *, status: int) -> None:
        self.kinds[kind] += 1
        self.statuses[status] += 1

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.items())
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return f"hostile input: {self.kinds.total()} cases ({kinds}); answers {statuses}"
