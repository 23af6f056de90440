"""The route by which a participant agrees: event in, response out."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.give_consent.app import lambda_handler
from functions.read_attendance.app import lambda_handler as read_attendance
from teleconsultation.domain.model import Teleconsultation
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import START
from tests.fakes.service import Service

PATIENT = {"sub": "patient-1"}
GIVEN = {"version": "2026-11", "givenAt": START.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> LambdaOutput:
    monkeypatch.setenv("CONSENT_VERSION", "2026-11")
    return output


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    created = service.create()
    service.clock.now = START
    return created


def agree(visit: Teleconsultation, body: object) -> tuple[int, dict[str, Any]]:
    event = http_event("POST", teleconsultation_id=visit.id, end="/consent", body=body, claims=PATIENT)
    response = lambda_handler(event, lambda_context())
    return response["statusCode"], json.loads(response["body"])


def test_the_consent_is_answered_and_managers_read_it(service: Service, visit: Teleconsultation) -> None:
    first = agree(visit, {"version": "2026-11"})
    service.clock.now += timedelta(minutes=1)
    again = agree(visit, {"version": "2026-11"})
    attendance = read_attendance(
        http_event(teleconsultation_id=visit.id, end="/attendance"), lambda_context()
    )

    assert first == again == (200, GIVEN)
    assert [seat["consents"] for seat in json.loads(attendance["body"])["seats"]] == [[], [GIVEN]]


@pytest.mark.parametrize("asked", ["2026-12", ""])
def test_another_version_is_a_conflict(
    visit: Teleconsultation, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("CONSENT_VERSION", asked)

    status, body = agree(visit, {"version": "2026-11"})

    assert (status, body["code"]) == (409, "consent_version")


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], None, {"version": None}, {"version": 1}, {"version": ""}, {"version": "a b"}),
        *({"version": "x" * 33}, {"version": "2026-11\n"}, {"version": "a:b"}, {"version": "٢"}),
        {"version": "2026-11", "userExternalId": "doctor-1"},
    ],
)
def test_a_body_that_is_none_is_refused(service: Service, visit: Teleconsultation, body: object) -> None:
    status, answer = agree(visit, json.dumps(body))

    assert (status, answer["code"]) == (400, "invalid_request")
    assert service.consents.of(visit.id) == {}
