"""`DELETE /users/{userExternalId}`: request the erasure of a person."""

from teleconsultation import bootstrap
from teleconsultation.edge.erasure_body import erasure_response
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.person_path import user_external_id
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.request_erasure import request_erasure

bootstrap.prepare_storage()


@endpoint(outcome="ErasureRequested", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 202 with the address of the status, which is the same for each request about a person."""
    request.require_management()
    external_id = user_external_id(request)
    erasure = request_erasure(
        external_id,
        erasure_id=bootstrap.erasure_id(external_id),
        erasures=bootstrap.erasures(remaining_seconds=request.remaining_seconds),
        clock=bootstrap.clock,
    )
    log.append_keys(erasure_id=erasure.id)
    # A person's id may contain the same words, but only after these.
    prefix, _, _ = request.path.partition("/users/")
    return erasure_response(
        erasure, status=202, now=bootstrap.clock(), location=f"{prefix}/erasures/{erasure.id}"
    )
