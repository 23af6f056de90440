"""Use case: create a teleconsultation."""

from dataclasses import dataclass, field

from teleconsultation.domain.errors import FieldError, InvalidRequestError, TeleconsultationError
from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.join_secrets import JoinSecrets, with_passes
from teleconsultation.domain.model import BookingData, Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.schedule import Schedule
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.guests import GuestList, Invitee, check_headcount, check_plus_user, guest_list
from teleconsultation.use_cases.idempotency import Begun, IdempotencyKey, begin, find_created, release
from teleconsultation.use_cases.provisioning import create_room_for, resume


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTeleconsultation:
    """The teleconsultation a caller asks for."""

    participants_number: int
    invitees: tuple[Invitee, ...]
    schedule: Schedule
    booking: BookingChanges = field(default_factory=BookingChanges)


def create_teleconsultation(
    wanted: NewTeleconsultation,
    *,
    by: str | None,
    idempotency_key: IdempotencyKey | None = None,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    """Create a teleconsultation, with a room if its list of participants is complete, and return it.

    Participants get a join pass unless `join_secrets` is None. If `idempotency_key` was used before, return
    what that request created, and finish it first if it is unfinished.

    Everything is checked before the first effect, so a refused request changes nothing. The key is looked up
    before the people, because a repeated request stays the same if one of them is erased meanwhile.

    Raises:
        InvalidRequestError: the participants break a rule, or the door has closed already.
        NoPlusUserError: the list is complete and has no plus user.
        ProviderError: the users or the room could not be made.
        StorageUnavailableError: the table cannot answer.
        IdempotencyKeyReusedError, RequestUnderWayError, TeleconsultationDeletedError: as
            `idempotency.begin`.
    """
    created = find_created(idempotency_key, ports=ports)
    if created is not None:
        return created
    _check_upcoming(wanted.schedule, ports=ports, policy=policy)
    booking = wanted.booking.applied_to(BookingData())
    check_headcount(wanted.participants_number, wanted.invitees)
    guests = guest_list(wanted.invitees, ports=ports, privileges=policy.privileges)
    if len(guests.participants) == wanted.participants_number:
        check_plus_user(guests.participants)

    begun = begin(idempotency_key, ports=ports)
    if begun.earlier is not None and begun.earlier.is_created:
        return begun.earlier
    try:
        return _create(
            wanted,
            by=by,
            begun=begun,
            guests=guests,
            booking=booking,
            ports=ports,
            join_secrets=join_secrets,
            policy=policy,
        )
    except TeleconsultationError:
        release(begun, ports=ports)
        raise


def _check_upcoming(schedule: Schedule, *, ports: Ports, policy: Policy) -> None:
    if ports.clock() >= policy.door.closes_at(schedule):
        raise InvalidRequestError([FieldError(schedule.end_spelling, "the teleconsultation would be over")])


def _create(
    wanted: NewTeleconsultation,
    *,
    by: str | None,
    begun: Begun,
    guests: GuestList,
    booking: BookingData,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    guests.register_and_save(ports)
    now = ports.clock()
    teleconsultation = Teleconsultation(
        id=begun.id,
        version=1 if begun.earlier is None else begun.earlier.version + 1,
        schedule=wanted.schedule,
        participants_number=wanted.participants_number,
        participants=with_passes(
            guests.participants, teleconsultation_id=begun.id, join_secrets=join_secrets
        ),
        created_at=now,
        updated_at=now,
        door_times=policy.door.times_of(wanted.schedule),
        booking=booking,
    )
    teleconsultation = with_entry(teleconsultation, action=Action.CREATED, at=now, by=by)
    if not teleconsultation.is_complete:
        ports.teleconsultations.add(teleconsultation)
        return teleconsultation
    plan = policy.room_plan(teleconsultation)
    if begun.earlier is None:
        return create_room_for(teleconsultation, plan=plan, ports=ports)
    return resume(teleconsultation, unfinished=begun.earlier, plan=plan, ports=ports)
