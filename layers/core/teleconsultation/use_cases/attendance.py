"""Use case: read who took part in a teleconsultation, and for how long."""

from teleconsultation.domain.call import Attendance, attendance_of
from teleconsultation.domain.door import Door
from teleconsultation.domain.errors import TeleconsultationDeletedError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Calls, Clock, Teleconsultations
from teleconsultation.use_cases.lookup import find


def read_attendance(
    teleconsultation_id: str,
    *,
    teleconsultations: Teleconsultations,
    calls: Calls,
    door: Door,
    clock: Clock,
) -> tuple[Teleconsultation, Attendance]:
    """Return a teleconsultation with its attendance as it is known now.

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
    return teleconsultation, attendance
