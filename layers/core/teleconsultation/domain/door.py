"""The door: when a teleconsultation may be entered, and until when its room may still be replaced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.schedule import Schedule


class State(StrEnum):
    """What a participant meets at the door."""

    WAITING_FOR_PARTICIPANTS = "WAITING_FOR_PARTICIPANTS"
    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    ENDED = "ENDED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """The operator's rule for every door. The server's clock decides; the page only counts down."""

    early_join_seconds: int
    late_join_seconds: int
    edit_freeze_seconds: int

    def opens_at(self, schedule: Schedule) -> datetime:
        """Return when participants may enter."""
        return schedule.start_date - timedelta(seconds=self.early_join_seconds)

    def closes_at(self, schedule: Schedule) -> datetime:
        """Return from when nobody may enter any more."""
        return schedule.end_date + timedelta(seconds=self.late_join_seconds)

    def freezes_at(self, schedule: Schedule) -> datetime:
        """Return from when the provider's room is no longer replaced."""
        return schedule.start_date - timedelta(seconds=self.edit_freeze_seconds)

    def state_of(self, teleconsultation: Teleconsultation, *, now: datetime) -> State:
        """Return the state of a teleconsultation that exists and is not deleted."""
        if now >= self.closes_at(teleconsultation.schedule):
            return State.ENDED
        if not teleconsultation.is_complete:
            return State.WAITING_FOR_PARTICIPANTS
        if now < self.opens_at(teleconsultation.schedule):
            return State.SCHEDULED
        return State.OPEN
