"""Look after the room of one teleconsultation: replace it before somebody needs it, if it is lost, and end it
with its door.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from teleconsultation.domain.lifetime import (
    CHECK_BEFORE_OPENING,
    EARLY_CHECK_BEFORE_OPENING,
    RUN_EVERY,
    next_look_at,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import RoomState
from teleconsultation.use_cases.lost_rooms import replace_lost_room


class Looks(Enum):
    """What becomes of a look at a room before the opening that can be left out: the one a day before, and
    those of the last half hour but the first. One that follows a failure or the provider's event cannot.
    """

    LATER = auto()
    """The record stays due for it."""
    DUE = auto()
    """It is made."""
    LEFT_OUT = auto()
    """The record is due again with the next look."""
    ALL = auto()
    """It is made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomLook:
    """What a look at the room has come to."""

    stored: Teleconsultation
    wanted: Teleconsultation
    """The record that is to be stored in place of `stored`."""
    again_at: datetime | None = None
    """When to look again."""
    is_awaited: bool = False
    """Whether the look was not made, and is still due."""
    found_lost: bool = False


def look_after_room(
    current: Teleconsultation,
    *,
    ports: Ports,
    policy: Policy,
    overrun: timedelta,
    due_since: datetime,
    looks: Looks,
) -> RoomLook:
    """End the room if its door has closed, and replace it if the provider has lost it.

    Nothing is replaced while the door is open, because somebody may be on the way into the call: the
    participants' pages and `newRoom` do that.
    """
    room, door, now = current.room, policy.door, ports.clock()
    unchanged = RoomLook(stored=current, wanted=current)
    if room is None or current.deleted_at is not None:
        return unchanged
    opens_at, closes_at = door.opens_at(current.schedule), door.closes_at(current.schedule)
    next_at = next_look_at(door.times_of(current.schedule), now=now)
    last_half_hour = opens_at - CHECK_BEFORE_OPENING
    has_reason = bool(current.settle_failures) or room.reported_gone_at is not None
    is_later_one = last_half_hour < due_since and now < opens_at and not has_reason
    is_early_one = due_since == opens_at - EARLY_CHECK_BEFORE_OPENING and now < last_half_hour
    if is_early_one or is_later_one:
        if looks is Looks.LATER:
            return replace(unchanged, is_awaited=True)
        if looks is Looks.LEFT_OUT:
            return replace(unchanged, again_at=next_at)
    state = ports.rooms.state(room.room_id)
    if now >= closes_at:
        if state is RoomState.RUNNING and now < closes_at + overrun:
            return replace(unchanged, again_at=min(now + RUN_EVERY, closes_at + overrun))
        return replace(unchanged, wanted=current.with_room_retired(was_used=True))
    if state is not RoomState.GONE:
        return replace(unchanged, again_at=next_at)
    if now >= opens_at:
        return replace(unchanged, again_at=now + RUN_EVERY, found_lost=True)
    stored = replace_lost_room(current, ports=ports, policy=policy)
    return RoomLook(stored=stored, wanted=stored, again_at=next_at, found_lost=True)
