"""What a list shows of a teleconsultation: times, numbers and the booking system's own id, and no names."""

from dataclasses import dataclass, field
from datetime import datetime

from teleconsultation.domain.schedule import Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedTeleconsultation:
    """One teleconsultation whose creation was finished, as the index by day has it."""

    id: str
    version: int
    schedule: Schedule
    participants_number: int
    named_number: int
    """How many participants are named so far."""
    reference: str | None = field(default=None, repr=False)
    deleted_at: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all expected participants are known."""
        return self.named_number == self.participants_number

    @property
    def position(self) -> "ListPosition":
        """The position of a list that ends here."""
        return ListPosition(start_date=self.schedule.start_date, teleconsultation_id=self.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPosition:
    """Where a page of a list ended."""

    start_date: datetime
    teleconsultation_id: str
