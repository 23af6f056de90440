"""Settle one teleconsultation: undo what a crashed process left, end the room with its door, delete the files
of the calls, and replace the room that is lost before somebody needs it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from teleconsultation.domain.errors import ProviderError
from teleconsultation.domain.lifetime import (
    CHECK_BEFORE_OPENING,
    EARLY_CHECK_BEFORE_OPENING,
    deletes_disabled_rooms_at,
    settles_at,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import RoomState
from teleconsultation.use_cases.call_records import look_for_recordings, with_calls_recorded
from teleconsultation.use_cases.lost_rooms import replace_lost_room
from teleconsultation.use_cases.provisioning import check_unprovisioned
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended
from teleconsultation.use_cases.uploads import delete_uploads_of, with_receipt

RUN_EVERY = timedelta(minutes=5)
"""The schedule in template.yaml."""
LONGEST_DELAY = timedelta(hours=1)
"""The longest pause between two attempts to settle a record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What settling one teleconsultation has come to."""

    gave_up: bool = False
    """Whether an attempt to make a room was given up."""
    found_lost: bool = False
    """Whether the provider had lost its room."""
    uploads_deleted: int = 0
    """Files of its calls that were deleted."""
    failed: bool = False
    """Whether the provider refused or could not answer; the record is settled later."""


def settle_teleconsultation(
    teleconsultation_id: str,
    *,
    ports: Ports,
    policy: Policy,
    retention: timedelta,
    overrun: timedelta,
    uploads_kept: timedelta | None,
    has_spare_time: bool = True,
    looks_ahead: bool = False,
) -> Settlement:
    """Do what is due for one teleconsultation, and return what was done.

    Records are stored for `retention`; a call may last for `overrun` after its door has closed. The files of
    its calls are deleted after `uploads_kept`; None keeps them.
    Without `has_spare_time` the early look at a room is left out; the last look before the opening is not.
    With `looks_ahead` the room is looked up however far away the visit is.

    Each room is tried once. If that fails, the record is due again after a pause that grows from run to run,
    so that it keeps no other record waiting.

    Raises:
        TeleconsultationNotFoundError: there is none, or its retention has ended.
        ConflictError: another request is changing it.
        StorageUnavailableError: the table cannot answer.
    """
    current = ports.teleconsultations.get(teleconsultation_id)
    check_unprovisioned(current, clock=ports.clock)
    if not current.is_created:
        ports.teleconsultations.remove(current.id, expected_version=current.version)
        return Settlement(gave_up=True)
    gave_up = current.provisioning is not None
    if gave_up:
        current = replace(current, version=current.version + 1, provisioning=None)
        ports.teleconsultations.replace(current, expected_version=current.version - 1)
    try:
        look = _look_after_room(
            current,
            ports=ports,
            policy=policy,
            overrun=overrun,
            looks_early=has_spare_time,
            looks_ahead=looks_ahead,
        )
    except ProviderError:
        # Read again, because an intent may have been written and withdrawn.
        _postpone_failed(ports.teleconsultations.get(current.id), ports=ports)
        return Settlement(gave_up=gave_up, failed=True)
    stored = look.stored
    wanted = _with_disabled_rooms_due(look.wanted, now=ports.clock(), retention=retention)
    # Before the rooms are deleted, because their files are found by the room.
    wanted, uploads_deleted, uploads_failed = _with_due_uploads_deleted(
        wanted, uploads_kept=uploads_kept, ports=ports
    )
    ended, failure = end_unwanted_rooms(wanted, ports=ports)
    recorded = _with_due_calls_recorded(ended, ports=ports, policy=policy, retention=retention)
    # Before the record is stored without its room, because nothing would ask again.
    if recorded is None:
        _postpone_failed(stored, ports=ports)
        return Settlement(gave_up=gave_up, uploads_deleted=uploads_deleted, failed=True)
    ended, recordings_again_at, recordings_failed = _with_due_recordings_sought(
        recorded, ports=ports, retention=retention
    )
    if uploads_kept is not None and ended.disabled_rooms.keys() - stored.disabled_rooms.keys():
        ended = replace(
            ended,
            uploads_due_at=min(
                ports.clock() + uploads_kept, deletes_disabled_rooms_at(ended, retention=retention)
            ),
        )
    if ended != stored:
        stored = store_ended(replace(ended, settle_failures=0), stored=stored, ports=ports)
    failed = failure is not None or uploads_failed or recordings_failed
    if failed:
        _postpone_failed(replace(stored, settle_failures=current.settle_failures), ports=ports)
    elif look.again_at is not None or recordings_again_at is not None:
        times = (look.again_at, recordings_again_at or stored.recordings_due_at, stored.uploads_due_at)
        again_at = min(time for time in times if time is not None)
        _postpone(stored, until=again_at, failures=0, ports=ports)
    elif ended == look.stored and settles_at(stored, retention=retention) is None:
        # An earlier version left the record in the index. Writing it takes it out.
        ports.teleconsultations.replace(
            replace(stored, version=stored.version + 1), expected_version=stored.version
        )
    return Settlement(
        gave_up=gave_up, found_lost=look.found_lost, uploads_deleted=uploads_deleted, failed=failed
    )


def _with_due_calls_recorded(
    ended: Teleconsultation, *, ports: Ports, policy: Policy, retention: timedelta
) -> Teleconsultation | None:
    """Keep what the provider knows of the calls, once, when all rooms are disabled after the door has closed.
    Return the record with what follows, which is not stored; None if the provider cannot say.
    """
    is_due = (
        ended.ending is None
        and ended.deleted_at is None
        and ended.room is None
        and not ended.rooms_to_disable
        and bool(ended.disabled_rooms)
        and ports.clock() >= policy.door.closes_at(ended.schedule)
    )
    if not is_due:
        return ended
    try:
        return with_calls_recorded(ended, ports=ports, door=policy.door, retention=retention)
    except ProviderError:
        return None


def _with_due_recordings_sought(
    ended: Teleconsultation, *, ports: Ports, retention: timedelta
) -> tuple[Teleconsultation, datetime | None, bool]:
    """Keep which recordings there are, if it is time to look, and return the record, which is not stored,
    when to look again, and whether the provider could not say.
    """
    if ended.recordings_due_at is None or ports.clock() < ended.recordings_due_at:
        return ended, None, False
    try:
        again_at = look_for_recordings(ended, ports=ports, retention=retention)
    except ProviderError:
        return ended, None, True
    return (ended if again_at else replace(ended, recordings_due_at=None)), again_at, False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """What a look at the room has come to."""

    stored: Teleconsultation
    wanted: Teleconsultation
    """The record that is to be stored in place of `stored`."""
    again_at: datetime | None = None
    """When to look again."""
    found_lost: bool = False


def _look_after_room(
    current: Teleconsultation,
    *,
    ports: Ports,
    policy: Policy,
    overrun: timedelta,
    looks_early: bool,
    looks_ahead: bool,
) -> _Look:
    """End the room if its door has closed, and replace it if the provider has lost it.

    Nothing is replaced while the door is open, because somebody may be on the way into the call: the
    participants' pages and `newRoom` do that.
    """
    room, door, now = current.room, policy.door, ports.clock()
    unchanged = _Look(stored=current, wanted=current)
    if room is None or current.deleted_at is not None:
        return unchanged
    opens_at, closes_at = door.opens_at(current.schedule), door.closes_at(current.schedule)
    looks = (opens_at - EARLY_CHECK_BEFORE_OPENING, opens_at - CHECK_BEFORE_OPENING, closes_at)
    next_at = next((look for look in looks if now < look), closes_at)
    is_too_early = now < looks[0] or (now < looks[1] and not looks_early)
    if is_too_early and not looks_ahead:
        return replace(unchanged, again_at=next_at)
    state = ports.rooms.state(room.room_id)
    if now >= closes_at:
        if state is RoomState.RUNNING and now < closes_at + overrun:
            return replace(unchanged, again_at=min(now + RUN_EVERY, closes_at + overrun))
        return replace(unchanged, wanted=current.with_room_retired(was_used=True))
    if state is not RoomState.GONE:
        return replace(unchanged, again_at=next_at)
    if now >= opens_at:
        return replace(unchanged, again_at=now + RUN_EVERY, found_lost=True)
    stored = replace_lost_room(current, ports=ports, policy=policy)
    return _Look(stored=stored, wanted=stored, again_at=next_at, found_lost=True)


def _with_disabled_rooms_due(
    current: Teleconsultation, *, now: datetime, retention: timedelta
) -> Teleconsultation:
    """Return the record with its disabled rooms listed for deletion, if its last day has come, and their
    files too, unless they are known to be deleted.
    """
    if not current.disabled_rooms or now < deletes_disabled_rooms_at(current, retention=retention):
        return current
    receipt, last_ended_at = current.uploads, max(current.disabled_rooms.values())
    if receipt is None or receipt.completed_at is None or receipt.completed_at < last_ended_at:
        past_rooms = current.past_rooms | current.disabled_rooms.keys()
        current = replace(current, past_rooms=past_rooms, uploads_due_at=now)
    return replace(
        current,
        rooms_to_delete=current.rooms_to_delete | current.disabled_rooms.keys(),
        disabled_rooms={},
        recordings_due_at=None,
    )


def _with_due_uploads_deleted(
    current: Teleconsultation, *, uploads_kept: timedelta | None, ports: Ports
) -> tuple[Teleconsultation, int, bool]:
    """Delete the files that are due, and return the record with the receipt, how many files were deleted, and
    whether some are left. Nothing is stored.
    """
    if current.uploads_due_at is None or ports.clock() < current.uploads_due_at:
        return current, 0, False
    if uploads_kept is None:
        return replace(current, past_rooms=frozenset(), uploads_due_at=None), 0, False
    uploads, _ = delete_uploads_of(current.ended_rooms, ports=ports)
    if not uploads.deleted and not uploads.is_complete:
        return current, 0, True
    return with_receipt(current, uploads, ports=ports), uploads.deleted, not uploads.is_complete


def _postpone_failed(stored: Teleconsultation, *, ports: Ports) -> None:
    failures = stored.settle_failures + 1
    # Two runs after the first failure, and twice as long after each further one.
    delay = min(RUN_EVERY * 2 ** min(failures, 8), LONGEST_DELAY)
    _postpone(stored, until=ports.clock() + delay, failures=failures, ports=ports)


def _postpone(stored: Teleconsultation, *, until: datetime, failures: int, ports: Ports) -> None:
    ports.teleconsultations.postpone(
        stored.id, until=until, failures=failures, expected_version=stored.version
    )
