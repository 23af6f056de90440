"""`DELETE /teleconsultation/{id}/participants/{userExternalId}`: take a person off a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.person_path import user_external_id
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.update import Changes, update_teleconsultation

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="ParticipantRemoved", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 204."""
    request.require_management()
    teleconsultation = update_teleconsultation(
        request.teleconsultation_id,
        by=bootstrap.actor(request.client_id),
        changes=Changes(leaving=user_external_id(request)),
        preconditions=Preconditions.from_headers(
            if_match=request.headers.get("if-match"), if_none_match=request.headers.get("if-none-match")
        ),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        join_secrets=bootstrap.join_secrets(),
        policy=bootstrap.policy(),
    )
    if teleconsultation.rooms_to_delete or teleconsultation.rooms_to_disable:
        log.warning("replaced room could not be ended yet")
    return Response(status=204, headers={"etag": teleconsultation.entity_tag})
