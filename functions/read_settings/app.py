"""`GET /settings`: return the settings of the provider's company."""

from teleconsultation import bootstrap
from teleconsultation.edge.company_answer import background_answer, company_answer
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.read_settings import read_settings

bootstrap.prepare_company()


@endpoint(outcome="SettingsRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the company and its virtual backgrounds."""
    request.require_settings()
    settings = read_settings(bootstrap.video_company(remaining_seconds=request.remaining_seconds))
    return Response(
        status=200,
        body={
            "company": company_answer(settings.company),
            "virtual_backgrounds": [background_answer(background) for background in settings.backgrounds],
        },
    )
