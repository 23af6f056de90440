"""The probe against the whole product, over HTTP as from outside; only the token endpoint is made up."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.asgi_server import AsgiServer
from local.gateway.invoker import InProcessInvoker
from local.ports import HOST, Ports
from local.stack import Stack
from probe import ManagerToken, Probe, ProbeSettings, Web
from teleconsultation import bootstrap
from tests.integration.api.client import ApiClient, Json, Provider, Table
from tests.integration.api.test_events import EVENTS

CLIENT = {"clientId": "probe", "clientSecret": "s3cret"}


@pytest.fixture(scope="module")
def issuer(stack: Stack) -> Iterator[str]:
    """An issuer with a token endpoint, whose tokens are the laptop issuer's."""
    port = Ports.free().issuer
    url = f"http://{HOST}:{port}"

    async def discovery(_request: Request) -> JSONResponse:
        return JSONResponse({"issuer": url, "token_endpoint": f"{url}/token"})

    async def token(request: Request) -> JSONResponse:
        if "authorization" not in request.headers:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        return JSONResponse({"access_token": stack.issuer.token("probe", manage=True), "expires_in": 3600})

    routes = [
        Route("/.well-known/openid-configuration", discovery),
        Route("/token", token, methods=["POST"]),
    ]
    with AsgiServer(Starlette(routes=routes), host=HOST, port=port):
        yield url


@pytest.fixture
def settings(stack: Stack, issuer: str) -> ProbeSettings:
    return ProbeSettings(
        page_url=stack.site_url,
        call_origins=frozenset({stack.bandyer.url}),
        issuer=issuer,
        groups=("doctor", "patient"),
    )


def _run(settings: ProbeSettings) -> list[tuple[str, str, int | None]]:
    with requests.Session() as session:
        web = Web(session)
        token = ManagerToken(
            issuer=settings.issuer,
            web=web,
            read_client=lambda: json.dumps(CLIENT),
            clock=bootstrap.clock,
        )
        failures = Probe(settings, web=web, token=token, clock=bootstrap.clock).run()
    return [(failure.step, failure.problem, failure.status) for failure in failures]


def test_two_runs_leave_two_made_up_users_and_no_room(
    settings: ProbeSettings, provider: Provider, table: Table
) -> None:
    first = _run(settings)
    users = provider.user_ids()
    second = _run(settings)

    visits = [item for item in table.items() if item["pk"]["S"].startswith("TELECONSULTATION#")]
    assert first == second == []
    assert provider.user_ids() == users
    assert len(users) == len(visits) == 2
    assert all("deletedAt" in visit for visit in visits)
    assert provider.living_rooms() == []


def test_a_provider_that_fails_is_noticed(settings: ProbeSettings, provider: Provider) -> None:
    provider.fail("POST", "/room/create", "status:500")

    assert _run(settings) == [("create", "the status is wrong", 503)]


def test_a_room_that_cannot_be_ended_is_noticed_and_the_visit_is_deleted(
    settings: ProbeSettings, provider: Provider, table: Table
) -> None:
    provider.fail("PUT", "/room/disable", "status:503", times=3)

    assert _run(settings) == [("delete", "the status is wrong", 503)]
    [visit] = [item for item in table.items() if item["pk"]["S"].startswith("TELECONSULTATION#")]
    assert "deletedAt" in visit


def test_links_that_the_page_would_refuse_are_noticed_and_nothing_is_left(
    settings: ProbeSettings, provider: Provider
) -> None:
    other = replace(settings, call_origins=frozenset({"https://other.example"}))

    assert _run(other) == [("join", "the link is not of an origin in FrameOrigins", 200)]
    assert provider.living_rooms() == []


def test_a_page_that_is_not_ours_is_noticed_and_nothing_is_left(
    settings: ProbeSettings, provider: Provider, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Web.answer
    monkeypatch.setattr(
        Web,
        "answer",
        lambda self, step, method, url, **more: answer(
            self, step, method, f"{stack.site_url}/call-ended.html" if step == "page" else url, **more
        ),
    )

    assert _run(settings) == [("page", "it is another page", 200)]
    assert provider.living_rooms() == []


def test_a_client_that_the_issuer_refuses_books_nothing(
    settings: ProbeSettings, table: Table, stack: Stack
) -> None:
    other = replace(settings, issuer=stack.issuer.url)

    assert _run(other) == [("token", "the status is wrong", 400)]
    assert table.items() == []


def test_the_sample_event_runs_the_probe_with_the_client_in_its_secret(
    api: ApiClient, stack: Stack, settings: ProbeSettings, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = stack.aws.client("secretsmanager")
    arn = secrets.create_secret(Name="probe", SecretString=json.dumps(CLIENT))["ARN"]
    monkeypatch.setenv("PROBE_SECRET_ARN", arn)
    monkeypatch.setenv("OIDC_ISSUER", settings.issuer)
    monkeypatch.setenv("PAGE_BASE_URL", stack.site_url)
    bootstrap.probe.cache_clear()
    function = stack.application.functions["ProbeFunction"]

    report = InProcessInvoker()(
        function, event=_event(), request_id="schedule", timeout_seconds=function.timeout_seconds
    )

    assert report == {"isOn": True, "failures": []}
    assert any(item["pk"]["S"].startswith("TELECONSULTATION#") for item in table.items())

    secrets.put_secret_value(SecretId=arn, SecretString="{}")
    bootstrap.probe.cache_clear()
    report = InProcessInvoker()(
        function, event=_event(), request_id="schedule", timeout_seconds=function.timeout_seconds
    )

    bootstrap.probe.cache_clear()
    assert [failure["step"] for failure in report["failures"]] == ["token"]


def test_without_a_client_it_requests_nothing(stack: Stack, table: Table) -> None:
    function = stack.application.functions["ProbeFunction"]

    report = InProcessInvoker()(
        function, event=_event(), request_id="schedule", timeout_seconds=function.timeout_seconds
    )

    assert report == {"isOn": False, "failures": []}
    assert table.items() == []


def _event() -> Json:
    event: Json = json.loads((EVENTS / "probe.json").read_text(encoding="utf-8"))
    return event
