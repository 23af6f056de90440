"""The teleconsultation and its parts: frozen records, with the rules that depend on one record alone.

`repr` omits names, ids of people and links, so that a record that is printed by accident leaks nothing.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.schedule import Schedule

MIN_PARTICIPANTS = 2
MAX_PARTICIPANTS = 25
"""Bounds of a provider room: https://developers.kaleyra.io/reference/video-room-create"""


WAITING_SHOWN_FOR = timedelta(minutes=4)
"""How long a sign of somebody who waits is believed; a page renews it every three minutes."""


class Role(StrEnum):
    """A user's rights at the provider; a room needs at least one plus user."""

    BASIC = "basic"
    PLUS = "plus"


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinPass:
    """The stored part of a participant's join link: it can check a secret and cannot reveal one."""

    nonce: str = field(repr=False)
    digest: str = field(repr=False)
    """SHA-256 of the secret, in hex."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Participant:
    """A person in one teleconsultation, with the profile at the time the list was last written."""

    external_id: str = field(repr=False)
    """The integrator's id, equal to the caller's user id claim."""
    bandyer_user_id: str = field(repr=False)
    role: Role
    groups: tuple[str, ...] = field(repr=False)
    full_name: str = field(repr=False)
    language: str | None = None
    """BCP 47 tag of the preferred language, if the integrator sent one."""
    alias: str | None = field(default=None, repr=False)
    """The other id by which the list named the person, if it did; answers repeat it."""
    join_pass: JoinPass | None = field(default=None, repr=False)
    """None where join links are switched off."""
    sitter_id: str | None = None
    """A random id of this person in this teleconsultation alone: what is known of a call is known of it. None
    in records of earlier versions and in imported ones, until somebody else takes the seat.
    """
    is_erased: bool = False
    """Whether the person was erased. The seat stays, so that the number of participants still matches."""

    def erased(self) -> "Participant":
        """Return the empty seat: the role, with random ids in place of the person's."""
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
class CallSettings:
    """The operator's settings with which a room was made; later changes of them do not reach it."""

    recording: str
    """`none`, `manual` or `automatic`."""
    live: bool
    call_type: str | None
    """The provider's word, such as `audio_video`, if it said one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room that exists at the provider."""

    room_id: str
    duration_seconds: int | None
    links: Mapping[str, str] = field(repr=False)
    """Provider user id -> personal access link, a bearer secret."""
    call_settings: CallSettings | None = None
    """None if an earlier version, or another service, made the room."""
    reported_gone_at: datetime | None = None
    """When an event of the provider said that the room is gone; None again after a look that found it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provisioning:
    """The intent, stored before the room is made: a room may be in the making."""

    attempt_id: str
    """Stored in the new room's description at the provider."""
    started_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadsReceipt:
    """What is known of the deletion of shared files; no key of a file, because keys hold user ids."""

    deleted: int
    """How many files were deleted in all."""
    completed_at: datetime | None
    """When none was left; None if some were."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A sentence of the clinic for those who wait, such as a delay."""

    text: str = field(repr=False)
    set_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingData:
    """The booking system's own data about a visit: stored, answered to managers, and never interpreted."""

    reference: str | None = field(default=None, repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """The visit of another service that a record was imported from, as it was then."""

    digest: str = field(repr=False)
    """SHA-256 of the visit, in hex."""
    updated_at: datetime
    """The other service's last change; the record has it too until somebody changes it here."""
    room_id: str | None = field(repr=False)
    """The room that was taken over, if it was alive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A participant's sign that they wait on a visible page."""

    since: datetime
    """The first of the signs that followed each other closely."""
    seen_at: datetime
    """The last one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """One change, as the history has it; `domain.history` makes entries."""

    number: int
    """From 1."""
    at: datetime
    action: str
    """One of `domain.history.Action`, or that of a later version."""
    by: str | None
    """The keyed hash of the client that asked for it; None for the service itself and its operator."""
    fields: tuple[str, ...]
    """The fields of the request that changed."""
    digest: str
    """SHA-256 over the digest before it and this entry, in hex."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorTimes:
    """When one teleconsultation's door opens and closes."""

    opens_at: datetime
    closes_at: datetime


class Outcome(StrEnum):
    """Whether a visit took place."""

    HELD = "held"
    """Two people were in the call at one time."""
    NO_SHOW = "no_show"
    """Somebody came to the call, and somebody else did not."""
    NOT_HELD = "not_held"
    """Nobody came, or all came and missed each other."""
    UNKNOWN = "unknown"
    """Nothing certain is known, or not yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What became of a visit, as it was known when its door had closed."""

    outcome: Outcome
    absent_seats: tuple[int, ...] = ()
    """The seats of those who did not come, if the outcome is a no-show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Teleconsultation:
    """The product's one record. It is written as a whole, and each change raises `version`."""

    id: str
    version: int
    schedule: Schedule
    participants_number: int
    """How many people are expected; `participants` may still be fewer."""
    participants: tuple[Participant, ...]
    created_at: datetime
    updated_at: datetime
    is_created: bool = True
    """Whether its creation was finished. An unfinished one has its attempt in `provisioning`: the request is
    still running, or its process crashed.
    """
    door_times: DoorTimes | None = None
    """By the operator's rule of the last write; None in records of earlier versions."""
    room: Room | None = None
    """The living room; None once the door has closed and the room is disabled."""
    provisioning: Provisioning | None = None
    rooms_to_delete: frozenset[str] = frozenset()
    """Rooms nobody was in that may still exist at the provider."""
    rooms_to_disable: frozenset[str] = frozenset()
    """Rooms somebody may have been in whose links may still work."""
    disabled_rooms: Mapping[str, datetime] = field(default_factory=dict)
    """Room id -> when its links were disabled. The provider keeps its data until it is deleted."""
    past_rooms: frozenset[str] = frozenset()
    """Rooms that an earlier version deleted, whose files may still be at the provider."""
    uploads_due_at: datetime | None = None
    """When the reconciler deletes the files of the rooms that have ended; None if it does not."""
    uploads: UploadsReceipt | None = None
    """None until somebody has deleted files."""
    ending: Ending | None = None
    """None until the provider was asked about the calls, after the door had closed."""
    recordings_due_at: datetime | None = None
    """When the reconciler begins to look for recordings of the calls; None if it does not."""
    settle_failures: int = 0
    """How often in a row the reconciler could not settle this record."""
    notice: Notice | None = None
    waiting: Mapping[int, Waiting] = field(default_factory=dict)
    """Seat -> the sign of its participant. It is written beside the version, which it does not change."""
    booking: BookingData = field(default_factory=BookingData)
    deleted_at: datetime | None = None
    imported: Imported | None = None
    history: tuple[HistoryEntry, ...] = ()
    """The latest entries, oldest first; early versions kept none."""

    @property
    def entity_tag(self) -> str:
        """The strong entity tag of this version (RFC 9110, section 8.8.3)."""
        return f'"{self.version}"'

    @property
    def is_complete(self) -> bool:
        """Whether all expected participants are known."""
        return len(self.participants) == self.participants_number

    @property
    def is_changed_since_import(self) -> bool:
        """Whether it was imported and a request has changed it since, or somebody in it was erased. What the
        reconciler does is no change.
        """
        return self.imported is not None and (
            self.updated_at != self.imported.updated_at
            or any(person.is_erased for person in self.participants)
        )

    def with_room_retired(self, *, was_used: bool) -> "Teleconsultation":
        """Return the record without its room, which is to be disabled if it was used and deleted if not."""
        if self.room is None:
            return self
        room_ids = frozenset({self.room.room_id})
        if was_used:
            return replace(self, room=None, rooms_to_disable=self.rooms_to_disable | room_ids)
        return replace(self, room=None, rooms_to_delete=self.rooms_to_delete | room_ids)

    @property
    def ended_rooms(self) -> frozenset[str]:
        """The rooms nobody enters any more whose files may still be at the provider."""
        return self.rooms_to_disable | self.disabled_rooms.keys() | self.past_rooms

    @property
    def attendees(self) -> tuple[Participant, ...]:
        """The participants who were not erased."""
        return tuple(person for person in self.participants if not person.is_erased)

    def signs_of_who_stays(self, participants: Sequence[Participant]) -> Mapping[int, Waiting]:
        """Return the signs of those who have the same seat in another list."""
        return {
            seat: waiting
            for seat, waiting in self.waiting.items()
            if seat < min(len(self.participants), len(participants))
            and self.participants[seat].external_id == participants[seat].external_id
        }

    def signs_missed_by(self, written: "Teleconsultation") -> Mapping[int, Waiting]:
        """Return the signs of this stored version that came while `written` was made of it."""
        return {
            seat: waiting
            for seat, waiting in self.signs_of_who_stays(written.participants).items()
            if seat not in written.waiting or written.waiting[seat].seen_at < waiting.seen_at
        }

    def merged_into(self, written: "Teleconsultation") -> "Teleconsultation":
        """Return `written` with the signs and the report that were added to this stored version while it was
        made of it.
        """
        signs = self.signs_missed_by(written)
        merged = replace(written, waiting={**written.waiting, **signs}) if signs else written
        reported_at = self.room.reported_gone_at if self.room is not None else None
        room = written.room
        if self.room is None or room is None or reported_at is None or room.room_id != self.room.room_id:
            return merged
        return replace(merged, room=replace(room, reported_gone_at=reported_at))

    def participant(self, external_id: str) -> Participant | None:
        """Return the participant with this external id, if there is one."""
        return next((person for person in self.participants if person.external_id == external_id), None)


def new_sitter_id() -> str:
    """Return a new id of a person in one teleconsultation."""
    return os.urandom(6).hex()


def new_teleconsultation_id() -> str:
    """Return a new id: 96 random bits as 24 hex digits, the format of the original's ids, so that columns
    and checks of integrators keep working.
    """
    # `secrets.token_hex` would do the same, but it imports `random`, which every cold start would pay for.
    return os.urandom(12).hex()
