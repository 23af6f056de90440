import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from probe import ManagerToken, Probe, ProbeSettings, Web

ISSUER = "https://issuer.test"
SITE = "https://site.test"
API = f"{SITE}/api/teleconsultation"
ID = "423629c9fb646858b7df2409"
SECRET = "join-secret-1"
TOKEN = "token-1"
CLIENT = {"clientId": "probe", "clientSecret": "s3cret/+"}
SETTINGS = ProbeSettings(
    page_url=SITE,
    call_origins=frozenset({"https://calls.test"}),
    issuer=ISSUER,
    groups=("doctor", "patient"),
)
PAGE = "<!doctype html><teleconsultation-room></teleconsultation-room>"

type Json = dict[str, Any]


@dataclass
class Clock:
    now: datetime = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


def booked(**changes: Any) -> Json:
    page = f"{SITE}/teleconsultation/{ID}"
    people = [
        {"userExternalId": "probe-1", "joinUrl": f"{page}#j=other"},
        {"userExternalId": "probe-2", "joinUrl": f"{page}#j={SECRET}"},
    ]
    return {"roomId": ID, "teleconsultationUrl": page, "participants": people} | changes


def call(**changes: Any) -> Json:
    return {"roomId": ID, "state": "OPEN", "accessLinkURL": "https://calls.test/eu/x"} | changes


@dataclass
class World:
    """The issuer and the deployed service; each answer can be replaced before a run."""

    mock: responses.RequestsMock
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self) -> None:
        discovery = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/oauth2/token"}
        token = {"access_token": TOKEN, "expires_in": 3600}
        well: dict[str, tuple[str, str, dict[str, Any]]] = {
            "discovery": ("GET", f"{ISSUER}/.well-known/openid-configuration", {"json": discovery}),
            "token": ("POST", f"{ISSUER}/oauth2/token", {"json": token}),
            "create": ("POST", API, {"json": booked(), "status": 201}),
            "page": (
                "GET",
                f"{SITE}/teleconsultation/{ID}",
                {"body": PAGE, "content_type": "text/html; charset=utf-8"},
            ),
            "join": ("GET", f"{API}/{ID}/join", {"json": call()}),
            "delete": ("DELETE", f"{API}/{ID}", {"status": 204}),
        }
        for name, (method, url, answer) in well.items():
            self.mock.upsert(method, url, **self.answers.get(name, answer))

    def sent(self) -> list[tuple[str, str]]:
        requested = [each.request for each in self.mock.calls]
        return [(str(request.method), str(request.url)) for request in requested]

    def headers(self, method: str, url: str) -> list[str]:
        return [
            each.request.headers.get("Authorization", "")
            for each in self.mock.calls
            if (each.request.method, each.request.url) == (method, url)
        ]

    def body(self, method: str, url: str) -> Any:
        [found] = [
            each.request.body
            for each in self.mock.calls
            if (each.request.method, each.request.url) == (method, url)
        ]
        return json.loads(found or "null")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world() -> Iterator[World]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield World(mock)


@pytest.fixture
def make_token(clock: Clock) -> Callable[[str], ManagerToken]:
    def make(client: str) -> ManagerToken:
        return ManagerToken(
            issuer=ISSUER, web=Web(requests.Session()), read_client=lambda: client, clock=clock
        )

    return make


@pytest.fixture
def probe(make_token: Callable[[str], ManagerToken], clock: Clock) -> Probe:
    return Probe(SETTINGS, web=Web(requests.Session()), token=make_token(json.dumps(CLIENT)), clock=clock)
