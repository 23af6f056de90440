"""Delete the files of a teleconsultation's calls when they are due."""

from dataclasses import dataclass, replace
from datetime import timedelta

from teleconsultation.domain.lifetime import deletes_disabled_rooms_at
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.uploads import delete_uploads_of, with_receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class Emptied:
    """What deleting the files that are due has come to."""

    deleted: int = 0
    is_complete: bool = True
    """Whether none is left that is due, or within reach."""


def with_uploads_due(
    ended: Teleconsultation,
    *,
    stored: Teleconsultation,
    uploads_kept: timedelta | None,
    retention: timedelta,
    ports: Ports,
) -> Teleconsultation:
    """Return the record with the time at which its files are due, if a room has ended since `stored`."""
    if uploads_kept is None or ended.disabled_rooms.keys() <= stored.disabled_rooms.keys():
        return ended
    deletes_at = deletes_disabled_rooms_at(ended, retention=retention)
    return replace(ended, uploads_due_at=min(ports.clock() + uploads_kept, deletes_at))


def with_due_uploads_deleted(
    current: Teleconsultation, *, uploads_kept: timedelta | None, retention: timedelta, ports: Ports
) -> tuple[Teleconsultation, Emptied]:
    """Delete the files that are due, and return the record with the receipt. Nothing is stored.

    On the last day of the rooms their files are due, unless they are known to be deleted.
    """
    now = ports.clock()
    is_due = current.uploads_due_at is not None and now >= current.uploads_due_at
    if uploads_kept is None:
        if is_due:
            current = replace(current, past_rooms=frozenset(), uploads_due_at=None)
        return current, Emptied()
    is_last_chance = is_last_day(current, retention=retention, ports=ports) and not _is_known_empty(current)
    if not is_due and not is_last_chance:
        return current, Emptied()
    if current.rooms_to_disable:
        return current, Emptied(is_complete=False)  # somebody may still add files
    uploads, _ = delete_uploads_of(current.ended_rooms, ports=ports)
    is_over = uploads.is_complete or uploads.is_forgotten
    if uploads.deleted or is_over:
        current = with_receipt(current, uploads, ports=ports)
    return current, Emptied(deleted=uploads.deleted, is_complete=is_over)


def is_last_day(current: Teleconsultation, *, retention: timedelta, ports: Ports) -> bool:
    """Return whether the disabled rooms are to be deleted, if there are any."""
    return bool(current.disabled_rooms) and ports.clock() >= deletes_disabled_rooms_at(
        current, retention=retention
    )


def _is_known_empty(current: Teleconsultation) -> bool:
    """Return whether the files of all disabled rooms are known to be deleted."""
    receipt = current.uploads
    return (
        receipt is not None
        and receipt.completed_at is not None
        and receipt.completed_at >= max(current.disabled_rooms.values())
    )
