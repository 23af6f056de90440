"""Lanes may each read a part; all of them together must have come by everywhere."""

from collections import Counter
from pathlib import Path

import pytest

from tests.canaries.__main__ import main
from tests.canaries.places import BELONGS, Channel, Kind
from tests.canaries.readings import Readings

EVERYWHERE = frozenset((kind, channel) for kind, channels in BELONGS.items() for channel in channels)
ALL = Readings(texts=Counter(Channel), seen=EVERYWHERE)
NAMES = frozenset(place for place in EVERYWHERE if place[0] is Kind.NAME)


def test_a_run_that_came_by_everywhere_has_no_gap() -> None:
    assert ALL.gaps() == []


def test_a_run_without_a_channel_or_a_place_has_a_gap() -> None:
    partial = Readings(
        texts=Counter(set(Channel) - {Channel.METRIC}), seen=EVERYWHERE - {(Kind.NAME, Channel.TABLE)}
    )

    assert partial.gaps() == [
        f"no {Channel.METRIC} was read: its tap is dry",
        f"no {Kind.NAME} was seen in any {Channel.TABLE}, where the table of places says that it belongs",
    ]


@pytest.mark.parametrize(
    ("lanes", "code"),
    [
        pytest.param(
            [
                Readings(texts=Counter([Channel.LOG]), seen=NAMES),
                Readings(texts=Counter(set(Channel) - {Channel.LOG}), seen=EVERYWHERE - NAMES),
            ],
            0,
            id="together everywhere",
        ),
        pytest.param([ALL], 0, id="one everywhere"),
        pytest.param([Readings(texts=Counter(Channel), seen=NAMES)] * 2, 1, id="a place left out"),
        pytest.param([], 1, id="nothing"),
    ],
)
def test_what_the_lanes_left_is_added_up(lanes: list[Readings], code: int, tmp_path: Path) -> None:
    for number, lane in enumerate(lanes):
        lane.save(tmp_path / f"{number}.json")

    assert main(tmp_path) == code
