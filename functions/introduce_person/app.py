"""`PUT /users/{userExternalId}`: introduce a person."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.person_path import user_external_id
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.profile_body import ProfileBody
from teleconsultation.use_cases.introduce import introduce_person

bootstrap.prepare_storage()


@endpoint(outcome="PersonIntroduced", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 201 if the person was unknown, else 200, with the role that the groups give."""
    request.require_management()
    external_id = user_external_id(request)
    introduction = introduce_person(
        ProfileBody.parse(request.json_body(), external_id=external_id),
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
        privileges=bootstrap.privileges(),
    )
    return Response(
        status=201 if introduction.is_new else 200,
        body={"userExternalId": external_id, "role": introduction.role.value},
    )
