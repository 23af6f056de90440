"""The Appointment Manager's recorded sequence, through the adapter, to the local stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.appointment_manager.adapter import Adapter
from adapters.appointment_manager.app import create_app
from adapters.appointment_manager.client_token import ClientToken
from adapters.appointment_manager.settings import Settings
from adapters.appointment_manager.upstream import Pool
from local.asgi_server import AsgiServer
from local.stack import Stack

DOCTOR, OTHER_DOCTOR, PATIENT, RELATIVE = "auth0|d-1", "auth0|d-2", "auth0|p-1", "auth0|p-2"
# What the platform's library sends along, and no bearer token.
PLATFORM = {
    "miauserid": "clerk-1",
    "miausergroups": "secretary",
    "client-type": "cms",
    "x-request-id": "r-1",
    "cookie": "sid=platform-session",
    "connection": "close",
}


@dataclass
class Issuer:
    """Gives the laptop issuer's tokens by client credentials, as long as it is up."""

    stack: Stack
    is_up: bool = True
    gives_valid_tokens: bool = True
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    url: str = ""

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/token", self._token, methods=["POST"]),
        ]

    async def _discovery(self, _request: Request) -> JSONResponse:
        return JSONResponse({"token_endpoint": f"{self.url}/token"}, status_code=200 if self.is_up else 503)

    async def _token(self, request: Request) -> JSONResponse:
        self.asked.append(request.headers)
        token = self.stack.issuer.token("appointment-manager", manage=True)
        return JSONResponse(
            {"access_token": token if self.gives_valid_tokens else "worn-out", "expires_in": 3600}
        )


@pytest.fixture
def issuer(stack: Stack) -> Iterator[Issuer]:
    issuer = Issuer(stack)
    with AsgiServer(Starlette(routes=issuer.routes())) as server:
        issuer.url = server.url
        yield issuer


@pytest.fixture
def caller(stack: Stack, issuer: Issuer) -> Iterator[httpx2.Client]:
    """The Appointment Manager: plain http, a host name, headers of the platform."""
    settings = Settings.from_environment(
        {
            "SITE_URL": stack.site_url,
            "OIDC_ISSUER": issuer.url,
            "CLIENT_ID": "appointment-manager",
            "CLIENT_SECRET": "s3cret",
        }
    )
    pool = Pool(connections=2)
    adapter = Adapter(base_url=settings.base_url, token=ClientToken(settings, send=pool), send=pool)
    with (
        AsgiServer(create_app(adapter)) as server,
        httpx2.Client(base_url=server.url, headers=PLATFORM, trust_env=False, timeout=60) as client,
    ):
        yield client
    pool.close()


def at(hours: float) -> str:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1, hours=hours)
    return f"{start:%Y-%m-%dT%H:%M:%S}.000Z"


def introduce(caller: httpx2.Client) -> None:
    """Let the service meet everybody, as a standalone request does."""
    groups = {DOCTOR: "doctor", OTHER_DOCTOR: "doctor", PATIENT: "patient", RELATIVE: "patient"}
    data = [{"userId": one, "groups": [group], "fullName": one} for one, group in groups.items()]
    body = {"participants": {"number": 4, "data": data}, "start_date": at(48), "end_date": at(49)}
    caller.post("/teleconsultation", json=body).raise_for_status()


def test_the_recorded_sequence_is_answered_as_it_was_there(caller: httpx2.Client, issuer: Issuer) -> None:
    introduce(caller)
    people = [DOCTOR, PATIENT]
    booked = {"participants": people, "start_date": at(0), "end_date": at(1)}
    created = caller.post("/teleconsultation", json=booked)
    visit = f"/teleconsultation/{created.json()['roomId']}"

    changes = [
        {"start_date": at(2), "end_date": at(3)},
        {"start_date": at(2.25)},
        {"end_date": at(3.5)},
        {"start_date": at(4)},
        {"participants": [OTHER_DOCTOR, PATIENT]},
        {"participants": [OTHER_DOCTOR, PATIENT, RELATIVE]},
        {"participants": [OTHER_DOCTOR, "auth0|never-seen"]},
    ]
    answers = [caller.patch(visit, json=change) for change in changes]
    # A remote appointment becomes one on site, and later is deleted for good.
    gone = [caller.delete(visit, headers={"content-type": "application/json"}) for _ in range(2)]

    assert (created.status_code, created.json().keys()) == (201, {"roomId"})
    assert [answer.status_code for answer in answers] == [204, 204, 204, 400, 204, 204, 400]
    assert [answer.status_code for answer in gone] == [204, 204]
    assert not any(answer.content for answer in (*answers[:3], *gone))
    # The clerk's screen shows `message`.
    assert answers[3].headers["content-type"] == "application/json"
    assert answers[3].json() == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": "body.end_date must be after start_date",
    }
    assert answers[6].json()["message"].startswith("body.participants[1] is not known yet")
    # One token for all.
    assert len(issuer.asked) == 1
    assert "cookie" not in issuer.asked[0]


def test_a_token_that_the_gateway_refuses_is_renewed_and_the_request_sent_again(
    caller: httpx2.Client, issuer: Issuer
) -> None:
    issuer.gives_valid_tokens = False
    refused = caller.delete(f"/teleconsultation/{'0' * 24}")
    issuer.gives_valid_tokens = True
    accepted = caller.delete(f"/teleconsultation/{'0' * 24}")

    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
    assert accepted.status_code == 204
    # Two for the refused request, and one instead of the last of these.
    assert len(issuer.asked) == 3


def test_without_an_issuer_nothing_is_booked(caller: httpx2.Client, issuer: Issuer) -> None:
    issuer.is_up = False

    answer = caller.post("/teleconsultation", json={})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["message"] == "The adapter has no token: the issuer answers 503."
