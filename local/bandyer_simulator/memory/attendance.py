"""Who is in a call right now, as the simulated provider sees it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

type Event = dict[str, Any]
type Deliver = Callable[[Event | None], None]


@dataclass(slots=True, kw_only=True)
class Attendee:
    """One open link; `deliver` takes the events for its page, and None when there will be no more."""

    id: str
    token: str
    room_id: str
    user_id: str
    name: str
    may_chat: bool
    deliver: Deliver
    microphone: bool = False
    camera: bool = False

    def seen_by_others(self) -> Event:
        """What the other pages show of this person; never the token."""
        return {"id": self.id, "name": self.name, "microphone": self.microphone, "camera": self.camera}


@dataclass(slots=True)
class LiveCall:
    """What is going on in one room; attendees stand in the order they came, by link token."""

    attendees: dict[str, Attendee] = field(default_factory=dict)
    counting_from: datetime | None = None
    # The part of a second that was not counted yet when the clock stopped.
    carried: timedelta = timedelta()
    session_id: str | None = None
    session_seconds: int = 0
    warned: bool = False
