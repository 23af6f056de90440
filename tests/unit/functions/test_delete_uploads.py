"""`DELETE /teleconsultation/{id}/uploads`: event in, response out."""

import json

import pytest

from functions.delete_uploads.app import lambda_handler
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import START
from tests.fakes.service import UPLOADS_KEPT, Service

DOCTOR = {"sub": "doctor-1", "scope": "openid"}
PATIENT = {"sub": "patient-1", "scope": "openid"}


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


@pytest.fixture
def visit_id(service: Service) -> str:
    created = service.create()
    assert created.room is not None
    service.clock.now = START
    service.uploads_kept = UPLOADS_KEPT
    service.rooms.uploads[created.room.room_id] = 2
    return created.id


@pytest.mark.parametrize(("undeletable", "completed_at"), [(0, "2026-12-01T15:30:00.000Z"), (1, None)])
def test_the_answer_has_the_numbers(
    service: Service, visit_id: str, undeletable: int, completed_at: str | None
) -> None:
    [room_id] = service.rooms.uploads
    service.rooms.undeletable[room_id] = undeletable

    event = http_event("DELETE", teleconsultation_id=visit_id, end="/uploads", claims=DOCTOR)
    response = lambda_handler(event, lambda_context())

    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {
        "total": 2,
        "deleted": 2 - undeletable,
        "completedAt": completed_at,
    }


def test_where_the_operator_keeps_files_there_is_nothing_to_say(service: Service, visit_id: str) -> None:
    service.uploads_kept = None

    event = http_event("DELETE", teleconsultation_id=visit_id, end="/uploads", claims=DOCTOR)
    response = lambda_handler(event, lambda_context())

    assert (response["statusCode"], "body" in response) == (204, False)


def test_a_basic_participant_is_refused(service: Service, visit_id: str) -> None:
    event = http_event("DELETE", teleconsultation_id=visit_id, end="/uploads", claims=PATIENT)
    response = lambda_handler(event, lambda_context())

    assert (response["statusCode"], json.loads(response["body"])["code"]) == (403, "not_a_plus_user")
