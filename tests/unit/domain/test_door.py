"""The door at its exact edges."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.door import Door, State
from tests.fakes.samples import END, START, teleconsultation

DOOR = Door(early_join_seconds=600, late_join_seconds=900, edit_freeze_seconds=1200)
OPENS = START - timedelta(seconds=600)
CLOSES = END + timedelta(seconds=900)
INSTANT = timedelta(microseconds=1)


def test_each_edge_comes_from_its_own_setting() -> None:
    schedule = teleconsultation().schedule

    edges = (DOOR.freezes_at(schedule), DOOR.opens_at(schedule), DOOR.closes_at(schedule))

    assert edges == (START - timedelta(seconds=1200), OPENS, CLOSES)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - timedelta(days=365), State.SCHEDULED),
        (OPENS - INSTANT, State.SCHEDULED),
        (OPENS, State.OPEN),
        (START, State.OPEN),
        (END, State.OPEN),
        (CLOSES - INSTANT, State.OPEN),
        (CLOSES, State.ENDED),
        (CLOSES + timedelta(days=365), State.ENDED),
    ],
    ids=str,
)
def test_a_complete_teleconsultation_opens_and_closes_by_the_clock(now: datetime, state: State) -> None:
    assert DOOR.state_of(teleconsultation(), now=now) is state


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - INSTANT, State.WAITING_FOR_PARTICIPANTS),
        (OPENS, State.WAITING_FOR_PARTICIPANTS),
        (CLOSES - INSTANT, State.WAITING_FOR_PARTICIPANTS),
        (CLOSES, State.ENDED),
    ],
    ids=str,
)
def test_an_incomplete_one_waits_until_it_is_over(now: datetime, state: State) -> None:
    incomplete = replace(teleconsultation(with_room=False), participants_number=3)

    assert DOOR.state_of(incomplete, now=now) is state


def test_a_door_without_margins_is_open_from_start_to_end() -> None:
    door = Door(early_join_seconds=0, late_join_seconds=0, edit_freeze_seconds=0)

    states = [
        door.state_of(teleconsultation(), now=now) for now in (START - INSTANT, START, END - INSTANT, END)
    ]

    assert states == [State.SCHEDULED, State.OPEN, State.OPEN, State.ENDED]
