"""`GET /teleconsultation/{id}` and `…/join`: return the data a participant needs to enter the call."""

from teleconsultation import bootstrap
from teleconsultation.domain.errors import NotAParticipantError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.timestamps import to_optional_text, to_text
from teleconsultation.edge.http import JsonObject, Request, Response, endpoint
from teleconsultation.edge.request_log import log
from teleconsultation.use_cases.read import CallData, read_teleconsultation

bootstrap.prepare_reading()


@endpoint(outcome="TeleconsultationRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the call data, or with an `Appointment` of FHIR for those who prefer that type."""
    settings = bootstrap.settings()
    call = read_teleconsultation(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        language=request.query.get("language"),
        background=request.background,
        background_groups=request.background_groups,
        join_links=settings.join_links,
        teleconsultations=bootstrap.readable_teleconsultations(),
        door=settings.door,
        clock=bootstrap.clock,
    )
    if call.participant is None and request.is_for_original:
        raise NotAParticipantError("the original answers participants only")
    if request.wants_fhir:
        from teleconsultation.edge.fhir_appointment import answer  # noqa: PLC0415 - not for every cold start

        return answer(
            call, page_base_url=request.page_base_url, if_none_match=request.headers.get("if-none-match", "")
        )
    headers = {"etag": call.teleconsultation.entity_tag}
    if not request.is_for_original:
        headers["vary"] = "Accept"
    if call.retry_after_seconds is not None:
        headers["retry-after"] = str(call.retry_after_seconds)
    details = {"details": _details(call.teleconsultation)} if request.wants_details else {}
    return Response(status=200, body=_body(call) | details, headers=headers)


def _body(call: CallData) -> JsonObject:
    teleconsultation = call.teleconsultation
    body: JsonObject = {
        "roomId": teleconsultation.id,
        "state": call.state,
        "serverTime": to_text(call.server_time),
        "startDate": to_text(teleconsultation.schedule.start_date),
        "endDate": to_text(teleconsultation.schedule.end_date),
        "opensAt": to_text(call.opens_at),
        "closesAt": to_text(call.closes_at),
        "retryAfterSeconds": call.retry_after_seconds,
        "bandyerUserId": call.participant.bandyer_user_id if call.participant else None,
        "accessLinkURL": call.access_link,
        "participantsBandyerCall": [
            {
                "bandyerUserId": person.bandyer_user_id,
                "fullName": person.full_name,
                "role": person.role,
                "waitingSince": to_optional_text(call.waiting_since.get(person.bandyer_user_id)),
            }
            for person in call.people
        ],
        "language": call.language,
        "recording": _recording(teleconsultation),
        "notice": {"text": call.notice.text, "setAt": to_text(call.notice.set_at)} if call.notice else None,
    }
    if call.booking is not None:
        body |= {"reference": call.booking.reference, "metadata": dict(call.booking.metadata)}
    return body


def _recording(teleconsultation: Teleconsultation) -> str | None:
    """Return whether the call is recorded; None as long as this is not known."""
    settings = teleconsultation.room.call_settings if teleconsultation.room else None
    return settings.recording if settings else None


def _details(teleconsultation: Teleconsultation) -> JsonObject | None:
    """Return the room's details under the original's names; what only the provider knows is None.

    The original's `description` is our seal of the room, which is nobody's business.
    """
    room = teleconsultation.room
    if room is None:
        return None
    settings = room.call_settings
    return {
        "recording": settings.recording if settings else None,
        "recordingStatus": None,
        "callType": settings.call_type if settings else None,
        "description": None,
        "status": None,
        # A disabled room is no longer the teleconsultation's.
        "disabled": False,
        "creationDate": to_text(teleconsultation.created_at),
        "durationInSeconds": room.duration_seconds,
        "durationUsedInSeconds": None,
        "live": settings.live if settings else None,
    }
