"""Give a teleconsultation its room: store the intent, make the room, commit.

The provider has no idempotency key for rooms. So the intent is stored before the room is made, and the room
becomes visible in the same write as the rest of the change. After a crash at any point a reader sees either
the state before or the state after the change, and the attempt id in the description of a leftover room leads
back to its teleconsultation.
"""

import math
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from teleconsultation.domain.errors import ConflictError, ProviderError
from teleconsultation.domain.model import Provisioning, Room, Teleconsultation
from teleconsultation.domain.ports import Clock, Ports
from teleconsultation.domain.room_plan import RoomPlan
from teleconsultation.settings import SettingsError

PROVISIONING_LEASE = timedelta(seconds=60)
"""Longer than the `Timeout` of any writing function in template.yaml: the process behind an older intent has
ended.
"""


def check_unprovisioned(current: Teleconsultation, *, clock: Clock) -> None:
    """Refuse a change while another request makes a room for this teleconsultation.

    Raises:
        ConflictError: another change is under way.
    """
    under_way = current.provisioning
    if under_way is None:
        return
    left_seconds = math.ceil((under_way.started_at + PROVISIONING_LEASE - clock()).total_seconds())
    if left_seconds > 0:
        raise ConflictError("another change is under way", retry_after_seconds=left_seconds)


def create_room_for(
    wanted: Teleconsultation, *, current: Teleconsultation | None = None, plan: RoomPlan, ports: Ports
) -> Teleconsultation:
    """Store `wanted` with a new room that fits `plan`, and return what was stored.

    `wanted` replaces the stored version `current`, or is new if that is None. It has no room, and lists the
    room of `current` as unwanted.

    Raises:
        ConflictError: another request changed the record meanwhile; the new room is deleted again.
        ProviderError: no room is returned. The intent is withdrawn if no room was made; it stays if the
            outcome is unknown, because its attempt id is the way to find the room.
        SettingsError: the provider's links lead where the page may not show them; the intent is withdrawn.
        StorageUnavailableError: the table cannot answer.
    """
    attempt_id = ports.rooms.attempt_id(wanted.id)
    intent = replace(
        current or wanted,
        version=wanted.version,
        is_created=current is not None,
        provisioning=Provisioning(attempt_id=attempt_id, started_at=ports.clock()),
    )
    if current is None:
        ports.teleconsultations.add(intent)
    else:
        ports.teleconsultations.replace(intent, expected_version=current.version)
    try:
        room = ports.rooms.create(plan, attempt_id=attempt_id)
    except ProviderError as error:
        if not error.outcome_unknown:
            _withdraw(intent, current=current, ports=ports)
        raise
    except SettingsError:
        _withdraw(intent, current=current, ports=ports)
        raise
    return _commit(wanted, intent=intent, room=room, ports=ports)


def _withdraw(intent: Teleconsultation, *, current: Teleconsultation | None, ports: Ports) -> None:
    """Store the state before `intent`, for which no room was made."""
    if current is None:
        ports.teleconsultations.remove(intent.id, expected_version=intent.version)
    else:
        before = replace(current, version=intent.version + 1, provisioning=None)
        ports.teleconsultations.replace(before, expected_version=intent.version)


def resume(
    wanted: Teleconsultation, *, unfinished: Teleconsultation, plan: RoomPlan, ports: Ports
) -> Teleconsultation:
    """Finish the creation of `wanted` that an earlier request left `unfinished`, and return what was stored.

    The attempt id is reused, and a room that carries it is looked up before one is made.

    Raises:
        ConflictError, ProviderError, StorageUnavailableError: as `create_room_for`.
    """
    assert unfinished.provisioning is not None  # noqa: S101 - narrows the type; see Teleconsultation.is_created
    attempt_id = unfinished.provisioning.attempt_id
    intent = replace(
        unfinished,
        version=wanted.version,
        provisioning=Provisioning(attempt_id=attempt_id, started_at=ports.clock()),
    )
    ports.teleconsultations.replace(intent, expected_version=unfinished.version)
    try:
        room = ports.rooms.create(plan, attempt_id=attempt_id, may_exist=True)
    except ProviderError as error:
        if not error.outcome_unknown:
            _withdraw(intent, current=None, ports=ports)
        raise
    except SettingsError:
        _withdraw(intent, current=None, ports=ports)
        raise
    return _commit(wanted, intent=intent, room=room, ports=ports)


def _commit(
    wanted: Teleconsultation, *, intent: Teleconsultation, room: Room, ports: Ports
) -> Teleconsultation:
    """Replace `intent` with `wanted` and its new room, and return what was stored."""
    committed = replace(wanted, version=intent.version + 1, is_created=True, room=room, provisioning=None)
    try:
        ports.teleconsultations.replace(committed, expected_version=intent.version)
    except ConflictError:
        # If this deletion fails too, the reconciler finds the room by the attempt id in its description.
        with suppress(ProviderError):
            ports.rooms.delete(room.room_id)
        raise
    return committed
