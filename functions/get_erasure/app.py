"""`GET /erasures/{erasureId}`: return what has become of an erasure."""

from teleconsultation import bootstrap
from teleconsultation.edge.erasure_body import erasure_response
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.request_erasure import read_erasure

bootstrap.prepare_storage()


@endpoint(outcome="ErasureRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the status."""
    request.require_management()
    erasure = read_erasure(
        request.erasure_id, erasures=bootstrap.erasures(remaining_seconds=request.remaining_seconds)
    )
    return erasure_response(erasure, status=200, now=bootstrap.clock())
