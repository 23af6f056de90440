"""An erasure that was requested through the API: its id, its record and its status."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ID_DIGITS = 32
"""128 bits, so that no two people share an erasure."""
KEPT = timedelta(days=30)
"""How long a completed erasure can be read."""
INTERRUPTED = "interrupted"
"""Why a run ended that did not say so itself. It is stored when the run begins."""


class ErasureStatus(StrEnum):
    """What has become of an erasure."""

    PENDING = "pending"
    RUNNING = "running"
    FAILED = "failed"
    """The last run could not finish; another one follows."""
    COMPLETED = "completed"


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestedErasure:
    """The record of an erasure. Who is erased is known until it is completed."""

    id: str
    external_id: str | None = field(repr=False)
    """None once it is completed."""
    requested_at: datetime
    """When it was requested last."""
    due_at: datetime | None
    """When the next run begins, or until when the present one may last; None once it is completed."""
    stopped_by: str | None = None
    """Why the last run ended early; `INTERRUPTED` also while it lasts."""
    resume_from: str | None = None
    """Id of the last teleconsultation that was processed."""
    upcoming: frozenset[str] = frozenset()
    """Ids of the visits that lack a participant because of it, and had not ended then."""
    completed_at: datetime | None = None

    def status(self, *, now: datetime) -> ErasureStatus:
        """Return what has become of it."""
        if self.due_at is None:
            return ErasureStatus.COMPLETED
        if self.stopped_by == INTERRUPTED and now < self.due_at:
            return ErasureStatus.RUNNING
        return ErasureStatus.PENDING if self.stopped_by is None else ErasureStatus.FAILED


def keyed_erasure_id(external_id: str, *, key: str) -> str:
    """Return the id of a person's erasure: always the same, and it reveals nothing about the person."""
    message = f"erasure\0{external_id}".encode(errors="surrogatepass")
    return hmac.digest(key.encode(), message, hashlib.sha256).hex()[:ID_DIGITS]


def is_erasure_id(text: str) -> bool:
    """Return whether a text can be the id of an erasure."""
    return len(text) == ID_DIGITS and set(text) <= set("0123456789abcdef")
