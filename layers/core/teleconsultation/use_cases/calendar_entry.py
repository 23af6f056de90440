"""Use case: read what a participant's calendar shows of a teleconsultation."""

from dataclasses import dataclass
from datetime import datetime

from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.domain.ports import Clock, Teleconsultations
from teleconsultation.use_cases.admission import Caller, identify


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEntry:
    """One teleconsultation as an entry of one caller's calendar; a deleted one is to be taken out of it."""

    teleconsultation: Teleconsultation
    participant: Participant | None
    """The caller; None for a manager who takes no part."""
    read_at: datetime


def read_calendar_entry(
    teleconsultation_id: str,
    *,
    caller: Caller,
    join_links: bool,
    teleconsultations: Teleconsultations,
    clock: Clock,
) -> CalendarEntry:
    """Return the entry for a participant or a manager, also of a deleted teleconsultation.

    `join_links` says whether join links are switched on.

    Raises:
        TeleconsultationNotFoundError: there is none.
        NotAParticipantError: the caller is not a participant.
        StorageUnavailableError: the table cannot answer.
    """
    teleconsultation, participant = identify(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    return CalendarEntry(teleconsultation=teleconsultation, participant=participant, read_at=clock())
