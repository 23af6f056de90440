"""The storage port of calls in memory."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from teleconsultation.domain.call import Call, Fact, FactKind, RoomRecord
from teleconsultation.domain.ports import Clock, RoomOwner
from teleconsultation.storage.calls import MAX_FACTS
from tests.fakes.effects import Effects


class InMemoryCalls:
    """As `ports.Calls`; the contract suite holds it to what the real one does."""

    def __init__(self, *, clock: Clock, effects: Effects | None = None) -> None:
        self.effects = effects or Effects()
        self._clock = clock
        self._owners: dict[str, tuple[RoomOwner, datetime]] = {}
        self._calls: dict[str, Call] = {}
        self._lock = threading.RLock()

    def owner(self, room_id: str) -> RoomOwner | None:
        owner, until = self._owners.get(room_id, (None, self._clock()))
        return owner if self._clock() < until else None

    def remember_owner(self, room_id: str, owner: RoomOwner, *, until: datetime) -> None:
        with self.effects.of("remember_owner"):
            self._owners[room_id] = (owner, until)

    def get(self, teleconsultation_id: str) -> Call:
        return self._calls.get(teleconsultation_id, Call())

    def add_fact(self, teleconsultation_id: str, fact: Fact, *, version: int, expires_at: datetime) -> bool:
        with self._lock:
            call = self.get(teleconsultation_id)
            is_full = len(call.facts) >= MAX_FACTS and fact.kind is not FactKind.RECORDED
            if is_full or any(known.id == fact.id for known in call.facts):
                return False
            with self.effects.of("add_fact"):
                self._calls[teleconsultation_id] = replace(call, facts=(*call.facts, fact))
            return True

    def close(
        self,
        teleconsultation_id: str,
        *,
        records: Mapping[str, RoomRecord],
        is_certain: bool,
        closed_at: datetime,
        expires_at: datetime,
    ) -> None:
        with self.effects.of("close_call"), self._lock:
            call = self.get(teleconsultation_id)
            if call.closed_at is not None and call.closed_at > closed_at:
                return
            self._calls[teleconsultation_id] = replace(
                call, records={**call.records, **records}, is_certain=is_certain, closed_at=closed_at
            )

    def forget_seat(self, teleconsultation_id: str, seat: int, *, sitter_id: str | None) -> None:
        with self._lock:
            call = self.get(teleconsultation_id)
            without = replace(
                call,
                facts=tuple(fact for fact in call.facts if not fact.is_of(seat, sitter_id=sitter_id)),
                records={
                    room_id: record.without(seat, sitter_id=sitter_id)
                    for room_id, record in call.records.items()
                },
            )
            if without != call:
                with self.effects.of("forget_seat"):
                    self._calls[teleconsultation_id] = without
