"""Use case: delete a teleconsultation."""

from contextlib import suppress
from dataclasses import replace

from teleconsultation.domain.errors import ConflictError
from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Clock, Ports
from teleconsultation.use_cases.lookup import find
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended


def delete_teleconsultation(
    teleconsultation_id: str,
    *,
    by: str | None,
    preconditions: Preconditions,
    ports: Ports,
) -> Teleconsultation:
    """Delete a teleconsultation and end its rooms, and return the record, which is kept as deleted.

    A room that somebody may have been in is disabled. The reconciler deletes it after its files, because the
    provider may find them by their room alone.

    Deleting again succeeds for any `preconditions` (RFC 9110 allows this if the change was made before), and
    tries again to end rooms that could not be ended.

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
        current = _deleted(current, by=by, clock=ports.clock)
        ports.teleconsultations.replace(current, expected_version=current.version - 1)
    ended, failure = end_unwanted_rooms(current, ports=ports)
    # A conflict: another request deletes it too, or the reconciler, and stores the same.
    with suppress(ConflictError):
        current = store_ended(ended, stored=current, ports=ports)
    if failure is not None:
        raise failure
    return current


def _deleted(current: Teleconsultation, *, by: str | None, clock: Clock) -> Teleconsultation:
    now = clock()
    has_been_open = current.door_times is None or now >= current.door_times.opens_at
    current = current.with_room_retired(was_used=has_been_open)
    current = with_entry(current, action=Action.DELETED, at=now, by=by)
    return replace(
        current,
        version=current.version + 1,
        provisioning=None,
        uploads_due_at=now if current.ended_rooms else None,
        recordings_due_at=None,
        updated_at=now,
        notice=None,
        deleted_at=now,
    )
