"""The storage port in memory."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from teleconsultation.domain.errors import ConflictError, TeleconsultationNotFoundError
from teleconsultation.domain.idempotency import IdempotencyRecord
from teleconsultation.domain.lifetime import expires_at, settles_at
from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
from teleconsultation.domain.model import Teleconsultation, Waiting
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Clock
from teleconsultation.domain.walk import Walk
from teleconsultation.storage.repository import IDEMPOTENCY_RETENTION
from tests.fakes.effects import Effects


class InMemoryTeleconsultations:
    """As `ports.Teleconsultations`; the contract suite holds it to what the real one does."""

    def __init__(
        self, *, clock: Clock, retention: timedelta = timedelta(days=30), effects: Effects | None = None
    ) -> None:
        self.effects = effects or Effects()
        self._clock = clock
        self._retention = retention
        self._stored: dict[str, Teleconsultation] = {}
        self._due: dict[str, datetime] = {}
        """Id -> from when the reconciler looks at it; the index of the real one."""
        self._users: dict[str, User] = {}
        self._aliases: dict[str, str] = {}
        self._records: dict[str, tuple[IdempotencyRecord, datetime]] = {}
        self._walk: Walk | None = None
        self._lock = threading.RLock()

    def get(self, teleconsultation_id: str) -> Teleconsultation:
        with self._lock:
            stored = self._stored.get(teleconsultation_id)
            if stored is None or self._is_expired(stored):
                raise TeleconsultationNotFoundError("no item")
            return stored

    def get_all(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Teleconsultation]:
        with self._lock:
            return {
                id_: stored
                for id_ in teleconsultation_ids
                if (stored := self._stored.get(id_)) is not None and not self._is_expired(stored)
            }

    def add(self, teleconsultation: Teleconsultation) -> None:
        with self.effects.of("add"), self._lock:
            if teleconsultation.id in self._stored:
                raise ConflictError("the id is taken")
            self._put(teleconsultation)

    def replace(self, teleconsultation: Teleconsultation, *, expected_version: int) -> None:
        with self.effects.of("replace"), self._lock:
            stored = self._stored.get(teleconsultation.id)
            if stored is None or stored.version != expected_version:
                raise ConflictError("another version is stored")
            self._put(stored.merged_into(teleconsultation))

    def remove(self, teleconsultation_id: str, *, expected_version: int) -> None:
        with self.effects.of("remove"), self._lock:
            stored = self._stored.get(teleconsultation_id)
            if stored is not None and stored.version != expected_version:
                raise ConflictError("another version is stored")
            self._stored.pop(teleconsultation_id, None)
            self._due.pop(teleconsultation_id, None)

    def postpone(self, stored: Teleconsultation, *, until: datetime, failures: int) -> None:
        with self.effects.of("postpone"), self._lock:
            now = self._stored.get(stored.id)
            if now is None or now.version != stored.version or _reported_at(now) != _reported_at(stored):
                return
            room = now.room if failures or now.room is None else replace(now.room, reported_gone_at=None)
            self._stored[stored.id] = replace(now, settle_failures=failures, room=room)
            self._due[stored.id] = until

    def report_room_gone(self, teleconsultation_id: str, *, room_id: str, at: datetime) -> bool:
        with self.effects.of("report_room_gone"), self._lock:
            stored = self._stored.get(teleconsultation_id)
            if stored is None or stored.room is None or stored.room.room_id != room_id:
                return False
            reported = replace(stored, room=replace(stored.room, reported_gone_at=at))
            self._stored[teleconsultation_id] = reported
            self._due[teleconsultation_id] = at
            return True

    def note_waiting(
        self, teleconsultation_id: str, *, seat: int, waiting: Waiting, expected_version: int
    ) -> bool:
        with self.effects.of("note_waiting"), self._lock:
            stored = self._stored.get(teleconsultation_id)
            if stored is None or stored.version != expected_version:
                return False
            self._stored[teleconsultation_id] = replace(stored, waiting={**stored.waiting, seat: waiting})
            return True

    def reserve(
        self, record: IdempotencyRecord, *, in_place_of: IdempotencyRecord | None = None
    ) -> IdempotencyRecord | None:
        # A reservation that is refused writes nothing.
        if (standing := self.reservation(record.key_digest)) not in (None, in_place_of):
            return standing
        with self.effects.of("reserve"), self._lock:
            if (standing := self.reservation(record.key_digest)) in (None, in_place_of):
                self._records[record.key_digest] = (record, self._clock())
                return None
            return standing

    def reservation(self, key_digest: str) -> IdempotencyRecord | None:
        with self._lock:
            standing, stored_at = self._records.get(key_digest, (None, self._clock()))
            return None if stored_at + IDEMPOTENCY_RETENTION <= self._clock() else standing

    def due_for_settling(self, *, now: datetime) -> Iterator[tuple[str, datetime]]:
        with self._lock:
            due = [(id_, since) for id_, since in self._due.items() if since <= now]
        # Those of one instant come in the order of their writes, and not by their random ids.
        yield from sorted(due, key=lambda entry: entry[1])

    def starting(
        self, *, since: datetime, before: datetime, after: ListPosition | None
    ) -> Iterator[ListedTeleconsultation]:
        with self._lock:
            listed = [
                ListedTeleconsultation(
                    id=stored.id,
                    version=stored.version,
                    schedule=stored.schedule,
                    participants_number=stored.participants_number,
                    named_number=len(stored.participants),
                    reference=stored.booking.reference,
                    deleted_at=stored.deleted_at,
                )
                for stored in self._stored.values()
                if stored.is_created and not self._is_expired(stored)
            ]
        begin = None if after is None else (after.start_date, after.teleconsultation_id)
        for one in sorted(listed, key=lambda one: (one.schedule.start_date, one.id)):
            place = (one.schedule.start_date, one.id)
            if since <= one.schedule.start_date < before and (begin is None or place > begin):
                yield one

    def walk(self) -> Walk | None:
        return self._walk

    def save_walk(self, walk: Walk) -> None:
        with self.effects.of("save_walk"):
            self._walk = walk

    def users(self, external_ids: Collection[str]) -> Mapping[str, User]:
        with self._lock:
            owners = {alias: user for user in self._users.values() for alias in self._aliases_of(user)}
            named = owners | self._users
            return {one: named[one] for one in external_ids if one in named}

    def _aliases_of(self, user: User) -> set[str]:
        return {alias for alias, owner in self._aliases.items() if owner == user.external_id}

    def save_users(self, users: Collection[User]) -> None:
        with self.effects.of("save_users"), self._lock:
            self._users |= {user.external_id: user for user in users}
            self._aliases |= {alias: user.external_id for user in users for alias in user.aliases}

    def delete_aliases(self, aliases: Collection[str]) -> None:
        for alias in sorted(aliases):
            with self.effects.of("delete_alias"), self._lock:
                self._aliases.pop(alias, None)

    def page(self, *, after: str | None, size: int) -> Sequence[Teleconsultation]:
        with self._lock:
            ids = sorted(known for known in self._stored if after is None or known > after)
            return [self._stored[known] for known in ids[:size]]

    def delete_user(self, external_id: str) -> bool:
        known = self._users.get(external_id)
        self.delete_aliases(known.aliases if known else ())
        with self.effects.of("delete_user"), self._lock:
            return self._users.pop(external_id, None) is not None

    def everything(self) -> tuple[Teleconsultation, ...]:
        """Return all that is stored, unfinished and expired records too."""
        return tuple(self._stored.values())

    def _put(self, teleconsultation: Teleconsultation) -> None:
        self._stored[teleconsultation.id] = teleconsultation
        self._due.pop(teleconsultation.id, None)
        if (due := settles_at(teleconsultation, retention=self._retention)) is not None:
            self._due[teleconsultation.id] = due

    def _is_expired(self, stored: Teleconsultation) -> bool:
        return expires_at(stored, retention=self._retention) <= self._clock()


def _reported_at(teleconsultation: Teleconsultation) -> datetime | None:
    return teleconsultation.room.reported_gone_at if teleconsultation.room is not None else None
