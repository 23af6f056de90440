"""Walk through the provider's list of rooms, and delete those of this deployment that no record refers to.

A walk ends where the last complete one began: older rooms were looked at then, and a room ends with its door.
An audit, once a month, reads the whole list.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from teleconsultation.domain.door import Door
from teleconsultation.domain.errors import ConflictError, ProviderError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import MarkedRoom, RoomState
from teleconsultation.domain.walk import Walk

GRACE_PERIOD = timedelta(minutes=5)
"""A room younger than this may belong to a running request. Much longer than `PROVISIONING_LEASE`, because
the room's age is measured by the provider's clock.
"""
WALK_EVERY = timedelta(hours=1)
AUDIT_EVERY = timedelta(days=30)
MAX_DELETIONS = 20
"""A run that finds more orphans deletes none of them: the table may be the wrong one, and an operator should
know.
"""
MIN_DELETIONS = 3
"""So many orphans are deleted even if they are more than a tenth of the rooms that were listed."""


@dataclass(kw_only=True, slots=True)
class WalkReport:
    """The result of one run."""

    rooms_deleted: int = 0
    """Rooms that no record refers to, deleted in this run."""
    uploads_deleted: int = 0
    """Files that were shared in these rooms and were deleted before."""
    rooms_left: int = 0
    """Rooms that no record refers to and that were not deleted."""
    stopped: bool = False
    """Whether nothing was deleted because there were too many."""
    lost: Collection[str] = ()
    """Teleconsultations to come whose room is on the list, but cannot be entered any more."""
    failures: int = 0
    is_complete: bool = False
    is_audit: bool = False


@dataclass(kw_only=True, slots=True)
class _Pass:
    """What one run has seen of the list."""

    position: int
    oldest_open: datetime | None
    marked: int = 0
    orphans: list[MarkedRoom] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    failures: int = 0
    is_complete: bool = False


def walk_rooms(
    *,
    ports: Ports,
    door: Door,
    deletes_uploads: bool,
    has_time: Callable[[], bool],
    hurry: bool,
    max_deletions: int | None,
) -> WalkReport | None:
    """Continue the walk if it is due, or with `hurry`, and return a report; None if it is not due.

    Records of earlier versions are written again, so that they are settled when their `door` has closed.
    Orphans are deleted after the list was read, so that a deletion moves no room across the position. If the
    operator `deletes_uploads`, their files go first, since the provider may find them by their room alone.
    `max_deletions` is the operator's limit in place of `MAX_DELETIONS` and a tenth of the rooms listed.

    Raises:
        StorageUnavailableError: the table cannot answer; the next run makes up for it.
    """
    now = ports.clock()
    walk = ports.teleconsultations.walk()
    if walk is None:
        walk = Walk(started_at=now, back_to=None, position=0, oldest_open=None, due_at=now, audit_due_at=now)
    if walk.due_at > now and not hurry:
        return None
    if walk.position == 0:
        walk = _begun(walk, now=now)
    seen = _read(walk, ports=ports, door=door, has_time=has_time)
    limit = (
        max(MIN_DELETIONS, min(MAX_DELETIONS, seen.marked // 10)) if max_deletions is None else max_deletions
    )
    report = WalkReport(
        lost=tuple(seen.lost),
        failures=seen.failures,
        is_complete=seen.is_complete,
        is_audit=walk.back_to is None,
        stopped=len(seen.orphans) > limit,
    )
    left = (
        seen.orphans
        if report.stopped
        else _delete(
            seen.orphans, deletes_uploads=deletes_uploads, report=report, ports=ports, has_time=has_time
        )
    )
    report.rooms_left = len(left)
    oldest_open = _oldest(seen.oldest_open, *(room.created_at for room in left))
    ports.teleconsultations.save_walk(_next(walk, now=now, seen=seen, oldest_open=oldest_open, report=report))
    return report


def _begun(walk: Walk, *, now: datetime) -> Walk:
    if now < walk.audit_due_at:
        return replace(walk, started_at=now, oldest_open=None)
    return replace(walk, started_at=now, oldest_open=None, back_to=None, audit_due_at=now + AUDIT_EVERY)


def _next(
    walk: Walk, *, now: datetime, seen: _Pass, oldest_open: datetime | None, report: WalkReport
) -> Walk:
    if not seen.is_complete:
        # The deletions have moved the older rooms up.
        return replace(
            walk, position=max(seen.position - report.rooms_deleted, 0), oldest_open=oldest_open, due_at=now
        )
    return replace(
        walk,
        back_to=_oldest(walk.started_at - GRACE_PERIOD, oldest_open),
        position=0,
        oldest_open=None,
        due_at=now if report.rooms_left else now + WALK_EVERY,
    )


def _read(walk: Walk, *, ports: Ports, door: Door, has_time: Callable[[], bool]) -> _Pass:
    seen = _Pass(position=walk.position, oldest_open=walk.oldest_open)
    now = ports.clock()
    born_before = now - GRACE_PERIOD
    while has_time() and not seen.is_complete:
        try:
            page = ports.rooms.list_rooms(position=seen.position)
        except ProviderError:
            seen.failures += 1
            break
        seen.marked += len(page.marked)
        grown = [
            room for room in page.marked if room.created_at is not None and room.created_at <= born_before
        ]
        known = ports.teleconsultations.get_all({room.teleconsultation_id for room in grown})
        for room in grown:
            record = known.get(room.teleconsultation_id)
            if room.state is RoomState.GONE:
                # A room that is disabled or used up needs nothing, unless somebody is to enter it.
                if record is not None and _awaits(room, record, now=now):
                    seen.lost.append(record.id)
                    seen.oldest_open = _oldest(seen.oldest_open, room.created_at)
            elif record is None or room.room_id not in _rooms_of(record):
                _judge(room, record, seen=seen)
            elif record.door_times is None:
                _index(record, door=door, ports=ports)
        seen.position += page.size
        reaches_back = walk.back_to is not None and page.oldest is not None and page.oldest < walk.back_to
        seen.is_complete = page.is_last or reaches_back
    return seen


def _awaits(room: MarkedRoom, record: Teleconsultation, *, now: datetime) -> bool:
    """Return whether the room is the one of a teleconsultation whose door has not opened yet."""
    return (
        record.room is not None
        and record.room.room_id == room.room_id
        and record.deleted_at is None
        and record.door_times is not None
        and now < record.door_times.opens_at
    )


def _judge(room: MarkedRoom, record: Teleconsultation | None, *, seen: _Pass) -> None:
    """Note a room of none of the record's lists as an orphan, or its age if a later walk must look again."""
    if not room.is_certain:
        return
    is_under_way = (
        record is not None
        and record.provisioning is not None
        and record.provisioning.attempt_id == room.attempt_id
    )
    if is_under_way or room.state is RoomState.RUNNING:
        seen.oldest_open = _oldest(seen.oldest_open, room.created_at)
    else:
        seen.orphans.append(room)


