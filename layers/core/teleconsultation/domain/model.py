"""The teleconsultation and its parts: frozen records with the rules that need nothing but themselves.

`repr` leaves out names, ids of people and links: whatever prints one of these by accident leaks nothing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from teleconsultation.domain.schedule import Schedule

MIN_PARTICIPANTS = 2
MAX_PARTICIPANTS = 25
"""Bounds of a provider room: https://developers.kaleyra.io/reference/video-room-create"""


class Role(StrEnum):
    """What a user may do at the provider; a room needs at least one plus user."""

    BASIC = "basic"
    PLUS = "plus"


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinPass:
    """What is kept of a participant's join link: enough to check a secret, not to make one."""

    nonce: str = field(repr=False)
    digest: str = field(repr=False)
    """SHA-256 of the secret, in hex."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Participant:
    """A person in one teleconsultation, as known when the list was last written."""

    external_id: str = field(repr=False)
    """The integrator's id, equal to the caller's user id claim."""
    bandyer_user_id: str = field(repr=False)
    role: Role
    groups: tuple[str, ...] = field(repr=False)
    full_name: str = field(repr=False)
    language: str | None = None
    """BCP 47 tag the person prefers, if the integrator told us."""
    join_pass: JoinPass | None = field(default=None, repr=False)
    """None where join links are switched off."""
    is_erased: bool = False
    """Whether the person was erased: the seat stays, so that the record still adds up, and is nobody's."""

    def erased(self) -> "Participant":
        """Return the seat without the person: ids by chance, which lead nowhere, and the role."""
        nobody = f"erased-{os.urandom(12).hex()}"
        return Participant(
            external_id=nobody,
            bandyer_user_id=nobody,
            role=self.role,
            groups=(),
            full_name="",
            is_erased=True,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person this service has met: the profile last sent, and the roles in which the provider knows
    them.
    """

    external_id: str = field(repr=False)
    groups: tuple[str, ...] = field(repr=False)
    full_name: str = field(repr=False)
    language: str | None = None
    registered_roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room that exists at the provider."""

    room_id: str
    duration_seconds: int | None
    links: Mapping[str, str] = field(repr=False)
    """Provider user id -> personal access link, a bearer secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IdempotencyRecord:
    """An `Idempotency-Key` as first used: what was asked under it, and which teleconsultation it became."""

    key_digest: str
    """SHA-256 of caller and key, in hex; neither can be read from it."""
    fingerprint: str
    """SHA-256 of the body, in hex."""
    teleconsultation_id: str
    held_until: datetime
    """Until then somebody is at work on it. Afterwards they are done, or dead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """How far the reconciler has come on its way through the provider's rooms, and when to go on."""

    position: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Provisioning:
    """The intent, written before the effect: a room may be being made for this teleconsultation right now."""

    attempt_id: str
    """Opaque mark the new room carries at the provider."""
    started_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Teleconsultation:
    """The product's one record. It changes only as a whole, and each change raises `version` by one."""

    id: str
    version: int
    schedule: Schedule
    participants_number: int
    """How many people are expected; `participants` may still be fewer."""
    participants: tuple[Participant, ...]
    created_at: datetime
    updated_at: datetime
    room: Room | None = None
    provisioning: Provisioning | None = None
    rooms_to_delete: frozenset[str] = frozenset()
    """Provider rooms nobody wants any more and that may still exist."""
    deleted_at: datetime | None = None

    @property
    def entity_tag(self) -> str:
        """The strong entity tag of this version (RFC 9110, section 8.8.3)."""
        return f'"{self.version}"'

    @property
    def is_complete(self) -> bool:
        """Whether everybody who is expected is known."""
        return len(self.participants) == self.participants_number

    @property
    def is_created(self) -> bool:
        """Whether its creation was ever finished.

        A complete teleconsultation has a room from the moment it exists; one without is an intent whose
        creator is still at work, or died.
        """
        return self.deleted_at is not None or self.room is not None or not self.is_complete

    @property
    def unsettled_since(self) -> datetime | None:
        """Since when the provider may hold a room that no reader is shown; None if it does not."""
        if self.provisioning is not None:
            return self.provisioning.started_at
        return self.updated_at if self.rooms_to_delete else None

    @property
    def attendees(self) -> tuple[Participant, ...]:
        """The participants who are somebody: those who were not erased."""
        return tuple(person for person in self.participants if not person.is_erased)

    def participant(self, external_id: str) -> Participant | None:
        """Return the participant with this external id, if there is one."""
        return next((person for person in self.participants if person.external_id == external_id), None)


def new_teleconsultation_id() -> str:
    """Return a fresh id: 96 random bits as 24 hex digits, the shape of the original's ids, so that stored
    columns and checks keep working.
    """
    # As `secrets.token_hex` does, which would import `random` into every cold start.
    return os.urandom(12).hex()
