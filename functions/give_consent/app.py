"""`POST /teleconsultation/{id}/consent` and `…/join/consent`: store that a participant agrees."""

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.consent_body import GiveConsentBody
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.consent import give_consent

bootstrap.prepare_storage()


@endpoint(outcome="ConsentGiven", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the consent that is stored."""
    settings = bootstrap.settings()
    body = GiveConsentBody.parse(request.json_body())
    consent = give_consent(
        request.teleconsultation_id,
        version=body.version,
        asked_version=bootstrap.consent_version(),
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
        consents=bootstrap.consents(remaining_seconds=request.remaining_seconds),
        retention=settings.retention,
        clock=bootstrap.clock,
    )
    return Response(status=200, body={"version": consent.version, "givenAt": to_text(consent.given_at)})
