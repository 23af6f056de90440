"""The door: when participants may enter a teleconsultation, and when its room may no longer be replaced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.model import DoorTimes
from teleconsultation.domain.schedule import Schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Visit(Protocol):
        """What the door needs to know of a teleconsultation."""

        @property
        def schedule(self) -> Schedule:
            """Start and end."""

        @property
        def is_complete(self) -> bool:
            """Whether all expected participants are known."""


class State(StrEnum):
    """State of the door, as a participant sees it."""

    WAITING_FOR_PARTICIPANTS = "WAITING_FOR_PARTICIPANTS"
    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    ENDED = "ENDED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """The operator's rule for all doors. The server's clock decides; the page only shows a countdown."""

    early_join_seconds: int
    late_join_seconds: int
    edit_freeze_seconds: int

    def opens_at(self, schedule: Schedule) -> datetime:
        """Return the instant from which participants may enter."""
        return schedule.start_date - timedelta(seconds=self.early_join_seconds)

    def closes_at(self, schedule: Schedule) -> datetime:
        """Return the instant from which entry is closed."""
        return schedule.end_date + timedelta(seconds=self.late_join_seconds)

    def times_of(self, schedule: Schedule) -> DoorTimes:
        """Return when the door of this schedule opens and closes."""
        return DoorTimes(opens_at=self.opens_at(schedule), closes_at=self.closes_at(schedule))

    def freezes_at(self, schedule: Schedule) -> datetime:
        """Return the instant from which the provider's room is no longer replaced."""
        return schedule.start_date - timedelta(seconds=self.edit_freeze_seconds)

    def state_of(self, teleconsultation: "Visit", *, now: datetime) -> State:
        """Return the state of a teleconsultation that is created and not deleted."""
        if now >= self.closes_at(teleconsultation.schedule):
            return State.ENDED
        if not teleconsultation.is_complete:
            return State.WAITING_FOR_PARTICIPANTS
        if now < self.opens_at(teleconsultation.schedule):
            return State.SCHEDULED
        return State.OPEN
