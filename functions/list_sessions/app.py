"""`GET /teleconsultation/{id}/sessions`: list the calls of a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.read_calls import read_sessions

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="SessionsRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the calls, the first one first."""
    settings = bootstrap.settings()
    sessions = read_sessions(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
    )
    return Response(
        status=200,
        body={
            "sessions": [
                {
                    "sessionId": one.session.session_id,
                    "startedAt": None if one.session.started_at is None else to_text(one.session.started_at),
                    "durationInSeconds": one.session.duration_seconds,
                    "participants": [
                        {"userExternalId": person.external_id, "seconds": person.seconds}
                        for person in one.people
                    ],
                    "recording": one.recording,
                }
                for one in sessions
            ]
        },
    )
