"""Rooms as the provider is asked for them, and as it lists them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from teleconsultation.domain.model import Role, Room

type RecordingType = Literal["none", "manual", "automatic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomPlan:
    """What a room must be to serve a teleconsultation.

    Names and languages are not in it: they travel with the link, so changing them replaces nothing.
    """

    roles: Mapping[str, Role] = field(repr=False)
    """Provider user id -> role."""
    tools: Mapping[Role, Mapping[str, bool]]
    """Role -> tool -> switched on; a tool that is not named is off."""
    duration_seconds: int | None
    """Call time before the provider ends the call; None is unlimited."""
    live: bool
    recording_type: RecordingType

    def is_served_by(self, room: Room) -> bool:
        """Return whether `room` is what this plan asks for.

        Provider user ids are derived from the role, so they stand for both. The operator sets tools,
        recording and the like; a change of these applies to new rooms and makes no old one unfit.
        """
        return room.links.keys() == self.roles.keys() and room.duration_seconds == self.duration_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedRoom:
    """A room that this deployment once made, as the provider lists it."""

    room_id: str
    attempt_id: str
    teleconsultation_id: str
    created_at: datetime | None
    """By the provider's clock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomList:
    """A page of the provider's rooms. Only what we made ourselves is in it; the rest is merely counted."""

    marked: tuple[MarkedRoom, ...]
    size: int
    """Of the page, other people's rooms included."""
    is_last: bool
