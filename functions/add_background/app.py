"""`POST /settings/background-image`: add a virtual background."""

from teleconsultation import bootstrap
from teleconsultation.edge.background_image import FIELD, read_background_image
from teleconsultation.edge.company_answer import background_answer
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.add_background import add_background

bootstrap.prepare_company()


@endpoint(outcome="BackgroundAdded", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the background, which calls use once it is chosen."""
    request.require_settings()
    background = add_background(
        read_background_image(request),
        company=bootstrap.video_company(remaining_seconds=request.remaining_seconds),
    )
    return Response(status=200, body={FIELD: background_answer(background)})
