"""Use case: read who took part in a teleconsultation, for how long, and what they agreed to before."""

from collections.abc import Mapping

from teleconsultation.domain.call import Attendance, attendance_of
from teleconsultation.domain.consent import Consent
from teleconsultation.domain.door import Door
from teleconsultation.domain.errors import TeleconsultationDeletedError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Calls, Clock, Consents, Teleconsultations
from teleconsultation.use_cases.lookup import find


def read_attendance(
    teleconsultation_id: str,
    *,
    teleconsultations: Teleconsultations,
    calls: Calls,
    consents: Consents,
    door: Door,
    clock: Clock,
) -> tuple[Teleconsultation, Attendance, Mapping[str, tuple[Consent, ...]]]:
    """Return a teleconsultation with its attendance as it is known now, and its consents by provider user id.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: there is none, or it was deleted.
        StorageUnavailableError: the table cannot answer.
    """
    teleconsultation = find(teleconsultation_id, teleconsultations=teleconsultations)
    if teleconsultation.deleted_at is not None:
        raise TeleconsultationDeletedError("it was deleted")
    attendance = attendance_of(
        teleconsultation,
        call=calls.get(teleconsultation.id),
        door=door.times_of(teleconsultation.schedule),
        now=clock(),
    )
    return teleconsultation, attendance, consents.of(teleconsultation.id)
