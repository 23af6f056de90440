"""Settle one teleconsultation: undo what a crashed process left, end the room with its door, delete the files
of the calls, and replace the room that is lost before somebody needs it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from teleconsultation.domain.door import Door
from teleconsultation.domain.errors import ProviderError
from teleconsultation.domain.lifetime import (
    CHECK_BEFORE_OPENING,
    RUN_EVERY,
    expires_at,
    settles_at,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.call_records import look_for_recordings, with_calls_recorded
from teleconsultation.use_cases.due_uploads import (
    is_last_day,
    with_due_uploads_deleted,
    with_uploads_due,
)
from teleconsultation.use_cases.provisioning import check_unprovisioned
from teleconsultation.use_cases.room_look import Looks, RoomLook, look_after_room
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended

LONGEST_DELAY = timedelta(hours=1)
"""The longest pause between two attempts to settle a record."""
LAST_HOURS = timedelta(hours=6)
"""Before a record expires; longer than `LONGEST_DELAY`, so that a run comes in them."""
ENDING_KNOWN_WITHIN = timedelta(days=1)
"""How long after the last possible end of its calls a visit's outcome is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What settling one teleconsultation has come to."""

    awaits_look: bool = False
    """Whether the record is still due, for a look that can be left out."""
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
    due_since: datetime,
    looks: Looks,
) -> Settlement:
    """Do what is due for one teleconsultation, and return what was done.

    Records are stored for `retention`; a call may last for `overrun` after its door has closed. The files of
    its calls are deleted after `uploads_kept`; None keeps them.
    `due_since` tells the looks that can be left out from the others.

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
        look = look_after_room(
            current,
            ports=ports,
            policy=policy,
            overrun=overrun,
            due_since=due_since,
            looks=looks,
        )
        ended, failure = end_unwanted_rooms(look.wanted, ports=ports)
        # Before the record is stored without its room, because nothing would ask again.
        ended = _with_due_calls_recorded(
            ended, ports=ports, policy=policy, overrun=overrun, retention=retention
        )
    except ProviderError:
        # Read again, because an intent may have been written and withdrawn.
        _postpone_failed(ports.teleconsultations.get(current.id), door=policy.door, ports=ports)
        return Settlement(gave_up=gave_up, failed=True)
    stored = look.stored
    ended, recordings_again_at = _with_due_recordings_sought(ended, ports=ports, retention=retention)
    ended = with_uploads_due(
        ended, stored=stored, uploads_kept=uploads_kept, retention=retention, ports=ports
    )
    ended, emptied = with_due_uploads_deleted(
        ended, uploads_kept=uploads_kept, retention=retention, ports=ports
    )
    stored = _stored(ended, stored=stored, ports=ports)
    may_delete = emptied.is_complete or _expires_soon(stored, retention=retention, ports=ports)
    if may_delete and is_last_day(stored, retention=retention, ports=ports):
        # The provider may find files by their room alone, so the receipt is stored before.
        ended, deletion_failure = end_unwanted_rooms(_with_disabled_rooms_unwanted(stored), ports=ports)
        failure = failure or deletion_failure
        stored = _stored(ended, stored=stored, ports=ports)
    failed = failure is not None or not emptied.is_complete
    if failed:
        _postpone_failed(
            replace(stored, settle_failures=current.settle_failures), door=policy.door, ports=ports
        )
    elif not look.is_awaited:
        _postpone_settled(
            stored, look=look, recordings_again_at=recordings_again_at, retention=retention, ports=ports
        )
    return Settlement(
        awaits_look=look.is_awaited and not failed,
        gave_up=gave_up,
        found_lost=look.found_lost,
        uploads_deleted=emptied.deleted,
        failed=failed,
    )


def _with_due_calls_recorded(
    ended: Teleconsultation, *, ports: Ports, policy: Policy, overrun: timedelta, retention: timedelta
) -> Teleconsultation:
    """Keep what the provider knows of the calls, once, when all rooms are disabled after the door has closed.
    Return the record with what follows, which is not stored.

    Later than `ENDING_KNOWN_WITHIN` nothing is asked: a record that an earlier version has closed has no
    ending, and the booking system would hear of a no-show when its files are deleted.

    Raises:
        ProviderError: the provider cannot say.
    """
    closes_at = policy.door.closes_at(ended.schedule)
    is_due = (
        ended.ending is None
        and ended.deleted_at is None
        and ended.room is None
        and not ended.rooms_to_disable
        and bool(ended.disabled_rooms)
        and closes_at <= ports.clock() < closes_at + overrun + ENDING_KNOWN_WITHIN
    )
    if not is_due:
        return ended
    return with_calls_recorded(ended, ports=ports, door=policy.door, retention=retention)


def _with_due_recordings_sought(
    ended: Teleconsultation, *, ports: Ports, retention: timedelta
) -> tuple[Teleconsultation, datetime | None]:
    """Keep which recordings there are, if it is time to look, and return the record, which is not stored, and
    when to look again.
    """
    if ended.recordings_due_at is None or ports.clock() < ended.recordings_due_at:
        return ended, None
    again_at = look_for_recordings(ended, ports=ports, retention=retention)
    return (ended if again_at else replace(ended, recordings_due_at=None)), again_at


def _stored(ended: Teleconsultation, *, stored: Teleconsultation, ports: Ports) -> Teleconsultation:
    if ended == stored:
        return stored
    return store_ended(replace(ended, settle_failures=0), stored=stored, ports=ports)


def _expires_soon(current: Teleconsultation, *, retention: timedelta, ports: Ports) -> bool:
    """Return whether rooms are deleted although a file cannot be: without the record nothing would."""
    return ports.clock() >= expires_at(current, retention=retention) - LAST_HOURS


def _with_disabled_rooms_unwanted(current: Teleconsultation) -> Teleconsultation:
    return replace(
        current,
        rooms_to_delete=current.rooms_to_delete | current.disabled_rooms.keys(),
        disabled_rooms={},
        recordings_due_at=None,
    )


def _postpone_settled(
    stored: Teleconsultation,
    *,
    look: RoomLook,
    recordings_again_at: datetime | None,
    retention: timedelta,
    ports: Ports,
) -> None:
    """Let the record be due again at the next look, or when else it is due. Without a look that is to come it
    is due by what was stored.
    """
    if look.again_at is not None or recordings_again_at is not None:
        times = (look.again_at, recordings_again_at or stored.recordings_due_at, stored.uploads_due_at)
        again_at = min(time for time in times if time is not None)
        _postpone(stored, until=again_at, failures=0, ports=ports)
    elif stored == look.stored and settles_at(stored, retention=retention) is None:
        # An earlier version left the record in the index. Writing it takes it out.
        ports.teleconsultations.replace(
            replace(stored, version=stored.version + 1), expected_version=stored.version
        )


def _postpone_failed(stored: Teleconsultation, *, door: Door, ports: Ports) -> None:
    """Let the record be due again after a pause, but not later than half an hour before the opening, when its
    room is looked up, nor than the close: what failed may have nothing to do with the room.
    """
    now, failures = ports.clock(), stored.settle_failures + 1
    # Two runs after the first failure, and twice as long after each further one.
    until = now + min(RUN_EVERY * 2 ** min(failures, 8), LONGEST_DELAY)
    if stored.room is not None:
        look_at = door.opens_at(stored.schedule) - CHECK_BEFORE_OPENING
        bounds = (look_at, door.closes_at(stored.schedule))
        until = min([until, *(bound for bound in bounds if now < bound)])
    _postpone(stored, until=until, failures=failures, ports=ports)


def _postpone(stored: Teleconsultation, *, until: datetime, failures: int, ports: Ports) -> None:
    ports.teleconsultations.postpone(stored, until=until, failures=failures)
