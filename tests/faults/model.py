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
    room_seconds: int = 0
    """The length of the longest visit that its room serves."""
    deleted: datetime | None = None

    @property
    def is_complete(self) -> bool:
        return len(self.people) == self.number

    @property
    def lacks_doctor(self) -> bool:
        return self.is_complete and not DOCTORS & set(self.people)

    @property
    def facts(self) -> "Visit":
        """All that a reader sees."""
        return replace(self, changed=LONG_AGO, room_seconds=0)

    @property
    def opens(self) -> datetime:
        return self.start - timedelta(seconds=DOOR.early_join_seconds)

    @property
    def closes(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds + DOOR.late_join_seconds)

    def seated(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Say who is where in a new list: who stays keeps the place, the others fill what is free."""
        kept = {self.people.index(one): one for one in people if one in self.people[: len(people)]}
        new = [one for one in people if one not in kept.values()]
        return tuple(kept[place] if place in kept else new.pop(0) for place in range(len(people)))

    def fits(self, wanted: "Visit") -> bool:
        """Say whether the room that it has serves `wanted` too."""
        return (
            wanted.is_complete
            and set(wanted.people) == set(self.people)
            and wanted.seconds <= self.room_seconds
        )

    def with_room(self, wanted: "Visit", *, now: datetime, locks_out: bool) -> "Visit":
        """Return `wanted` with the room that it gets or keeps."""
        begins_anew = self.opens <= now < wanted.opens or now >= self.closes
        if now >= wanted.closes or (self.fits(wanted) and not begins_anew and not locks_out):
            return replace(wanted, room_seconds=self.room_seconds)
        return replace(wanted, room_seconds=wanted.seconds if wanted.is_complete else 0)

    def is_gone(self, now: datetime) -> bool:
        end = self.start + timedelta(seconds=self.seconds)
        return now >= (self.deleted or max(end, self.changed)) + KEPT

    def is_open(self, now: datetime) -> bool:
        return self.is_complete and self.opens <= now < self.closes

    def refusal(
        self, wanted: "Visit", *, now: datetime, is_stale: bool, locks_out: bool
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
        is_in_use = self.is_complete and freezes <= now < self.closes
        is_over = now >= wanted.closes
        is_refused = is_in_use and not locks_out and not is_over and not self.fits(wanted)
        return FrozenError if is_refused else None


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
