"""A simulated year of a clinic: faults, restores, a lost region, rotated keys, on the virtual clock."""

import random
from datetime import timedelta

import pytest

from tests.depth import by_depth
from tests.faults.year.year import Plan, simulated

FORTNIGHT = Plan(
    days=14,
    visits_a_day=10,
    longest_lead=timedelta(days=6),
    retention=timedelta(days=3),
    restores={8: 5},
    rotations=frozenset({3}),
    outages=frozenset({10}),
    region_lost_on=11,
)
WHOLE_YEAR = Plan(
    days=365,
    visits_a_day=4,
    longest_lead=timedelta(days=50),
    retention=timedelta(days=30),
    restores={40: 3, 101: 8, 163: 2, 240: 6, 318: 4},
    rotations=frozenset({60, 150, 241, 330}),
    outages=frozenset({22, 85, 141, 199, 262, 316}),
    region_lost_on=206,
)
"""Four visits on each working day are 1,044 in the year."""
SEEDS = by_depth([1], deep=[1, *random.Random().sample(range(2, 1_000_000), 9)])
"""A run is the same each time for one seed."""


def run(plan: Plan, counts: list[str], *, seed: int, title: str) -> None:
    with simulated(plan, seed=seed) as year:
        year.run()

    counts.extend([title, *year.table_of_counts()])
    assert year.promises.broken == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fortnight_loses_no_visit_and_leaves_no_room(counts: list[str], seed: int) -> None:
    run(FORTNIGHT, counts, seed=seed, title=f"a simulated fortnight, seed {seed}:")


@pytest.mark.deep
def test_a_year_loses_no_visit_and_leaves_no_room(counts: list[str]) -> None:
    run(WHOLE_YEAR, counts, seed=1, title="a simulated year:")
