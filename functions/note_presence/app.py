"""`POST /teleconsultation/{id}/presence` and `…/join/presence`: note that a participant waits."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.presence import note_presence

bootstrap.prepare_storage()


@endpoint(outcome="PresenceNoted", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 204."""
    settings = bootstrap.settings()
    note_presence(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
        door=settings.door,
        clock=bootstrap.clock,
    )
    return Response(status=204)
