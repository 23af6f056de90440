"""A room as it is requested from the provider, and as the provider lists it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Literal

from teleconsultation.domain.model import CallSettings, Role, Room

type RecordingType = Literal["none", "manual", "automatic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomPlan:
    """The room that a teleconsultation needs.

    Names and languages are not part of it: they are added to the link, so changing them does not replace the
    room.
    """

    roles: Mapping[str, Role] = field(repr=False)
    """Provider user id -> role."""
    tools: Mapping[Role, Mapping[str, bool]]
    """Role -> tool -> switched on; a tool that is not listed is off."""
    call_seconds: int
    """How long people may be in the call."""
    unlimited: bool
    """Whether a new room has no time limit at the provider."""
    live: bool
    recording_type: RecordingType

    @property
    def duration_seconds(self) -> int | None:
        """Call time after which the provider ends the call in a new room; None is unlimited."""
        return None if self.unlimited else self.call_seconds

    def call_settings(self, *, call_type: str | None) -> CallSettings:
        """Return what is kept of this plan about a room that was made by it."""
        return CallSettings(recording=self.recording_type, live=self.live, call_type=call_type)

    def is_served_by(self, room: Room) -> bool:
        """Return whether `room` fits this plan: it is for the same people and lasts long enough.

        Provider user ids are derived from the role, so equal ids mean equal roles. The time limit is the one
        that the room was made with. Tools, recording and similar settings are the operator's; a change of
        these applies to new rooms only.
        """
        lasts = room.duration_seconds is None or room.duration_seconds >= self.call_seconds
        return room.links.keys() == self.roles.keys() and lasts


class RoomState(Enum):
    """What becomes of somebody who opens a room's link."""

    IDLE = auto()
    """They enter, and nobody is there."""
    RUNNING = auto()
    """They enter, and somebody is there."""
    GONE = auto()
    """They do not enter, now or later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletedUploads:
    """What became of the files of some rooms."""

    total: int
    """Number of files that were found. There may be more while `is_complete` is False."""
    deleted: int
    is_complete: bool
    """Whether none is left."""
    is_forgotten: bool = False
    """Whether the provider has forgotten a room, and with it the way to files that it may have kept; nothing
    else is left.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A user's time in a session, from one connection to its end; `ended_at` is None while it lasts."""

    session_id: str
    user_id: str = field(repr=False)
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomLook:
    """What the provider says of one room."""

    teleconsultation_id: str | None
    """The teleconsultation that this deployment made the room for; None if it did not make it."""
    session_ids: frozenset[str] | None
    """None if the provider keeps no record of what took place in it."""
    connections: tuple[Connection, ...] = ()
    is_recorded: bool = False
    """Whether its calls may have recordings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedRoom:
    """A room that this deployment made, as the provider lists it."""

    room_id: str
    attempt_id: str
    teleconsultation_id: str
    is_certain: bool
    """Whether no other deployment can have made it. Rooms of earlier versions are not certain."""
    created_at: datetime | None
    """By the provider's clock."""
    state: RoomState


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomList:
    """A page of the provider's rooms. It holds the rooms of this deployment and counts the others."""

    marked: tuple[MarkedRoom, ...]
    size: int
    """Number of rooms on the page, those of others included."""
    oldest: datetime | None
    """When the oldest room on the page was made, by the provider's clock, if it says so."""
    is_last: bool
