"""The routes about calls and credentials: event in, response out."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.get_details.app import lambda_handler as get_details
from functions.get_recording.app import lambda_handler as get_recording
from functions.get_transcription.app import lambda_handler as get_transcription
from functions.issue_credentials.app import lambda_handler as issue_credentials
from functions.list_sessions.app import lambda_handler as list_sessions
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.room_details import CallSession
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import CALL_SECONDS, START
from tests.fakes.service import Service

DOCTOR = {"sub": "doctor-1", "scope": "openid"}
NEWCOMER = {"sub": "new", "scope": "openid", "groups": "[staff doctor]"}


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    created = service.create()
    assert created.room is not None
    service.clock.now = START
    service.rooms.is_recording = True
    service.rooms.recordings["session_1"] = "https://recordings.test/1.mp4"
    [plus, _] = created.participants
    service.rooms.sessions[created.room.room_id] = [
        CallSession(
            session_id="session_1",
            started_at=START,
            duration_seconds=60,
            seconds={plus.bandyer_user_id: 59},
        )
    ]
    return created


def event(visit: Teleconsultation, end: str, **parameters: str) -> dict[str, Any]:
    made = http_event(teleconsultation_id=visit.id, end=end, claims=DOCTOR)
    made["pathParameters"] |= parameters
    return made


def asking(claims: dict[str, str], *, body: object = None) -> dict[str, Any]:
    made = http_event("POST", body=body, claims=claims)
    made["routeKey"] = made["requestContext"]["routeKey"] = "POST /credentials"
    made["rawPath"] = made["requestContext"]["http"]["path"] = "/api/credentials"
    return made


def body(response: dict[str, Any]) -> Any:
    return json.loads(response["body"])


def test_details_are_those_of_the_provider(visit: Teleconsultation) -> None:
    response = get_details(event(visit, "/details"), lambda_context())

    assert (response["statusCode"], body(response)) == (
        200,
        {
            "details": {
                "status": "NOT_RUNNING",
                "disabled": False,
                "durationInSeconds": CALL_SECONDS,
                "durationUsedInSeconds": 60,
                "callType": "audio_video",
                "live": True,
                "recorded": True,
                "recordingStatus": None,
            }
        },
    )


def test_a_lost_room_is_a_conflict(service: Service, visit: Teleconsultation) -> None:
    service.rooms.rooms.clear()

    response = get_details(event(visit, "/details"), lambda_context())

    assert (response["statusCode"], body(response)["code"]) == (409, "room_lost")


def test_the_calls_are_listed_with_who_was_there(visit: Teleconsultation) -> None:
    response = list_sessions(event(visit, "/sessions"), lambda_context())

    assert (response["statusCode"], body(response)) == (
        200,
        {
            "sessions": [
                {
                    "sessionId": "session_1",
                    "startedAt": "2026-12-01T15:30:00.000Z",
                    "durationInSeconds": 60,
                    "participants": [{"userExternalId": "doctor-1", "seconds": 59}],
                    "recording": "available",
                }
            ]
        },
    )


def test_a_recording_has_an_address_for_a_minute(visit: Teleconsultation) -> None:
    response = get_recording(event(visit, "/recordings/x", sessionId="session_1"), lambda_context())

    assert (response["statusCode"], body(response)) == (
        200,
        {"url": "https://recordings.test/1.mp4?valid=60", "expiresAt": "2026-12-01T15:31:00.000Z"},
    )
    assert response["headers"]["cache-control"] == "no-store, no-transform"


def test_a_recording_that_may_come_says_when_to_ask_again(service: Service, visit: Teleconsultation) -> None:
    service.rooms.recordings.clear()

    response = get_recording(event(visit, "/recordings/x", sessionId="session_1"), lambda_context())

    assert (response["statusCode"], body(response)["code"]) == (404, "recording_not_found")
    assert response["headers"]["retry-after"] == "900"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 501, "not_supported_by_provider_api"),
        ({"format": "txt"}, 501, "not_supported_by_provider_api"),
        ({"format": "srt"}, 501, "not_supported_by_provider_api"),
        ({"format": "pdf"}, 400, "invalid_request"),
    ],
)
def test_a_transcription_is_refused_honestly(
    visit: Teleconsultation, query: dict[str, str], status: int, code: str
) -> None:
    asked = event(visit, "/transcription", sessionId="session_1") | {"queryStringParameters": query}

    response = get_transcription(asked, lambda_context())

    assert (response["statusCode"], body(response)["code"]) == (status, code)


class TestCredentials:
    @pytest.mark.parametrize(
        ("sent", "seconds"),
        [(None, 3600), ({}, 3600), ({"expiresIn": 360}, 360), ({"expiresIn": 720.0}, 720)],
    )
    def test_the_token_is_answered_once(
        self, service: Service, visit: Teleconsultation, sent: object, seconds: int
    ) -> None:
        response = issue_credentials(asking(DOCTOR, body=sent), lambda_context())

        seat = visit.participant("doctor-1")
        assert seat is not None
        expires_at = START + timedelta(seconds=seconds)
        assert (response["statusCode"], body(response)) == (
            201,
            {
                "accessToken": "token of a plus user",
                "expiresAt": expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "bandyerUserId": seat.bandyer_user_id,
            },
        )
        assert response["headers"]["cache-control"] == "no-store, no-transform"

    @pytest.mark.parametrize(
        "sent", [{"expiresIn": 359}, {"expiresIn": 86_401}, {"expiresIn": "1 h"}, {"x": 1}]
    )
    def test_another_body_is_refused(self, service: Service, sent: object) -> None:
        response = issue_credentials(asking(DOCTOR, body=sent), lambda_context())

        assert (response["statusCode"], body(response)["code"]) == (400, "invalid_request")
        assert service.effects.log == []

    def test_somebody_unknown_is_told_what_to_do(self, service: Service) -> None:
        response = issue_credentials(asking(NEWCOMER), lambda_context())

        assert (response["statusCode"], body(response)["code"]) == (400, "unknown_person")

    def test_the_groups_of_the_named_claim_make_a_newcomer_known(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GROUPS_CLAIM", "groups")

        response = issue_credentials(asking(NEWCOMER), lambda_context())

        assert response["statusCode"] == 201
