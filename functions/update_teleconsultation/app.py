"""`PATCH /teleconsultation/{id}`: change a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.http import Request, Response, endpoint
from teleconsultation.observability import logger
from teleconsultation.preconditions import IfMatch, entity_tag
from teleconsultation.schemas import UpdateTeleconsultationBody
from teleconsultation.update import update_teleconsultation


@endpoint(outcome="TeleconsultationUpdated")
def lambda_handler(request: Request) -> Response:
    """Answer 204."""
    request.require_management()
    teleconsultation = update_teleconsultation(
        request.teleconsultation_id,
        changes=UpdateTeleconsultationBody.parse(request.json_body()),
        if_match=IfMatch.from_header(request.headers.get("if-match")),
        teleconsultations=bootstrap.teleconsultations(),
        rooms=bootstrap.video_rooms(remaining_seconds=request.remaining_seconds),
        policy=bootstrap.policy(),
        clock=bootstrap.clock,
    )
    if teleconsultation.rooms_to_delete:
        logger.warning("replaced room could not be deleted yet")
    return Response(status=204, headers={"etag": entity_tag(teleconsultation.version)})
