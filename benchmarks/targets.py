"""What we want to be: ratios of our figures to others', each the median of the rounds' own ratios."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.campaign import Sample
from benchmarks.variants import Key, Method, Stack


@dataclass(frozen=True)
class Figure:
    """One column of the table: an attribute of `Sample`, for one method."""

    title: str
    method: Method
    attribute: str


FIGURES: Final = (
    Figure("GET cold", Method.GET, "cold_ms"),
    Figure("GET warm p50", Method.GET, "warm_ms"),
    Figure("GET peak memory", Method.GET, "peak_megabytes"),
    Figure("POST cold", Method.POST, "cold_ms"),
    Figure("POST warm p50", Method.POST, "warm_ms"),
)

# At most so many times the other's; None where nothing is asked, in the order of FIGURES.
TARGETS: Final[Mapping[Stack, Sequence[float | None]]] = {
    Stack.BARE: (2.3, 2.5, 1.7, None, None),
    Stack.POWERTOOLS: (None, None, None, 1.0, None),
    Stack.FASTAPI: (0.15, 0.33, 0.40, 0.65, 0.15),
    Stack.FASTAPI_TUNED: (None, None, None, None, None),
    Stack.NODE_20: (0.50, 0.45, 0.35, None, None),
    Stack.NODE_24: (None, None, None, None, None),
}


@dataclass(frozen=True)
class Ratio:
    """Ours over another's, round by round."""

    values: Sequence[float]
    target: float | None

    @property
    def median(self) -> float:
        """The figure to read."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Half of the rounds lie between these."""
        if len(self.values) == 1:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    @property
    def is_missed(self) -> bool:
        """Whether there is a target, and we are above it."""
        return self.target is not None and self.median > self.target


def ratio(
    samples: Mapping[Key, Sequence[Sample]], figure: Figure, other: Stack, *, ours: Stack = Stack.OURS
) -> Ratio | None:
    """Compare us with another in one figure, or return None where there is nothing to compare."""
    method = figure.method
    # The bare handler takes no notice of the method.
    others = samples.get((other, Method.GET if other is Stack.BARE else method))
    mine = samples.get((ours, method))
    if mine is None or others is None:
        return None
    pairs = zip(mine, others, strict=True)
    values = [getattr(one, figure.attribute) / getattr(two, figure.attribute) for one, two in pairs]
    target = TARGETS[other][FIGURES.index(figure)] if ours is Stack.OURS else None
    return Ratio(values, target)
