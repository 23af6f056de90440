"""`GET /teleconsultation/{id}/recordings/{sessionId}`: return an address of a call's recording."""

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.read_calls import read_recording

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="RecordingRead", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the address, which opens the recording for a minute."""
    settings = bootstrap.settings()
    link = read_recording(
        request.teleconsultation_id,
        request.session_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
    )
    return Response(status=200, body={"url": link.url, "expiresAt": to_text(link.expires_at)})
