"""Use case: store that a participant agrees to the clinic's text.

The service keeps what was agreed to, and when. It holds no link back: the page asks before the call, and a
consent that cannot be stored keeps nobody out of it.
"""

from datetime import timedelta

from teleconsultation.domain.consent import Consent
from teleconsultation.domain.errors import ConsentVersionError, NotAParticipantError
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.ports import Clock, Consents, Teleconsultations
from teleconsultation.use_cases.admission import Caller, admit


def give_consent(
    teleconsultation_id: str,
    *,
    version: str,
    asked_version: str,
    caller: Caller,
    join_links: bool,
    teleconsultations: Teleconsultations,
    consents: Consents,
    retention: timedelta,
    clock: Clock,
) -> Consent:
    """Store that a participant agrees to this version of the text, and return the consent that is stored: the
    first one stays. `asked_version` is the one that the deployment asks for; empty asks for none.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: as `admission.admit`.
        NotAParticipantError: the caller is not a participant; a manager agrees for nobody.
        ConsentVersionError: the deployment asks for another version, or for none.
        StorageUnavailableError: the table cannot answer; the consent may be stored nevertheless.
    """
    current, participant = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    if participant is None:
        raise NotAParticipantError("a manager agrees for nobody")
    if version != asked_version:
        raise ConsentVersionError("another version is asked for")
    return consents.give(
        current.id,
        participant.bandyer_user_id,
        Consent(version=version, given_at=clock()),
        # It ends with the visit's record; pages say it at each entering, so it follows a visit that moves.
        expires_at=expires_at(current, retention=retention),
    )
