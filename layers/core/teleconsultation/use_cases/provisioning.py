"""Giving a teleconsultation its room: intent, effect, commit.

The provider has no idempotency key for rooms, so a room is announced in the table before it is made and
appears to readers only in the write that also makes everything else of the change true. Wherever the process
dies, a reader sees the state before or the state after, and what may have been left at the provider carries
an attempt id that leads back here.
"""

import math
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from teleconsultation.domain.errors import ConflictError, ProviderError
from teleconsultation.domain.model import Provisioning, Teleconsultation
from teleconsultation.domain.ports import Clock, Ports, Teleconsultations
from teleconsultation.domain.room_plan import RoomPlan

PROVISIONING_LEASE = timedelta(seconds=60)
"""Longer than any writing function may run (`Timeout` in template.yaml), so an older intent belongs to a
process that is gone.
"""


def check_unprovisioned(current: Teleconsultation, *, clock: Clock) -> None:
    """Refuse to touch a teleconsultation whose room is being made right now.

    Raises:
        ConflictError: another request is at work on it.
    """
    under_way = current.provisioning
    if under_way is None:
        return
    left_seconds = math.ceil((under_way.started_at + PROVISIONING_LEASE - clock()).total_seconds())
    if left_seconds > 0:
        raise ConflictError("another change is under way", retry_after_seconds=left_seconds)


def provision(
    wanted: Teleconsultation,
    *,
    current: Teleconsultation | None,
    plan: RoomPlan,
    ports: Ports,
) -> Teleconsultation:
    """Store `wanted` with a new room that fits `plan`, in place of `current` (None: it is new), and return
    what was stored.

    A room of `current` is not deleted here but written to `rooms_to_delete` in the commit. A `current` that
    never came into existence is a dead intent to make the very same: its room is looked for first.

    Raises:
        ConflictError: somebody else changed it meanwhile; the new room is deleted again.
        ProviderError: there is no room. The intent is taken back, unless a room may exist all the same: then
        it stays as the trace to it. StorageUnavailableError: the table cannot answer.
    """
    dead = current.provisioning if current and not current.is_created else None
    attempt_id = dead.attempt_id if dead else ports.rooms.attempt_id(wanted.id)
    intent = replace(
        current or wanted,
        version=wanted.version,
        provisioning=Provisioning(attempt_id=attempt_id, started_at=ports.clock()),
    )
    if current is None:
        ports.teleconsultations.add(intent)
    else:
        ports.teleconsultations.replace(intent, expected_version=current.version)

    try:
        room = ports.rooms.create(plan, attempt_id=attempt_id, may_exist=dead is not None)
    except ProviderError as error:
        if not error.outcome_unknown:
            _take_back(intent, current=current, teleconsultations=ports.teleconsultations)
        raise

    old_rooms = {current.room.room_id} if current and current.room else set()
    committed = replace(
        wanted,
        version=intent.version + 1,
        room=room,
        provisioning=None,
        rooms_to_delete=wanted.rooms_to_delete | old_rooms,
    )
    try:
        ports.teleconsultations.replace(committed, expected_version=intent.version)
    except ConflictError:
        # If this fails too, the attempt id in the room's description is the trace to it.
        with suppress(ProviderError):
            ports.rooms.delete(room.room_id)
        raise
    return committed


def delete_unwanted_rooms(teleconsultation: Teleconsultation, *, ports: Ports) -> None:
    """Delete the rooms nobody wants any more, then strike off those that are gone. One that resists keeps no
    other open.

    Raises:
        ProviderError: a room may still exist; it stays on the list.
        StorageUnavailableError: the list could not be shortened; the rooms are gone all the same.
    """
    gone: set[str] = set()
    failures: list[ProviderError] = []
    for room_id in sorted(teleconsultation.rooms_to_delete):
        try:
            ports.rooms.delete(room_id)
        except ProviderError as error:
            failures.append(error)
        else:
            gone.add(room_id)
    if gone:
        ports.teleconsultations.mark_rooms_deleted(teleconsultation.id, room_ids=gone)
    if failures:
        raise failures[0]


def _take_back(
    intent: Teleconsultation, *, current: Teleconsultation | None, teleconsultations: Teleconsultations
) -> None:
    if current is None or not current.is_created:
        teleconsultations.remove(intent.id, expected_version=intent.version)
    else:
        before = replace(current, version=intent.version + 1, provisioning=None)
        teleconsultations.replace(before, expected_version=intent.version)
