"""`GET /teleconsultation/{id}/details`: return the room as the provider has it now."""

from typing import Any

from teleconsultation import bootstrap
from teleconsultation.domain.room_details import RoomDetails
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.read_calls import read_details

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="DetailsRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the details, or with null where there is no room."""
    settings = bootstrap.settings()
    details = read_details(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
    )
    return Response(status=200, body={"details": None if details is None else _details(details)})


def _details(details: RoomDetails) -> dict[str, Any]:
    return {
        "status": details.status,
        "disabled": details.is_disabled,
        "durationInSeconds": details.duration_seconds,
        "durationUsedInSeconds": details.used_seconds,
        "callType": details.call_type,
        "live": details.is_live,
        "recorded": details.is_recorded,
        "recordingStatus": None,
    }
