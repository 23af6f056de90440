"""Who may see a teleconsultation: its participants, and managers."""

from dataclasses import dataclass, field

from teleconsultation.domain.errors import (
    NotAParticipantError,
    NotAPlusUserError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.join_secrets import secret_matches
from teleconsultation.domain.model import Participant, Role, Teleconsultation
from teleconsultation.use_cases.lookup import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from teleconsultation.domain.ports import Teleconsultations


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The caller: either a user with a verified token, or the holder of a join secret."""

    user_id: str | None = field(default=None, repr=False)
    is_manager: bool = False
    join_secret: str | None = field(default=None, repr=False)


def admit(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, teleconsultations: "Teleconsultations"
) -> tuple[Teleconsultation, Participant | None]:
    """Return a teleconsultation and its participant who calls; None for a manager who is not a participant.

    `join_links` says whether join links are switched on.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: there is none, or it was deleted.
        NotAParticipantError: the caller is not a participant.
        StorageUnavailableError: the table cannot answer.
    """
    teleconsultation, participant = identify(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    if teleconsultation.deleted_at is not None:
        raise TeleconsultationDeletedError("it was deleted")
    return teleconsultation, participant


def identify(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, teleconsultations: "Teleconsultations"
) -> tuple[Teleconsultation, Participant | None]:
    """Return what `admit` returns, also for a teleconsultation that was deleted.

    Raises:
        TeleconsultationNotFoundError: there is none.
        NotAParticipantError: the caller is not a participant.
        StorageUnavailableError: the table cannot answer.
    """
    try:
        teleconsultation = find(teleconsultation_id, teleconsultations=teleconsultations)
    except TeleconsultationNotFoundError:
        if caller.join_secret is None:
            raise
        # A caller without a token must not learn whether an id exists.
        raise NotAParticipantError("not a participant") from None
    participant = _participant(teleconsultation, caller=caller, join_links=join_links)
    if participant is None and not caller.is_manager:
        raise NotAParticipantError("not a participant")
    return teleconsultation, participant


def admit_organiser(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, teleconsultations: "Teleconsultations"
) -> Teleconsultation:
    """Return a teleconsultation for a manager or one of its plus participants.

    Raises:
        NotAPlusUserError: the caller is a basic participant.
        Others: as `admit`.
    """
    teleconsultation, participant = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    if not caller.is_manager and (participant is None or participant.role is not Role.PLUS):
        raise NotAPlusUserError("not a plus participant")
    return teleconsultation


def _participant(
    teleconsultation: Teleconsultation, *, caller: Caller, join_links: bool
) -> Participant | None:
    if caller.join_secret is not None:
        if not join_links:
            return None
        # All participants are checked, so that the time taken does not reveal which one matched.
        matches = [
            person
            for person in teleconsultation.participants
            if secret_matches(person, secret=caller.join_secret)
        ]
        return matches[0] if matches else None
    return teleconsultation.participant(caller.user_id) if caller.user_id is not None else None
