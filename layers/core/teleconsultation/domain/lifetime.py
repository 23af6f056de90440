"""When the reconciler settles a record next, and when the table deletes it."""

from datetime import datetime, timedelta

from teleconsultation.domain.model import DoorTimes, Teleconsultation

RUN_EVERY = timedelta(minutes=5)
"""The reconciler's schedule in template.yaml."""
DELETED_RETENTION = timedelta(days=30)
"""How long a deleted teleconsultation is stored: GET answers 410 rather than 404."""
SETTLE_AFTER = timedelta(minutes=10)
"""How long a change has to finish by itself; no request runs this long."""
EARLY_CHECK_BEFORE_OPENING = timedelta(days=1)
"""How long before the door opens the room is looked up at the provider for the first time."""
CHECK_BEFORE_OPENING = timedelta(minutes=30)
"""How long before the door opens the room is looked up again, and from then on with every run."""
LOOK_EVERY = timedelta(minutes=4)
"""The pause between two looks in that time: shorter than `RUN_EVERY`, so that no run comes some seconds too
early and leaves a room alone for ten minutes.
"""
LAST_DAY = timedelta(days=1)
"""Disabled rooms are deleted on the record's last day, because afterwards nothing refers to them."""


def expires_at(teleconsultation: Teleconsultation, *, retention: timedelta) -> datetime:
    """Return the instant from which the record is no longer found."""
    if teleconsultation.deleted_at is not None:
        return teleconsultation.deleted_at + DELETED_RETENTION
    return max(teleconsultation.schedule.end_date, teleconsultation.updated_at) + retention


def settles_at(teleconsultation: Teleconsultation, *, retention: timedelta) -> datetime | None:
    """Return the instant from which the reconciler has something to do with the record; None if never."""
    due: list[datetime] = []
    if teleconsultation.provisioning is not None:
        due.append(teleconsultation.provisioning.started_at + SETTLE_AFTER)
    if teleconsultation.rooms_to_delete or teleconsultation.rooms_to_disable:
        due.append(teleconsultation.updated_at + SETTLE_AFTER)
    door = teleconsultation.door_times
    if teleconsultation.room is not None and door is not None:
        due.append(_room_is_due_at(door, updated_at=teleconsultation.updated_at))
        if teleconsultation.room.reported_gone_at is not None:
            due.append(teleconsultation.room.reported_gone_at)
    if teleconsultation.uploads_due_at is not None:
        due.append(teleconsultation.uploads_due_at)
    if teleconsultation.recordings_due_at is not None:
        due.append(teleconsultation.recordings_due_at)
    if teleconsultation.disabled_rooms:
        due.append(deletes_disabled_rooms_at(teleconsultation, retention=retention))
    return min(due, default=None)


def _room_is_due_at(door: DoorTimes, *, updated_at: datetime) -> datetime:
    # While the door is open the participants' own pages notice a lost room.
    if updated_at >= door.opens_at:
        return door.closes_at
    early = door.opens_at - EARLY_CHECK_BEFORE_OPENING
    return early if updated_at < early else door.opens_at - CHECK_BEFORE_OPENING


def next_look_at(door: DoorTimes, *, now: datetime) -> datetime:
    """Return when the room is looked up next, after a look now; its end with the door is the last one."""
    early, last = door.opens_at - EARLY_CHECK_BEFORE_OPENING, door.opens_at - CHECK_BEFORE_OPENING
    for look in (early, last):
        if now < look:
            return look
    again = now + LOOK_EVERY
    return again if again < door.opens_at else door.closes_at


def deletes_disabled_rooms_at(teleconsultation: Teleconsultation, *, retention: timedelta) -> datetime:
    """Return the instant from which the disabled rooms are deleted at the provider: at once with a record
    that is deleted, and on the last day otherwise.
    """
    if teleconsultation.deleted_at is not None:
        return teleconsultation.deleted_at
    return expires_at(teleconsultation, retention=retention) - LAST_DAY
