"""When a record is settled next, and when it expires."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.lifetime import (
    CHECK_BEFORE_OPENING,
    DELETED_RETENTION,
    EARLY_CHECK_BEFORE_OPENING,
    LOOK_EVERY,
    SETTLE_AFTER,
    expires_at,
    next_look_at,
    settles_at,
)
from teleconsultation.domain.model import DoorTimes, Provisioning, Teleconsultation
from tests.fakes.samples import DOOR, END, START, teleconsultation
from tests.fakes.watch import NOON

RETENTION = timedelta(days=30)
OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
EARLY = OPENS - EARLY_CHECK_BEFORE_OPENING
CHECKED = OPENS - CHECK_BEFORE_OPENING
INSTANT = timedelta(seconds=1)
ATTEMPT = Provisioning(attempt_id="attempt-1", started_at=NOON)
WITHOUT_ROOM = replace(teleconsultation(), room=None)


@pytest.mark.parametrize(
    ("record", "instant"),
    [
        (teleconsultation(), CHECKED),
        (replace(teleconsultation(), updated_at=EARLY - timedelta(seconds=1)), EARLY),
        (replace(teleconsultation(), updated_at=EARLY), CHECKED),
        (replace(teleconsultation(), updated_at=OPENS - timedelta(seconds=1)), CHECKED),
        (replace(teleconsultation(), updated_at=OPENS), CLOSES),
        (replace(teleconsultation(), door_times=None), None),
        (WITHOUT_ROOM, None),
        (replace(WITHOUT_ROOM, provisioning=ATTEMPT), NOON + SETTLE_AFTER),
        (replace(teleconsultation(), provisioning=ATTEMPT), NOON + SETTLE_AFTER),
        (replace(WITHOUT_ROOM, rooms_to_delete=frozenset({"a"})), NOON + SETTLE_AFTER),
        (replace(WITHOUT_ROOM, rooms_to_disable=frozenset({"a"})), NOON + SETTLE_AFTER),
        (replace(WITHOUT_ROOM, disabled_rooms={"a": NOON}), END + RETENTION - timedelta(days=1)),
        (replace(WITHOUT_ROOM, disabled_rooms={"a": NOON}, deleted_at=NOON), NOON),
        (replace(teleconsultation(), disabled_rooms={"a": NOON}), CHECKED),
    ],
)
def test_a_record_is_settled_when_the_first_of_its_parts_is_due(
    record: Teleconsultation, instant: datetime | None
) -> None:
    assert settles_at(record, retention=RETENTION) == instant


@pytest.mark.parametrize(
    ("now", "instant"),
    [
        (EARLY - INSTANT, EARLY),
        (EARLY, CHECKED),
        (CHECKED - INSTANT, CHECKED),
        (CHECKED, CHECKED + LOOK_EVERY),
        (OPENS - LOOK_EVERY - INSTANT, OPENS - INSTANT),
        (OPENS - LOOK_EVERY, CLOSES),
        (OPENS, CLOSES),
    ],
)
def test_a_room_is_looked_up_a_day_before_the_opening_and_again_and_again_in_the_last_half_hour(
    now: datetime, instant: datetime
) -> None:
    assert next_look_at(DoorTimes(opens_at=OPENS, closes_at=CLOSES), now=now) == instant


@pytest.mark.parametrize(
    ("record", "instant"),
    [
        (teleconsultation(), END + RETENTION),
        (
            replace(teleconsultation(), updated_at=END + timedelta(days=2)),
            END + timedelta(days=2) + RETENTION,
        ),
        (replace(teleconsultation(), deleted_at=NOON), NOON + DELETED_RETENTION),
    ],
)
def test_a_record_expires_some_time_after_its_end_or_last_change(
    record: Teleconsultation, instant: datetime
) -> None:
    assert expires_at(record, retention=RETENTION) == instant
