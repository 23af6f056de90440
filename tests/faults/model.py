"""What the service promises, in the fewest words: the model that random sequences are held to."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from teleconsultation.domain.errors import (
    FrozenError,
    NoPlusUserError,
    PreconditionFailedError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
)
from tests.fakes.samples import DOOR

LEASE = timedelta(seconds=60)
KEY_LIFE = timedelta(hours=24)
KEPT = timedelta(days=30)
"""Of a teleconsultation that is over, and of one that was deleted."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DOCTORS = frozenset({"doctor-1", "doctor-2"})


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A teleconsultation as everybody may know it."""

    people: tuple[str, ...]
    number: int
    start: datetime
    seconds: int
    changed: datetime
    deleted: datetime | None = None

    @property
    def is_complete(self) -> bool:
        return len(self.people) == self.number

    @property
    def lacks_doctor(self) -> bool:
        return self.is_complete and not DOCTORS & set(self.people)

    @property
    def room(self) -> tuple[frozenset[str], int] | None:
        """What sort of room it has."""
        return (frozenset(self.people), self.seconds) if self.is_complete and not self.deleted else None

    @property
    def facts(self) -> "Visit":
        """All but when it changed."""
        return replace(self, changed=LONG_AGO)

    def is_gone(self, now: datetime) -> bool:
        end = self.start + timedelta(seconds=self.seconds)
        return now >= (self.deleted or max(end, self.changed)) + KEPT

    def is_open(self, now: datetime) -> bool:
        opens = self.start - timedelta(seconds=DOOR.early_join_seconds)
        return self.is_complete and opens <= now < self.start + timedelta(
            seconds=self.seconds + DOOR.late_join_seconds
        )

    def refusal(
        self, wanted: "Visit", *, now: datetime, is_stale: bool
    ) -> type[TeleconsultationError] | None:
        """Why a change to `wanted` is refused, whatever else happens."""
        if self.is_gone(now):
            return TeleconsultationNotFoundError
        if self.deleted:
            return None if wanted.deleted else TeleconsultationDeletedError
        if is_stale:
            return PreconditionFailedError
        if wanted.deleted:
            return None
        if wanted.lacks_doctor:
            return NoPlusUserError
        freezes = self.start - timedelta(seconds=DOOR.edit_freeze_seconds)
        return FrozenError if self.room and wanted.room != self.room and now >= freezes else None


@dataclass
class Key:
    """What is known of an `Idempotency-Key`."""

    body: object
    id: str | None
    used: datetime
    is_certain: bool
    """Whether the idempotency record is known to be stored."""
    is_free: bool
    """Whether nobody can still hold it."""


@dataclass
class Model:
    """All that was promised so far."""

    visits: dict[str, Visit] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    troubled: dict[str, datetime] = field(default_factory=dict)
    """When something last went wrong with one: for `LEASE` it may be taken for busy."""

    def key(self, name: str, *, now: datetime) -> Key | None:
        known = self.keys.get(name)
        return known if known and now < known.used + KEY_LIFE else None