def _index(record: Teleconsultation, *, door: Door, ports: Ports) -> None:
    """Write the record of an earlier version, which does not know when its door closes, into the index."""
    indexed = replace(record, version=record.version + 1, door_times=door.times_of(record.schedule))
    # A conflict: another request has written it meanwhile, and so has indexed it.
    with suppress(ConflictError):
        ports.teleconsultations.replace(indexed, expected_version=record.version)


def _rooms_of(record: Teleconsultation) -> Collection[str]:
    current = {record.room.room_id} if record.room is not None else set()
    return current | record.rooms_to_delete | record.rooms_to_disable | record.disabled_rooms.keys()


def _delete(
    orphans: Collection[MarkedRoom],
    *,
    deletes_uploads: bool,
    report: WalkReport,
    ports: Ports,
    has_time: Callable[[], bool],
) -> list[MarkedRoom]:
    """Delete rooms, count what was done in `report`, and return those that may still exist."""
    left: list[MarkedRoom] = []
    for room in orphans:
        if not has_time():
            left.append(room)
            continue
        try:
            if deletes_uploads and not _is_emptied(room, report=report, ports=ports):
                left.append(room)
                continue
            ports.rooms.delete(room.room_id)
        except ProviderError:
            report.failures += 1
            left.append(room)
        else:
            report.rooms_deleted += 1
    return left


def _is_emptied(room: MarkedRoom, *, report: WalkReport, ports: Ports) -> bool:
    """Delete the files of an orphan, count them in `report`, and return whether none is left within reach.

    Most orphans are of attempts that died, and have none. That of a visit which a restore has undone may.
    """
    uploads = ports.rooms.delete_uploads(room.room_id)
    report.uploads_deleted += uploads.deleted
    return uploads.is_complete or uploads.is_forgotten


def _oldest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
