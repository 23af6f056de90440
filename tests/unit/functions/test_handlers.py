"""The four handlers: event in, response out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.create_teleconsultation.app import lambda_handler as create
from functions.delete_teleconsultation.app import lambda_handler as delete
from functions.get_teleconsultation.app import lambda_handler as get
from functions.update_teleconsultation.app import lambda_handler as update
from teleconsultation.errors import ProviderUnavailableError
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import START, doctor, patient
from tests.fakes.service import Service

type Json = dict[str, Any]
type Handler = Callable[[Json, LambdaContext], Json]

HANDLERS: dict[str, Handler] = {"POST": create, "PATCH": update, "DELETE": delete, "GET": get}
BODY: Json = {
    "participants": {
        "number": 2,
        "data": [
            {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Anna Neri"},
            {"userExternalId": "patient-1", "groups": ["patient"], "fullName": "Joe Smith"},
        ],
    },
    "start_date": "2026-12-01T15:30:00.000Z",
    "duration_in_seconds": 3600,
}
PATIENT = {"sub": "patient-1", "scope": "openid"}


def call(method: str, **parts: Any) -> Json:
    """Call the function behind a method."""
    return HANDLERS[method](http_event(method, **parts), lambda_context())


def code_of(response: Json) -> str:
    code: str = json.loads(response["body"])["code"]
    return code


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


class TestCreate:
    def test_the_answer_names_the_teleconsultation_and_its_page(self, service: Service) -> None:
        response = call("POST", body=BODY)

        [stored] = service.teleconsultations.everything()
        assert response["statusCode"] == 201
        assert json.loads(response["body"]) == {
            "roomId": stored.id,
            "teleconsultationUrl": f"https://visits.example/teleconsultation/{stored.id}",
        }
        assert response["headers"]["location"] == f"/api/teleconsultation/{stored.id}"
        assert response["headers"]["etag"] == f'"{stored.version}"'
        assert response["headers"]["content-type"] == "application/json"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (None, "invalid_request"),
            ("[]", "invalid_request"),
            (BODY | {"participants": ["a", "b"]}, "unknown_participant"),
            (BODY | {"duration_in_seconds": 299}, "invalid_request"),
        ],
        ids=["missing", "list", "unknown ids", "too short"],
    )
    def test_a_refused_body_writes_nothing(self, service: Service, body: object, code: str) -> None:
        response = call("POST", body=body)

        assert (response["statusCode"], code_of(response)) == (400, code)
        assert service.effects.log == []

    def test_a_deployment_without_a_page_address_makes_nothing(self, service: Service) -> None:
        event = http_event("POST", body=BODY)
        del event["stageVariables"]

        response = create(event, lambda_context())

        assert response["statusCode"] == 500
        assert service.effects.log == []


class TestUpdate:
    def test_the_answer_is_the_new_version(self, service: Service) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"If-Match": f'"{created.version}"'},
        )

        assert (response["statusCode"], "body" in response) == (204, False)
        assert response["headers"]["etag"] == f'"{service.stored(created.id).version}"'
        assert service.stored(created.id).version == created.version + 1

    @pytest.mark.parametrize(
        ("if_match", "status"), [('"1"', 412), ('W/"2"', 412), ("2", 400), ("*", 204), ('"1", "2"', 204)]
    )
    def test_the_condition_is_heard(self, service: Service, if_match: str, status: int) -> None:
        created = service.create()
        assert created.version == 2

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"if-match": if_match},
        )

        assert response["statusCode"] == status

    def test_an_old_room_left_at_the_provider_is_no_failure(self, service: Service) -> None:
        created = service.create()
        service.effects.before("delete_room", failing(ProviderUnavailableError()))

        response = call("PATCH", teleconsultation_id=created.id, body={"duration_in_seconds": 600})

        assert response["statusCode"] == 204

    def test_a_merge_patch_by_its_own_name_is_accepted(self, service: Service) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"duration_in_seconds": 600},
            headers={"content-type": "application/merge-patch+json"},
        )

        assert response["statusCode"] == 204


class TestDelete:
    def test_once_and_again(self, service: Service) -> None:
        created = service.create()

        responses = [call("DELETE", teleconsultation_id=created.id) for _ in range(2)]

        assert [response["statusCode"] for response in responses] == [204, 204]
        assert service.rooms.rooms == {}
        gone = call("GET", teleconsultation_id=created.id)
        assert (gone["statusCode"], code_of(gone)) == (410, "deleted")

    def test_the_condition_is_heard(self, service: Service) -> None:
        created = service.create()

        response = call("DELETE", teleconsultation_id=created.id, headers={"if-match": '"1"'})

        assert response["statusCode"] == 412
        assert service.stored(created.id).deleted_at is None

    def test_a_failing_provider_is_told_and_repeating_helps(self, service: Service) -> None:
        created = service.create()
        service.effects.before("delete_room", failing(ProviderUnavailableError(retry_after_seconds=9)))

        first = call("DELETE", teleconsultation_id=created.id)
        second = call("DELETE", teleconsultation_id=created.id)

        assert (first["statusCode"], first["headers"]["retry-after"]) == (503, "9")
        assert second["statusCode"] == 204


class TestGet:
    def test_before_the_door_opens(self, service: Service) -> None:
        created = service.create()

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT)

        me, other = created.participants[1], created.participants[0]
        assert response["statusCode"] == 200
        assert json.loads(response["body"]) == {
            "roomId": created.id,
            "state": "SCHEDULED",
            "serverTime": "2026-12-01T12:00:00.000Z",
            "startDate": "2026-12-01T15:30:00.000Z",
            "endDate": "2026-12-01T16:30:00.000Z",
            "opensAt": "2026-12-01T15:20:00.000Z",
            "closesAt": "2026-12-01T16:45:00.000Z",
            "retryAfterSeconds": 60,
            "bandyerUserId": me.bandyer_user_id,
            "accessLinkURL": None,
            "participantsBandyerCall": [
                {"bandyerUserId": other.bandyer_user_id, "fullName": "Anna Neri"},
                {"bandyerUserId": me.bandyer_user_id, "fullName": "Joe Smith"},
            ],
            "language": None,
        }
        assert response["headers"]["etag"] == f'"{created.version}"'
        assert response["headers"]["retry-after"] == "60"
        assert response["headers"]["cache-control"] == "no-store"

    def test_while_it_is_open_the_link_speaks_the_language_asked_for(self, service: Service) -> None:
        created = service.create()
        service.clock.now = START

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT, query={"language": "es"})

        body = json.loads(response["body"])
        assert (body["state"], body["language"]) == ("OPEN", "es")
        assert body["accessLinkURL"].endswith("?display_name=Joe%20Smith&language=es")

    def test_when_it_is_over_there_is_nothing_to_wait_for(self, service: Service) -> None:
        created = service.create()
        service.clock.advance(seconds=86_400)

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT)

        assert json.loads(response["body"])["retryAfterSeconds"] is None
        assert "retry-after" not in response["headers"]

    def test_a_manager_has_no_id_of_their_own_in_it(self, service: Service) -> None:
        created = service.create()

        body = json.loads(call("GET", teleconsultation_id=created.id)["body"])

        assert (body["bandyerUserId"], body["accessLinkURL"]) == (None, None)

    @pytest.mark.parametrize("claims", [{"sub": "stranger"}, {"username": "patient-1"}, {}], ids=str)
    def test_a_stranger_is_refused(self, service: Service, claims: dict[str, str]) -> None:
        created = service.create()

        response = call("GET", teleconsultation_id=created.id, claims=claims)

        assert (response["statusCode"], code_of(response)) == (403, "not_a_participant")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_without_the_scope_nothing_is_managed(service: Service, method: str) -> None:
    created = service.create()
    service.effects.forget()

    response = call(method, teleconsultation_id=created.id, body=BODY, claims=PATIENT)

    assert (response["statusCode"], code_of(response)) == (403, "insufficient_scope")
    assert service.effects.log == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("teleconsultation_id", ["0" * 24, "nonsense", "%2e%2e"])
def test_what_does_not_exist_is_not_found(service: Service, method: str, teleconsultation_id: str) -> None:
    response = call(method, teleconsultation_id=teleconsultation_id, body={"duration_in_seconds": 600})

    assert (response["statusCode"], code_of(response)) == (404, "not_found")


def test_nothing_of_anybody_is_written_whatever_happens(service: Service, output: LambdaOutput) -> None:
    people = (doctor("canary-d", full_name="Canary D"), patient("canary-p", full_name="Canary P"))
    created = service.create(people)
    here = {"teleconsultation_id": created.id}
    canary_body = json.loads(json.dumps(BODY).replace("Joe Smith", "Canary").replace("patient-1", "canary"))
    service.clock.now = START

    answers = [
        call("POST", body=canary_body),
        call("POST", body=canary_body | {"start_date": "canary"}),
        call("POST", body=canary_body | {"canary": "canary"}),
        call("GET", **here, claims={"sub": "canary-p", "email": "canary"}, query={"language": "canary"}),
        call("GET", **here, claims={"sub": "canary-x"}),
        call("GET", teleconsultation_id="canary"),
        call("PATCH", **here, body={"participants": ["canary-d", "canary-x"]}),
        call("PATCH", **here, body={"duration_in_seconds": 600}, headers={"if-match": "canary"}),
        call("PATCH", **here, body={"duration_in_seconds": 600}),
        call("DELETE", **here, headers={"authorization": "Bearer canary"}),
    ]

    assert [answer["statusCode"] for answer in answers] == [201, 400, 400, 200, 403, 404, 400, 400, 409, 204]
    assert len(output.logs) == len(output.metrics) == len(answers)
    written = output.text.lower()
    assert not any(secret in written for secret in ("canary", "usr_", "provider.test", "bearer"))


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("POST", "TeleconsultationCreated"),
        ("PATCH", "TeleconsultationUpdated"),
        ("GET", "TeleconsultationRead"),
        ("DELETE", "TeleconsultationDeleted"),
    ],
)
def test_each_success_is_counted_under_its_own_name(
    service: Service, output: LambdaOutput, method: str, outcome: str
) -> None:
    created = service.create()

    call(method, teleconsultation_id=created.id, body=BODY)

    [metric] = output.metrics
    assert metric[outcome] == [1.0]
