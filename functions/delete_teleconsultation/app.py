"""`DELETE /teleconsultation/{id}`: delete a teleconsultation and its room."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.delete import delete_teleconsultation
from teleconsultation.use_cases.preconditions import Preconditions

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="TeleconsultationDeleted", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 204, also if it was deleted before."""
    request.require_management()
    delete_teleconsultation(
        request.teleconsultation_id,
        by=bootstrap.actor(request.client_id),
        preconditions=Preconditions.from_headers(
            if_match=request.headers.get("if-match"), if_none_match=request.headers.get("if-none-match")
        ),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
    )
    return Response(status=204)
