"""The storage port of requested erasures in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from teleconsultation.domain.erasure import INTERRUPTED, KEPT, RequestedErasure
from teleconsultation.domain.errors import ErasureNotFoundError
from teleconsultation.domain.ports import Clock
from tests.fakes.effects import Effects


class InMemoryErasures:
    """As `ports.Erasures`; the contract suite holds it to what the real one does."""

    def __init__(self, *, clock: Clock, effects: Effects | None = None) -> None:
        self.effects = effects or Effects()
        self._clock = clock
        self._stored: dict[str, RequestedErasure] = {}

    def request(self, erasure_id: str, *, external_id: str, at: datetime) -> RequestedErasure:
        with self.effects.of("request_erasure"):
            before = self._stored.get(erasure_id)
            self._stored[erasure_id] = RequestedErasure(
                id=erasure_id,
                external_id=external_id,
                requested_at=at,
                due_at=at,
                upcoming=before.upcoming if before else frozenset(),
            )
            return self._stored[erasure_id]

    def get(self, erasure_id: str) -> RequestedErasure:
        stored = self._stored.get(erasure_id)
        if stored is None or (stored.completed_at and stored.completed_at + KEPT <= self._clock()):
            raise ErasureNotFoundError("no item")
        return stored

    def due(self, *, now: datetime) -> Iterator[str]:
        due = [(one.due_at, one.id) for one in self._stored.values() if one.due_at and one.due_at <= now]
        yield from (erasure_id for _, erasure_id in sorted(due))

    def claim(self, erasure_id: str, *, now: datetime, until: datetime) -> RequestedErasure | None:
        stored = self._stored[erasure_id]
        if stored.due_at is None or now < stored.due_at != until:
            return None
        with self.effects.of("claim_erasure"):
            self._stored[erasure_id] = replace(stored, due_at=until, stopped_by=INTERRUPTED)
            return self._stored[erasure_id]

    def note_upcoming(self, erasure_id: str, teleconsultation_id: str) -> None:
        with self.effects.of("note_upcoming"):
            stored = self._stored[erasure_id]
            self._stored[erasure_id] = replace(stored, upcoming=stored.upcoming | {teleconsultation_id})

    def stop(
        self, erasure: RequestedErasure, *, stopped_by: str | None, resume_from: str | None, due_at: datetime
    ) -> None:
        with self.effects.of("stop_erasure"):
            self._finish(erasure, stopped_by=stopped_by, resume_from=resume_from, due_at=due_at)

    def complete(self, erasure: RequestedErasure, *, at: datetime) -> None:
        with self.effects.of("complete_erasure"):
            self._finish(
                erasure, external_id=None, due_at=None, stopped_by=None, resume_from=None, completed_at=at
            )

    def _finish(self, erasure: RequestedErasure, **changes: object) -> None:
        stored = self._stored[erasure.id]
        if stored.requested_at == erasure.requested_at:
            self._stored[erasure.id] = replace(stored, **changes)  # type: ignore[arg-type] # as declared
