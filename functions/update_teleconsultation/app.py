"""`PATCH /teleconsultation/{id}`: change a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import PREFERENCE, Request, Response, endpoint
from teleconsultation.edge.invitations import invitations
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.update_body import UpdateTeleconsultationBody
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.update import update_teleconsultation

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="TeleconsultationUpdated", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 204, or 200 with the join links if the caller prefers a representation."""
    request.require_management()
    page_base_url = request.page_base_url  # before the first effect, because it may be missing
    join_secrets = bootstrap.join_secrets()
    teleconsultation = update_teleconsultation(
        request.teleconsultation_id,
        by=bootstrap.actor(request.client_id),
        changes=UpdateTeleconsultationBody.parse(request.json_body()),
        preconditions=Preconditions.from_headers(
            if_match=request.headers.get("if-match"), if_none_match=request.headers.get("if-none-match")
        ),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        join_secrets=join_secrets,
        policy=bootstrap.policy(),
    )
    if teleconsultation.rooms_to_delete or teleconsultation.rooms_to_disable:
        log.warning("replaced room could not be ended yet")
    headers = {"etag": teleconsultation.entity_tag}
    if not request.wants_representation:
        return Response(status=204, headers=headers)
    return Response(
        status=200,
        body=invitations(teleconsultation, page_base_url=page_base_url, join_secrets=join_secrets),
        headers=headers | {"preference-applied": PREFERENCE},
    )
