"""Delete the files that were shared in the rooms of a teleconsultation."""

from collections.abc import Collection
from dataclasses import replace

from teleconsultation.domain.errors import ProviderError
from teleconsultation.domain.model import Teleconsultation, UploadsReceipt
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import DeletedUploads


def delete_uploads_of(
    room_ids: Collection[str], *, ports: Ports
) -> tuple[DeletedUploads, ProviderError | None]:
    """Delete the files of these rooms at the provider, and return what became of them and the first failure.

    A room that fails does not stop the others.
    """
    done: list[DeletedUploads] = []
    failures: list[ProviderError] = []
    for room_id in sorted(room_ids):
        try:
            done.append(ports.rooms.delete_uploads(room_id))
        except ProviderError as error:
            failures.append(error)
    is_over = not failures and all(one.is_complete or one.is_forgotten for one in done)
    is_forgotten = is_over and any(one.is_forgotten for one in done)
    return DeletedUploads(
        total=sum(one.total for one in done),
        deleted=sum(one.deleted for one in done),
        is_complete=is_over and not is_forgotten,
        is_forgotten=is_forgotten,
    ), failures[0] if failures else None


def with_receipt(current: Teleconsultation, uploads: DeletedUploads, *, ports: Ports) -> Teleconsultation:
    """Return the record with what was deleted; once nothing is left, or within reach, nothing more is due."""
    before = current.uploads.deleted if current.uploads else 0
    current = replace(
        current,
        uploads=UploadsReceipt(
            deleted=before + uploads.deleted, completed_at=ports.clock() if uploads.is_complete else None
        ),
    )
    if not uploads.is_complete and not uploads.is_forgotten:
        return current
    return replace(current, past_rooms=frozenset(), uploads_due_at=None)
