"""Use case: delete the files that were shared in the calls of a teleconsultation."""

from dataclasses import dataclass, replace
from datetime import datetime

from teleconsultation.domain.errors import ConflictError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import DeletedUploads
from teleconsultation.use_cases.admission import Caller, admit_organiser
from teleconsultation.use_cases.uploads import delete_uploads_of, with_receipt

CONFLICT_ATTEMPTS = 3
"""Attempts to store the receipt while other requests change the record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadsDeletion:
    """The result of one request."""

    total: int
    """Number of files that were found."""
    deleted: int
    completed_at: datetime | None
    """When none was left; None if some are, so that the request is to be repeated."""


def delete_uploads(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, is_on: bool, ports: Ports
) -> UploadsDeletion | None:
    """Delete the files of all rooms that the teleconsultation has had, also while somebody is in a call.

    Returns None and deletes nothing if `is_on` says that the operator keeps files.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError,
            NotAPlusUserError: as `admission.admit_organiser`.
        ProviderError: nothing was deleted.
        ConflictError: files were deleted, and other requests kept changing the record; safe to repeat.
        StorageUnavailableError: the table cannot answer; files may have been deleted.
    """
    current = admit_organiser(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=ports.teleconsultations
    )
    if not is_on:
        return None
    rooms = current.ended_rooms | ({current.room.room_id} if current.room else set())
    uploads, failure = delete_uploads_of(rooms, ports=ports)
    if failure is not None and not uploads.deleted:
        raise failure
    stored = _store(current, uploads, ports=ports)
    completed_at = stored.uploads.completed_at if stored.uploads else None
    return UploadsDeletion(total=uploads.total, deleted=uploads.deleted, completed_at=completed_at)


def _store(current: Teleconsultation, uploads: DeletedUploads, *, ports: Ports) -> Teleconsultation:
    """Store the receipt, unless nothing has changed, and return the stored record."""
    is_known = current.uploads is not None and current.uploads.completed_at is not None
    if is_known and not uploads.total and current.uploads_due_at is None and not current.past_rooms:
        return current
    for _ in range(CONFLICT_ATTEMPTS - 1):
        try:
            return _store_receipt(current, uploads, ports=ports)
        except ConflictError:
            current = ports.teleconsultations.get(current.id)
            # A room that has come in between is not known to be empty.
            uploads = replace(uploads, is_complete=False)
    return _store_receipt(current, uploads, ports=ports)


def _store_receipt(current: Teleconsultation, uploads: DeletedUploads, *, ports: Ports) -> Teleconsultation:
    wanted = replace(with_receipt(current, uploads, ports=ports), version=current.version + 1)
    ports.teleconsultations.replace(wanted, expected_version=current.version)
    return wanted
