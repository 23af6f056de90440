"""Use case: note that a participant waits on a visible page.

GET writes nothing, so pages say it with a request of its own: when they become visible, and rarely
afterwards. The sign is written into the visit's item, because GET reads that item and nothing else, and
beside the version: a page that waits is no change of the visit.
"""

from datetime import datetime, timedelta

from teleconsultation.domain.door import Door, State
from teleconsultation.domain.errors import NotAParticipantError
from teleconsultation.domain.model import WAITING_SHOWN_FOR, Waiting
from teleconsultation.domain.ports import Clock, Teleconsultations
from teleconsultation.use_cases.admission import Caller, admit

NOTED_BEFORE_OPENING = timedelta(hours=1)
"""A page that is opened days ahead is nobody's presence."""
NOTED_AGAIN_AFTER = timedelta(minutes=1)
"""Signs that follow each other more closely are not written."""
ATTEMPTS = 3
"""Attempts to write a sign while other requests change the visit. The page says it again minutes later."""


def note_presence(
    teleconsultation_id: str,
    *,
    caller: Caller,
    join_links: bool,
    teleconsultations: Teleconsultations,
    door: Door,
    clock: Clock,
) -> None:
    """Store that a participant waits, unless it is stored already, too early or too late.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: as `admission.admit`.
        NotAParticipantError: the caller is not a participant; a manager may look, and does not wait.
        StorageUnavailableError: the table cannot answer.
    """
    for _ in range(ATTEMPTS):
        # A change that comes in between may have moved the visit or the seat, so all is read again.
        if _has_noted(
            teleconsultation_id,
            caller=caller,
            join_links=join_links,
            teleconsultations=teleconsultations,
            door=door,
            now=clock(),
        ):
            return


def _has_noted(
    teleconsultation_id: str,
    *,
    caller: Caller,
    join_links: bool,
    teleconsultations: Teleconsultations,
    door: Door,
    now: datetime,
) -> bool:
    """Store the sign if it is to be stored, and return False if a change came in between."""
    current, participant = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    if participant is None:
        raise NotAParticipantError("a manager does not wait")
    is_early = now < door.opens_at(current.schedule) - NOTED_BEFORE_OPENING
    if is_early or door.state_of(current, now=now) is State.ENDED:
        return True
    seat = current.participants.index(participant)
    before = current.waiting.get(seat)
    if before is not None and now < before.seen_at + NOTED_AGAIN_AFTER:
        return True
    goes_on = before is not None and now < before.seen_at + WAITING_SHOWN_FOR
    since = before.since if before is not None and goes_on else now
    return teleconsultations.note_waiting(
        current.id,
        seat=seat,
        waiting=Waiting(since=since, seen_at=now),
        expected_version=current.version,
    )
