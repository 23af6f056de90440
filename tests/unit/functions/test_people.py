"""The handlers that are about one person: event in, response out."""

import json
from typing import Any

import pytest

from functions.add_participant.app import lambda_handler as add
from functions.introduce_person.app import lambda_handler as introduce
from functions.remove_participant.app import lambda_handler as remove
from teleconsultation import bootstrap
from tests.fakes.api_gateway import lambda_context, routed_event
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import PRIVILEGES, doctor, patient
from tests.fakes.service import Service

type Json = dict[str, Any]

CONDITIONS = [{"if-match": '"1"'}, {"if-none-match": "*"}]
DOCTOR: Json = {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Anna Neri"}
PATIENT: Json = {"groups": ["patient"], "fullName": "Joe Smith"}
SHOWN = {"prefer": "return=representation"}


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> LambdaOutput:
    monkeypatch.setattr(bootstrap, "privileges", lambda: PRIVILEGES)
    return output


def adding(teleconsultation_id: str, body: Json, **headers: str) -> Json:
    route = "/teleconsultation/{id}/participants/data"
    event = routed_event("POST", route, parameters={"id": teleconsultation_id}, body=body, headers=headers)
    return add(event, lambda_context())


def removing(teleconsultation_id: str, external_id: str, **headers: str) -> Json:
    route = "/teleconsultation/{id}/participants/{userExternalId+}"
    parameters = {"id": teleconsultation_id, "userExternalId": external_id}
    return remove(routed_event("DELETE", route, parameters=parameters, headers=headers), lambda_context())


def introducing(external_id: str, body: Json) -> Json:
    parameters = {"userExternalId": external_id}
    event = routed_event("PUT", "/users/{userExternalId+}", parameters=parameters, body=body)
    return introduce(event, lambda_context())


class TestAdding:
    def test_the_answer_is_empty(self, service: Service) -> None:
        waiting = service.create((patient(),), number=2)

        response = adding(waiting.id, DOCTOR)

        stored = service.stored(waiting.id)
        assert (response["statusCode"], response.get("body")) == (201, None)
        assert response["headers"]["etag"] == stored.entity_tag
        assert stored.room is not None

    def test_who_prefers_it_gets_the_persons_link_and_nobody_elses(self, service: Service) -> None:
        waiting = service.create((patient(),), number=2)

        response = adding(waiting.id, DOCTOR, **SHOWN)

        secret = service.secrets(waiting.id)["doctor-1"]
        assert response["headers"]["preference-applied"] == "return=representation"
        assert json.loads(response["body"]) == {
            "userExternalId": "doctor-1",
            "joinUrl": f"https://visits.example/teleconsultation/{waiting.id}#j={secret}",
        }

    def test_where_join_links_are_switched_off_there_is_no_link(self, service: Service) -> None:
        service.join_secrets = None
        waiting = service.create((patient(),), number=2)

        assert json.loads(adding(waiting.id, DOCTOR, **SHOWN)["body"]) == {"userExternalId": "doctor-1"}

    def test_without_a_plus_user_the_text_is_the_originals(self, service: Service) -> None:
        waiting = service.create((patient(),), number=2)

        response = adding(waiting.id, PATIENT | {"userExternalId": "patient-2"})

        text = f"Failed POST /teleconsultation/{waiting.id}/participants/data: no plus user in room"
        assert (response["statusCode"], json.loads(response["body"])["error"]) == (400, text)

    def test_a_complete_list_takes_nobody(self, service: Service) -> None:
        response = adding(service.create().id, PATIENT | {"userExternalId": "patient-2"})

        assert (response["statusCode"], json.loads(response["body"])["code"]) == (
            409,
            "participants_complete",
        )

    @pytest.mark.parametrize("condition", CONDITIONS, ids=str)
    def test_the_condition_is_heard(self, service: Service, condition: dict[str, str]) -> None:
        visit = service.create((patient(),), number=2)
        visit = service.update(visit.id, notice="Please wait.")

        response = adding(visit.id, DOCTOR, **condition)

        assert (response["statusCode"], service.stored(visit.id)) == (412, visit)


class TestRemoving:
    @pytest.mark.parametrize("external_id", ["patient-1", "auth0|9f/ü", "P 17", "100%"])
    def test_an_id_is_taken_as_it_comes(self, service: Service, external_id: str) -> None:
        visit = service.create((doctor(), patient(external_id)))

        response = removing(visit.id, external_id)

        stored = service.stored(visit.id)
        assert (response["statusCode"], response["headers"]["etag"]) == (204, stored.entity_tag)
        assert [person.external_id for person in stored.participants] == ["doctor-1"]

    def test_other_letters_are_another_person(self, service: Service) -> None:
        response = removing(service.create().id, "PATIENT-1")

        assert (response["statusCode"], json.loads(response["body"])["code"]) == (404, "not_on_the_list")

    @pytest.mark.parametrize("condition", CONDITIONS, ids=str)
    def test_the_condition_is_heard(self, service: Service, condition: dict[str, str]) -> None:
        visit = service.create()

        response = removing(visit.id, "patient-1", **condition)

        assert (response["statusCode"], service.stored(visit.id)) == (412, visit)


class TestIntroducing:
    def test_first_it_is_created_then_it_is_there(self, service: Service) -> None:
        first, again = (introducing("auth0|9f/ü", PATIENT) for _ in range(2))

        assert (first["statusCode"], again["statusCode"]) == (201, 200)
        assert json.loads(first["body"]) == {"userExternalId": "auth0|9f/ü", "role": "basic"}

    @pytest.mark.parametrize("external_id", ["", " x", "a\u202eb", "x" * 256, "\ud800"])
    def test_an_id_that_nobody_can_have_is_refused(self, service: Service, external_id: str) -> None:
        response = introducing(external_id, PATIENT)

        errors = json.loads(response["body"])["errors"]
        assert (response["statusCode"], [one["field"] for one in errors]) == (400, ["userExternalId"])
        assert service.effects.log == []
