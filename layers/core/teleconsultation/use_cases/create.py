"""Use case: create a teleconsultation."""

from dataclasses import dataclass

from teleconsultation.domain.join_secrets import JoinSecrets, with_passes
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.schedule import Schedule
from teleconsultation.use_cases.guests import Invitee, check_headcount, check_plus_user, guest_list
from teleconsultation.use_cases.idempotency import IdempotencyKey, claimed
from teleconsultation.use_cases.provisioning import create_room_for, resume


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTeleconsultation:
    """What a caller wants created."""

    participants_number: int
    invitees: tuple[Invitee, ...]
    schedule: Schedule


def create_teleconsultation(
    wanted: NewTeleconsultation,
    *,
    idempotency_key: IdempotencyKey | None = None,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    """Create a teleconsultation, with its room if everybody expected is known.

    Participants get a join pass unless `join_secrets` is None.

    Everything is checked before the first effect; a request that is refused leaves nothing behind. Under an
    `idempotency_key` that was used before, what was created then is returned, or finished first.

    Raises:
        InvalidRequestError: the participants break a rule.
        NoPlusUserError: everybody is known and nobody may organise the call.
        ProviderError: the users or the room could not be made.
        StorageUnavailableError: the table cannot answer.
        IdempotencyKeyReusedError, RequestUnderWayError: as `idempotency.claimed`.
    """
    check_headcount(wanted.participants_number, wanted.invitees)
    guests = guest_list(wanted.invitees, ports=ports, privileges=policy.privileges)
    if len(guests.participants) == wanted.participants_number:
        check_plus_user(guests.participants)

    with claimed(idempotency_key, ports=ports) as (id_, earlier):
        if earlier is not None and earlier.is_created:
            return earlier
        guests.register_and_save(ports)
        now = ports.clock()
        teleconsultation = Teleconsultation(
            id=id_,
            version=1 if earlier is None else earlier.version + 1,
            schedule=wanted.schedule,
            participants_number=wanted.participants_number,
            participants=with_passes(guests.participants, teleconsultation_id=id_, join_secrets=join_secrets),
            created_at=now,
            updated_at=now,
        )
        if not teleconsultation.is_complete:
            ports.teleconsultations.add(teleconsultation)
            return teleconsultation
        plan = policy.room_plan(teleconsultation)
        if earlier is None:
            return create_room_for(teleconsultation, plan=plan, ports=ports)
        return resume(teleconsultation, unfinished=earlier, plan=plan, ports=ports)
