"""The history of a teleconsultation: who changed what, and when.

It is part of the record, so that a change and its entry are one write. Each entry has a hash over itself and
the entry before it: one that is changed, taken out or put in afterwards no longer fits. Entries name no
person, only fields of requests, and the client of a booking system by its keyed hash (`caller_hash`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from teleconsultation.domain.model import HistoryEntry, Teleconsultation
from teleconsultation.domain.timestamps import to_text

MAX_ENTRIES = 100
"""So many of the latest entries are kept, some 20 KB: each read of the record pays for them."""


class Action(StrEnum):
    """What an entry says was done. docs/openapi.yaml describes each."""

    CREATED = "created"
    IMPORTED = "imported"
    UPDATED = "updated"
    DELETED = "deleted"
    ROOM_REPLACED = "room_replaced"
    PERSON_ERASED = "person_erased"


def with_entry(
    changed: Teleconsultation, *, action: Action, at: datetime, by: str | None, fields: Iterable[str] = ()
) -> Teleconsultation:
    """Return the changed record with one more entry; `by` is None for the service itself and its operator."""
    history = changed.history
    last = history[-1] if history else None
    entry = HistoryEntry(
        number=last.number + 1 if last else 1, at=at, action=action, by=by, fields=tuple(fields), digest=""
    )
    digest = _digest(entry, after=last.digest if last else "", teleconsultation_id=changed.id)
    return replace(changed, history=(*history, replace(entry, digest=digest))[-MAX_ENTRIES:])


def is_intact(history: Sequence[HistoryEntry], *, teleconsultation_id: str) -> bool:
    """Return whether each entry fits the one before it. The oldest one cannot be checked if others have been
    before it.
    """
    before: HistoryEntry | None = None
    for entry in history:
        if before is not None or entry.number == 1:
            number, after = (before.number + 1, before.digest) if before else (1, "")
            fits = entry.digest == _digest(entry, after=after, teleconsultation_id=teleconsultation_id)
            if entry.number != number or not fits:
                return False
        before = entry
    return True


def _digest(entry: HistoryEntry, *, after: str, teleconsultation_id: str) -> str:
    content = [
        after,
        teleconsultation_id,
        entry.number,
        to_text(entry.at),
        entry.action,
        entry.by,
        list(entry.fields),
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
