"""A simulated year of a clinic: faults, restores, a lost region, rotated keys, on the virtual clock."""

from datetime import timedelta

import pytest

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
    visits_a_day=46,
    longest_lead=timedelta(days=50),
    retention=timedelta(days=30),
    restores={40: 3, 101: 8, 163: 2, 240: 6, 318: 4},
    rotations=frozenset({60, 150, 241, 330}),
    outages=frozenset({22, 85, 141, 199, 262, 316}),
    region_lost_on=206,
)
"""46 visits on each working day are 12,000 in the year, 1,000 a month."""


def run(plan: Plan, counts: list[str], *, title: str) -> None:
    with simulated(plan, seed=1) as year:
        year.run()

    counts.extend([title, *year.table_of_counts()])
    assert year.promises.broken == []


def test_a_fortnight_loses_no_visit_and_leaves_no_room(counts: list[str]) -> None:
    run(FORTNIGHT, counts, title="a simulated fortnight:")


@pytest.mark.deep
def test_a_year_loses_no_visit_and_leaves_no_room(counts: list[str]) -> None:
    run(WHOLE_YEAR, counts, title="a simulated year:")
