"""`PATCH /settings/update`: choose the virtual background that all calls use."""

from teleconsultation import bootstrap
from teleconsultation.edge.company_answer import company_answer
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.settings_body import UpdateSettingsBody
from teleconsultation.use_cases.choose_background import choose_background

bootstrap.prepare_company()


@endpoint(outcome="SettingsUpdated", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the company as it is then."""
    request.require_settings()
    body = UpdateSettingsBody.parse(request.json_body())
    company = choose_background(
        body.background_alias,
        company=bootstrap.video_company(remaining_seconds=request.remaining_seconds),
    )
    return Response(status=200, body={"company": company_answer(company)})
