"""Use case: finish or undo what crashed processes left, in the table and at the provider.

The first pass settles the teleconsultations that the table lists as unsettled. The second pass walks through
the provider's list and deletes rooms that carry an attempt id of this deployment and that no record refers
to. Every step may be repeated, and a crash at any point is harmless.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from teleconsultation.domain.errors import ConflictError, ProviderError, TeleconsultationNotFoundError
from teleconsultation.domain.model import Teleconsultation, Walk
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import MarkedRoom
from teleconsultation.use_cases.provisioning import check_unprovisioned, delete_unwanted_rooms

GRACE_PERIOD = timedelta(minutes=5)
"""A room younger than this may belong to a running request. Much longer than `PROVISIONING_LEASE`, because
the room's age is measured by the provider's clock.
"""
SETTLE_AFTER = 2 * GRACE_PERIOD
"""Longer than the grace period, so that the walk that follows finds the room of an attempt just given up."""
WALK_EVERY = timedelta(hours=1)
"""Pause between full walks; an attempt that is given up starts one at once."""
RESERVE_SECONDS = 15.0
"""Enough for one more provider call with its retries, and for saving the position."""


@dataclass(kw_only=True, slots=True)
class Reconciliation:
    """The result of one run."""

    settled: int = 0
    """Teleconsultations that were finished or undone."""
    given_up: int = 0
    """Attempts to make a room among them, left by a crashed process."""
    rooms_deleted: int = 0
    """Rooms that no record refers to, deleted in this run."""
    rooms_left: int = 0
    """Rooms that no record refers to and that could not be deleted."""
    failures: int = 0
    walk_is_complete: bool = False


def reconcile_rooms(*, ports: Ports, remaining_seconds: Callable[[], float]) -> Reconciliation:
    """Settle the unsettled teleconsultations, then walk through the provider's rooms if that is due.

    When `remaining_seconds` are used up, the next run continues where this one stopped.

    Raises:
        StorageUnavailableError: the table cannot answer; the next run makes up for it.
    """
    done = Reconciliation()

    def has_time() -> bool:
        return remaining_seconds() > RESERVE_SECONDS

    for teleconsultation_id in ports.teleconsultations.unsettled(before=ports.clock() - SETTLE_AFTER):
        if not has_time():
            return done
        try:
            gave_up = _settle(teleconsultation_id, ports=ports)
        except (ConflictError, TeleconsultationNotFoundError):
            continue  # another request is changing it, or it was deleted: nothing to do
        except ProviderError:
            done.failures += 1
        else:
            done.settled += 1
            done.given_up += gave_up

    walk = ports.teleconsultations.walk()
    if done.given_up or walk is None:
        # Rooms of attempts just given up are among the newest, so an unfinished walk starts again.
        walk = Walk(position=0, due_at=ports.clock())
    if walk.due_at <= ports.clock():
        _walk(done, position=walk.position, ports=ports, has_time=has_time)
    return done


def _settle(teleconsultation_id: str, *, ports: Ports) -> bool:
    """Finish or undo one teleconsultation, and return whether an attempt to make a room was given up."""
    current = ports.teleconsultations.get(teleconsultation_id)
    check_unprovisioned(current, clock=ports.clock)
    gives_up = current.provisioning is not None
    if not current.is_created:
        ports.teleconsultations.remove(current.id, expected_version=current.version)
    elif gives_up:
        current = replace(current, version=current.version + 1, provisioning=None)
        ports.teleconsultations.replace(current, expected_version=current.version - 1)
    elif not current.rooms_to_delete:
        # The index is behind, or a process crashed after it emptied the list and before it left the index.
        ports.teleconsultations.mark_rooms_deleted(current.id, room_ids=())
    delete_unwanted_rooms(current, ports=ports)
    return gives_up


def _walk(done: Reconciliation, *, position: int, ports: Ports, has_time: Callable[[], bool]) -> None:
    while has_time() and not done.walk_is_complete:
        try:
            page = ports.rooms.list_rooms(position=position)
        except ProviderError:
            done.failures += 1
            break
        deleted = 0
        for orphan in _orphans(page.marked, ports=ports):
            try:
                ports.rooms.delete(orphan.room_id)
            except ProviderError:
                done.failures += 1
                done.rooms_left += 1
            else:
                deleted += 1
        done.rooms_deleted += deleted
        # A deletion moves the older rooms up.
        position += page.size - deleted
        done.walk_is_complete = page.is_last
    if done.walk_is_complete:
        walk = Walk(position=0, due_at=ports.clock() if done.rooms_left else ports.clock() + WALK_EVERY)
    else:
        walk = Walk(position=position, due_at=ports.clock())
    ports.teleconsultations.save_walk(walk)


def _orphans(marked: Collection[MarkedRoom], *, ports: Ports) -> list[MarkedRoom]:
    born_before = ports.clock() - GRACE_PERIOD
    grown = [room for room in marked if room.created_at is not None and room.created_at <= born_before]
    known = ports.teleconsultations.get_all({room.teleconsultation_id for room in grown})
    return [room for room in grown if not _is_known(room, known.get(room.teleconsultation_id))]


def _is_known(room: MarkedRoom, teleconsultation: Teleconsultation | None) -> bool:
    if teleconsultation is None:
        return False
    current, under_way = teleconsultation.room, teleconsultation.provisioning
    return (
        (current is not None and current.room_id == room.room_id)
        or (under_way is not None and under_way.attempt_id == room.attempt_id)
        or room.room_id in teleconsultation.rooms_to_delete
    )
