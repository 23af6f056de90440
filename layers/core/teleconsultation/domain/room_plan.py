"""A room as it is requested from the provider, and as the provider lists it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from teleconsultation.domain.model import Role, Room

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
    duration_seconds: int | None
    """Call time after which the provider ends the call; None is unlimited."""
    live: bool
    recording_type: RecordingType

    def is_served_by(self, room: Room) -> bool:
        """Return whether `room` fits this plan.

        Provider user ids are derived from the role, so equal ids mean equal roles. Tools, recording and
        similar settings are the operator's; a change of these applies to new rooms only.
        """
        return room.links.keys() == self.roles.keys() and room.duration_seconds == self.duration_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedRoom:
    """A room that this deployment made, as the provider lists it."""

    room_id: str
    attempt_id: str
    teleconsultation_id: str
    created_at: datetime | None
    """By the provider's clock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomList:
    """A page of the provider's rooms. It holds the rooms of this deployment and counts the others."""

    marked: tuple[MarkedRoom, ...]
    size: int
    """Number of rooms on the page, those of others included."""
    is_last: bool
