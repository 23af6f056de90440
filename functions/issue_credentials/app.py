"""`POST /credentials`: give the person of a token the provider's credentials for an app."""

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.credentials_body import IssueCredentialsBody
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.issue_credentials import issue_credentials

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="CredentialsIssued", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 201 with the token, which is stored nowhere."""
    settings = bootstrap.settings()
    caller = request.caller(
        user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
    )
    body = IssueCredentialsBody.parse(request.json_body()) if request.has_body else IssueCredentialsBody()
    credentials = issue_credentials(
        caller.user_id,
        claimed_groups=request.claimed_words(bootstrap.groups_claim()),
        expires_in_seconds=body.expires_in_seconds,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        privileges=bootstrap.privileges(),
    )
    return Response(
        status=201,
        body={
            "accessToken": credentials.access_token,
            "expiresAt": None if credentials.expires_at is None else to_text(credentials.expires_at),
            "bandyerUserId": credentials.bandyer_user_id,
        },
    )
