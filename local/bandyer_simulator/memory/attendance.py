"""The people in a running call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.bandyer_simulator.memory.records import Tools

type Event = dict[str, Any]
type Deliver = Callable[[Event | None], None]


@dataclass(slots=True, kw_only=True)
class Attendee:
    """One open link; `deliver` receives the events for its page, and None as the last one."""

    id: str
    token: str
    room_id: str
    user_id: str
    name: str
    seat: int
    """The place in the room's list of participants."""
    tools: Tools
    deliver: Deliver
    microphone: bool = False
    camera: bool = False

    def seen_by_others(self) -> Event:
        """Return what other pages may show of this person; not the token."""
        return {"id": self.id, "name": self.name, "microphone": self.microphone, "camera": self.camera}


@dataclass(slots=True)
class LiveCall:
    """The running call of one room; attendees by link token, in order of arrival."""

    attendees: dict[str, Attendee] = field(default_factory=dict)
    counting_from: datetime | None = None
    # The fraction of a second that was not counted when the clock stopped.
    carried: timedelta = timedelta()
    session_id: str | None = None
    session_seconds: int = 0
    # Whether two were ever together in the session.
    met: bool = False
    warned: bool = False
    # The id of the attendee who shares the screen.
    presenter: str | None = None
    # What the whiteboard shows, which stays as long as the room.
    strokes: list[Event] = field(default_factory=list)
