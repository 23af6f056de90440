"""Use case: delete a teleconsultation."""

from dataclasses import replace

from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Clock, Ports
from teleconsultation.use_cases.lookup import find
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.provisioning import delete_unwanted_rooms


def delete_teleconsultation(
    teleconsultation_id: str,
    *,
    preconditions: Preconditions,
    ports: Ports,
) -> Teleconsultation:
    """Delete a teleconsultation and its room, and return the record, which is kept as deleted.

    Deleting again succeeds for any `preconditions` (RFC 9110 allows this if the change was made before), and
    tries again to delete rooms that could not be deleted.

    Raises:
        TeleconsultationNotFoundError: there is none.
        PreconditionFailedError: `preconditions` refuse the stored version.
        ConflictError: another change came first; safe to repeat.
        ProviderError: the record is deleted, but its room may still be open; repeat the request.
        StorageUnavailableError: the table cannot answer.
    """
    current = find(teleconsultation_id, teleconsultations=ports.teleconsultations)
    if current.deleted_at is None:
        preconditions.check(current.entity_tag)
        current = _deleted(current, clock=ports.clock)
        ports.teleconsultations.replace(current, expected_version=current.version - 1)
    delete_unwanted_rooms(current, ports=ports)
    return replace(current, rooms_to_delete=frozenset())


def _deleted(current: Teleconsultation, *, clock: Clock) -> Teleconsultation:
    now = clock()
    rooms_to_delete = current.rooms_to_delete | ({current.room.room_id} if current.room else frozenset())
    return replace(
        current,
        version=current.version + 1,
        room=None,
        provisioning=None,
        rooms_to_delete=rooms_to_delete,
        updated_at=now,
        deleted_at=now,
    )
