"""`POST /teleconsultation`: create a teleconsultation."""

from teleconsultation import bootstrap
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.http import FILES_PREFERENCE, Request, Response, endpoint
from teleconsultation.edge.invitations import invitations
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.create import create_teleconsultation
from teleconsultation.use_cases.idempotency import IdempotencyKey

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="TeleconsultationCreated", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 201 with the id, the page's address and the join links, and with files for calendars if the
    caller prefers that; the original's callers get the id.
    """
    request.require_management()
    page_base_url = request.page_base_url  # before the first effect, because it may be missing
    join_secrets = bootstrap.join_secrets()
    body = request.json_body()
    teleconsultation = create_teleconsultation(
        CreateTeleconsultationBody.parse(body),
        by=bootstrap.actor(request.client_id),
        idempotency_key=IdempotencyKey.from_header(
            request.headers.get("idempotency-key"), caller=request.client, body=body
        ),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        join_secrets=join_secrets,
        policy=bootstrap.policy(),
    )
    log.append_keys(teleconsultation_id=teleconsultation.id)
    headers = {
        "location": f"{request.path.rstrip('/')}/{teleconsultation.id}",
        "etag": teleconsultation.entity_tag,
    }
    if not request.wants_invitations:
        return Response(status=201, body={"roomId": teleconsultation.id}, headers=headers)
    with_calendar_files = request.wants_calendar_files and join_secrets is not None
    if with_calendar_files:
        headers["preference-applied"] = FILES_PREFERENCE
    return Response(
        status=201,
        body=invitations(
            teleconsultation,
            page_base_url=page_base_url,
            join_secrets=join_secrets,
            with_calendar_files=with_calendar_files,
        ),
        headers=headers,
    )
