"""Use case: change a teleconsultation."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from teleconsultation.domain.errors import (
    FieldError,
    FrozenError,
    InvalidRequestError,
    ProviderError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    UnknownParticipantError,
)
from teleconsultation.domain.join_secrets import JoinSecrets, with_passes
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.guests import (
    GuestList,
    Invitee,
    check_attendance,
    check_headcount,
    guest_list,
)
from teleconsultation.use_cases.lookup import find
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.provisioning import (
    check_unprovisioned,
    create_room_for,
    delete_unwanted_rooms,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The changes a caller asks for; a field that is None stays as it is (as in RFC 7396, objects are merged
    and lists replaced).
    """

    participants_number: int | None = None
    invitees: Sequence[Invitee] | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    duration_seconds: int | None = None
    renew_join_links: Sequence[str] = field(default=(), repr=False)
    """External ids of participants who get a new join link; their old one stops working."""

    @property
    def empties_the_list(self) -> bool:
        """Whether all participants are taken off the list."""
        return self.invitees is not None and not self.invitees


def update_teleconsultation(
    teleconsultation_id: str,
    *,
    changes: Changes,
    preconditions: Preconditions,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    """Merge `changes` into a teleconsultation, replace its room if that no longer fits, and return the stored
    record.

    A replaced room that could not be deleted stays in `rooms_to_delete`. The change is complete nevertheless,
    because readers are only shown links to the current room.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: there is none, or it was deleted.
        PreconditionFailedError: `preconditions` refuse the stored version.
        ConflictError: another change came first or is under way; safe to repeat.
        InvalidRequestError, NoPlusUserError: the result would break a rule.
        FrozenError: the room must be replaced, and edits are closed; or everybody is taken off the list after
            the door has opened.
        ProviderError: the users or the room could not be made.
        StorageUnavailableError: the table cannot answer.
    """
    current = find(teleconsultation_id, teleconsultations=ports.teleconsultations)
    if current.deleted_at is not None:
        raise TeleconsultationDeletedError("it was deleted")
    preconditions.check(current.entity_tag)
    check_unprovisioned(current, clock=ports.clock)
    if changes.empties_the_list and ports.clock() >= policy.door.opens_at(current.schedule):
        raise FrozenError("somebody may be in the call")

    guests = _guests(current, changes, ports=ports, policy=policy)
    wanted = _merged(current, changes, guests=guests, join_secrets=join_secrets)
    plan = policy.room_plan(wanted)
    keeps_room = current.room is not None and wanted.is_complete and plan.is_served_by(current.room)
    if wanted.is_complete and not keeps_room:
        check_attendance(wanted.participants)
    replaces_room = current.room is not None and not keeps_room
    if replaces_room and ports.clock() >= policy.door.freezes_at(current.schedule):
        raise FrozenError("edits are closed")

    guests.register_and_save(ports)
    if wanted == current:
        stored = current
    else:
        wanted = replace(wanted, version=current.version + 1, updated_at=ports.clock())
        if wanted.is_complete and not keeps_room:
            stored = create_room_for(wanted, current=current, plan=plan, ports=ports)
        else:
            stored = wanted if keeps_room else _without_room(wanted)
            ports.teleconsultations.replace(stored, expected_version=current.version)
    return _delete_old_rooms(stored, ports=ports)


def _guests(current: Teleconsultation, changes: Changes, *, ports: Ports, policy: Policy) -> GuestList:
    number = changes.participants_number or current.participants_number
    if changes.invitees is None:
        check_headcount(number, current.participants)
        return GuestList(participants=current.participants)
    check_headcount(number, changes.invitees)
    return guest_list(changes.invitees, ports=ports, privileges=policy.privileges)


def _merged(
    current: Teleconsultation, changes: Changes, *, guests: GuestList, join_secrets: JoinSecrets | None
) -> Teleconsultation:
    if changes.renew_join_links and join_secrets is None:
        raise InvalidRequestError([FieldError("renewJoinLinks", "join links are switched off")])
    participants = {person.external_id for person in guests.participants}
    strangers = [
        FieldError(f"renewJoinLinks[{index}]", "is not a participant of this teleconsultation")
        for index, external_id in enumerate(changes.renew_join_links)
        if external_id not in participants
    ]
    if strangers:
        raise UnknownParticipantError(strangers)
    return replace(
        current,
        schedule=current.schedule.moved(
            start_date=changes.start_date,
            end_date=changes.end_date,
            duration_seconds=changes.duration_seconds,
        ),
        participants_number=changes.participants_number or current.participants_number,
        participants=with_passes(
            guests.participants,
            teleconsultation_id=current.id,
            join_secrets=join_secrets,
            before=current.participants,
            renew=changes.renew_join_links,
        ),
        provisioning=None,
    )


def _without_room(wanted: Teleconsultation) -> Teleconsultation:
    if wanted.room is None:
        return wanted
    return replace(wanted, room=None, rooms_to_delete=wanted.rooms_to_delete | {wanted.room.room_id})


def _delete_old_rooms(stored: Teleconsultation, *, ports: Ports) -> Teleconsultation:
    try:
        delete_unwanted_rooms(stored, ports=ports)
    except (ProviderError, StorageUnavailableError):
        return stored
    return replace(stored, rooms_to_delete=frozenset())
