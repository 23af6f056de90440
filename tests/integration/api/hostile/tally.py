"""How much is tried, and how much was."""

from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, settings

from tests.depth import IS_DEEP, by_depth

_TIMES: Final = by_depth(0.25, deep=20)
EVERY: Final = by_depth(4, deep=1)
"""One in so many of the listed cases is tried, another one at each place."""


def cases(count: int) -> settings:
    """So many random cases, times what the depth says; the same in every run but in a deep one."""
    return settings(
        max_examples=max(int(count * _TIMES), 1),
        derandomize=not IS_DEEP,
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
