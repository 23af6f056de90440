"""The routes of erasures: a request, its status, and who never stands in either."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Never

import pytest

from functions.erase_person.app import lambda_handler as erase
from functions.get_erasure.app import lambda_handler as get
from functions.request_erasure.app import lambda_handler as request_it
from teleconsultation import bootstrap
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.settings import NotConfiguredError
from teleconsultation.use_cases.run_erasures import RETRY_AFTER
from tests.fakes.api_gateway import lambda_context, routed_event
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import doctor, patient
from tests.fakes.service import Service
from tests.fakes.watch import NOON

type Json = dict[str, Any]

PERSON = "canary-7f3a/users/å"
SCHEDULED: Json = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
NOON_TEXT = "2026-12-01T12:00:00.000Z"


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


def requesting(external_id: str = PERSON, *, stage: str = "api") -> Json:
    event = routed_event("DELETE", "/users/{userExternalId+}", parameters={"userExternalId": external_id})
    event["rawPath"] = f"/{stage}/users/{external_id}"
    event["requestContext"]["stage"] = stage
    return request_it(event, lambda_context())


def reading(erasure_id: str) -> Json:
    event = routed_event("GET", "/erasures/{erasureId}", parameters={"erasureId": erasure_id})
    return get(event, lambda_context())


def run() -> Json:
    return erase(SCHEDULED, lambda_context(remaining_milliseconds=900_000))


def not_yet(*, remaining_seconds: Callable[[], float]) -> Never:
    assert remaining_seconds() > 0
    raise NotConfiguredError("nothing yet")


def test_a_request_is_accepted_with_the_address_of_its_status(service: Service) -> None:
    response = requesting()

    erasure_id = service.erasure_id(PERSON)
    assert response["statusCode"] == 202
    assert response["headers"]["location"] == f"/api/erasures/{erasure_id}"
    assert response["headers"]["retry-after"] == "60"
    assert json.loads(response["body"]) == json.loads(reading(erasure_id)["body"])
    assert json.loads(response["body"]) == {
        "erasureId": erasure_id,
        "status": "pending",
        "detail": "A run begins within five minutes after nextRunAt. Read the status again later.",
        "requestedAt": NOON_TEXT,
        "completedAt": None,
        "nextRunAt": NOON_TEXT,
        "stoppedBy": None,
        "upcoming": [],
    }


def test_a_repetition_has_the_same_address(service: Service) -> None:
    first = requesting()
    service.create((doctor(), patient(PERSON)))
    run()
    again = requesting()

    assert [one["statusCode"] for one in (first, again)] == [202, 202]
    assert first["headers"]["location"] == again["headers"]["location"]


def test_callers_of_the_original_get_an_address_of_theirs(service: Service) -> None:
    location = requesting(stage="telecons-be")["headers"]["location"]

    assert location == f"/api/v1/telecons-be/erasures/{service.erasure_id(PERSON)}"


def test_a_completed_one_lists_the_visits_that_lack_somebody(service: Service) -> None:
    visit = service.create((doctor(), patient(PERSON)))
    requesting()
    report = run()

    response = reading(service.erasure_id(PERSON))

    body = json.loads(response["body"])
    assert report == {"runs": 1, "failures": 0}
    assert "retry-after" not in response["headers"]
    assert (body["status"], body["completedAt"], body["nextRunAt"]) == ("completed", NOON_TEXT, None)
    assert body["upcoming"] == [visit.id]


def test_a_failed_one_says_why_and_when_it_is_tried_again(service: Service) -> None:
    service.create((doctor(), patient(PERSON)))
    requesting()
    service.effects.before("unregister", failing(ProviderUnavailableError(provider_code="down")))
    report = run()

    body = json.loads(reading(service.erasure_id(PERSON))["body"])

    assert report == {"runs": 1, "failures": 1}
    assert (body["status"], body["stoppedBy"], body["completedAt"]) == ("failed", "provider: down", None)
    assert body["nextRunAt"] == "2026-12-01T12:15:00.000Z"
    assert timedelta(minutes=15) == RETRY_AFTER
    assert body["detail"].endswith("tell the operator.")


def test_a_running_one_is_not_called_failed(service: Service) -> None:
    requesting()
    service.erasures.claim(service.erasure_id(PERSON), now=NOON, until=NOON + timedelta(minutes=16))

    body = json.loads(reading(service.erasure_id(PERSON))["body"])

    assert (body["status"], body["stoppedBy"], body["nextRunAt"]) == ("running", None, None)


def test_an_unknown_one_is_not_found(service: Service) -> None:
    response = reading("0" * 32)

    assert (response["statusCode"], json.loads(response["body"])["code"]) == (404, "erasure_not_found")


def test_an_id_that_nobody_can_have_is_refused(service: Service) -> None:
    response = requesting(" x")

    assert (response["statusCode"], json.loads(response["body"])["errors"][0]["field"]) == (
        400,
        "userExternalId",
    )
    assert service.effects.log == []


def test_nobody_is_named_in_an_answer_or_a_log(service: Service, output: LambdaOutput) -> None:
    service.create((doctor(), patient(PERSON, full_name=PERSON)))

    said = [requesting(), run(), reading(service.erasure_id(PERSON))]

    assert "canary" not in output.text + json.dumps(said, ensure_ascii=False)
    ran = [line for line in output.logs if line["message"] == "erasure ran"]
    assert [line["erasure_id"] for line in ran] == [service.erasure_id(PERSON)]


def test_failures_are_counted_and_a_run_with_nothing_to_do_counts_nothing(
    service: Service, output: LambdaOutput
) -> None:
    idle = run()
    requesting()
    run()

    assert idle == {"runs": 0, "failures": 0}
    assert [line["ErasureFailures"] for line in output.metrics if "ErasureFailures" in line] == [[0.0]]


def test_before_the_first_configuration_nothing_fails(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "erasures", not_yet)

    assert run() == {"notConfigured": True}
