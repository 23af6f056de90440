"""The position of the reconciler's walk."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """The reconciler's position in the provider's list of rooms, newest first, and when to continue."""

    started_at: datetime
    """When the first page was read."""
    back_to: datetime | None
    """The walk ends at rooms older than this; None is an audit, which reads the whole list."""
    position: int
    oldest_open: datetime | None
    """When the oldest room was made that the walk has passed and a later one must look at again."""
    due_at: datetime
    """When the walk begins or continues."""
    audit_due_at: datetime
    """When the next audit begins."""
