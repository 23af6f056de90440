"""`GET /teleconsultation/{id}/attendance`: return who took part, and who agreed to what."""

from collections.abc import Mapping
from typing import Any

from teleconsultation import bootstrap
from teleconsultation.domain.call import Attendance, SeatAttendance
from teleconsultation.domain.consent import Consent
from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.domain.timestamps import to_optional_text, to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.attendance import read_attendance

bootstrap.prepare_storage()


@endpoint(outcome="AttendanceRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the attendance as it is known now."""
    request.require_management()
    settings = bootstrap.settings()
    teleconsultation, attendance, consents = read_attendance(
        request.teleconsultation_id,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
        calls=bootstrap.calls(remaining_seconds=request.remaining_seconds),
        consents=bootstrap.consents(remaining_seconds=request.remaining_seconds),
        door=settings.door,
        clock=bootstrap.clock,
    )
    return Response(status=200, body=_body(teleconsultation, attendance, consents=consents))


def _body(
    teleconsultation: Teleconsultation,
    attendance: Attendance,
    *,
    consents: Mapping[str, tuple[Consent, ...]],
) -> dict[str, Any]:
    return {
        "roomId": teleconsultation.id,
        "outcome": attendance.outcome,
        "isFinal": attendance.is_final,
        "callBeganAt": to_optional_text(attendance.began_at),
        "callEndedAt": to_optional_text(attendance.ended_at),
        "callSeconds": attendance.seconds,
        "seats": [
            _seat(person, seat, consents=consents.get(person.bandyer_user_id, ()))
            for person, seat in zip(teleconsultation.participants, attendance.seats, strict=True)
        ],
    }


def _seat(person: Participant, seat: SeatAttendance, *, consents: tuple[Consent, ...]) -> dict[str, Any]:
    return {
        "userExternalId": None if person.is_erased else person.external_id,
        "role": person.role,
        "firstSeenAt": to_optional_text(seat.first_at),
        "lastSeenAt": to_optional_text(seat.last_at),
        "seconds": seat.seconds,
        "waitedSeconds": seat.waited_seconds,
        "isConnected": seat.is_connected,
        "consents": [{"version": each.version, "givenAt": to_text(each.given_at)} for each in consents],
    }
