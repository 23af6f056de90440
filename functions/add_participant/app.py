"""`POST /teleconsultation/{id}/participants/data`: add a person to a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import PREFERENCE, Request, Response, endpoint
from teleconsultation.edge.invitations import invitation
from teleconsultation.edge.participant_body import parse_participant
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.update import Changes, update_teleconsultation

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="ParticipantAdded", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 201, with the person's join link if the caller prefers a representation."""
    request.require_management()
    page_base_url = request.page_base_url  # before the first effect, because it may be missing
    join_secrets = bootstrap.join_secrets()
    invitee = parse_participant(request.json_body())
    teleconsultation = update_teleconsultation(
        request.teleconsultation_id,
        by=bootstrap.actor(request.client_id),
        changes=Changes(joining=invitee),
        preconditions=Preconditions.from_headers(
            if_match=request.headers.get("if-match"), if_none_match=request.headers.get("if-none-match")
        ),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        join_secrets=join_secrets,
        policy=bootstrap.policy(),
    )
    headers = {"etag": teleconsultation.entity_tag}
    if not request.wants_representation:
        return Response(status=201, headers=headers)
    return Response(
        status=201,
        body=invitation(
            teleconsultation,
            external_id=invitee.external_id,
            page_base_url=page_base_url,
            join_secrets=join_secrets,
        ),
        headers=headers | {"preference-applied": PREFERENCE},
    )
