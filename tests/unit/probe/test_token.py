"""The booking system's token: how it is asked for, how long it is kept, and what is no token."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from probe import ManagerToken, Probe, ProbeError
from tests.unit.probe.conftest import API, CLIENT, ISSUER, TOKEN, Clock, World

ENDPOINT = f"{ISSUER}/oauth2/token"

type MakeToken = Callable[[str], ManagerToken]


def _form(world: World) -> dict[str, list[str]]:
    [body] = [each.request.body for each in world.mock.calls if each.request.url == ENDPOINT]
    return parse_qs(str(body))


def test_the_client_identifies_itself_and_asks_for_the_scope(make_token: MakeToken, world: World) -> None:
    world.put()

    assert make_token(json.dumps(CLIENT)).current() == TOKEN
    assert _form(world) == {"grant_type": ["client_credentials"], "scope": ["teleconsultation/manage"]}
    basic = base64.b64encode(b"probe:s3cret%2F%2B").decode()
    assert world.headers("POST", ENDPOINT) == [f"Basic {basic}"]


def test_an_audience_is_named_to_issuers_that_want_one(make_token: MakeToken, world: World) -> None:
    world.put()

    make_token(json.dumps(CLIENT | {"audience": "https://api.clinic.test"})).current()

    assert _form(world)["audience"] == ["https://api.clinic.test"]


def test_a_token_is_kept_until_shortly_before_it_expires(
    make_token: MakeToken, world: World, clock: Clock
) -> None:
    world.put()
    token = make_token(json.dumps(CLIENT))

    token.current()
    clock.advance(minutes=57)
    token.current()
    kept = len(world.headers("POST", ENDPOINT))
    clock.advance(minutes=1)
    token.current()

    assert (kept, len(world.headers("POST", ENDPOINT))) == (1, 2)


@pytest.mark.parametrize("lifetime", [None, "3600", -1, 10**9])
def test_a_token_of_unknown_lifetime_is_used_for_one_run(
    make_token: MakeToken, world: World, lifetime: Any
) -> None:
    world.answers["token"] = {"json": {"access_token": TOKEN, "expires_in": lifetime}}
    world.put()
    token = make_token(json.dumps(CLIENT))

    token.current()
    token.current()

    assert len(world.headers("POST", ENDPOINT)) == 2


def test_a_token_that_the_api_refuses_is_renewed_in_the_next_run(probe: Probe, world: World) -> None:
    world.answers["create"] = {"json": {"message": "Unauthorized"}, "status": 401}
    world.put()

    probe.run()
    probe.run()

    assert len(world.headers("POST", ENDPOINT)) == len(world.headers("POST", API)) == 2


@pytest.mark.parametrize(
    "client", ["", "nonsense", "[]", "{}", '{"clientId": "probe"}', '{"clientId": 1, "clientSecret": 2}']
)
def test_a_secret_that_names_no_client_is_a_failure_that_does_not_quote_it(
    make_token: MakeToken, world: World, client: str
) -> None:
    world.put()

    with pytest.raises(ProbeError, match="token: the probe's secret has no clientId and clientSecret"):
        make_token(client).current()

    assert world.sent() == []


@pytest.mark.parametrize(
    ("name", "answer", "problem"),
    [
        ("discovery", {"status": 404}, "the status is wrong"),
        ("discovery", {"body": requests.ConnectionError()}, "no answer: ConnectionError"),
        ("discovery", {"json": {"issuer": ISSUER}}, "the issuer has no token_endpoint"),
        (
            "discovery",
            {"json": {"token_endpoint": "http://issuer.test/"}},
            "the issuer has no token_endpoint",
        ),
        ("token", {"json": {"error": "invalid_client"}, "status": 401}, "the status is wrong"),
        ("token", {"body": "<html>", "content_type": "text/html"}, "the answer is not JSON"),
        ("token", {"json": {"token_type": "bearer"}}, "the answer has no access_token"),
        ("token", {"json": {"access_token": "a\r\nb"}}, "the answer has no access_token"),
    ],
)
def test_without_a_token_nothing_is_booked(
    probe: Probe, world: World, name: str, answer: Any, problem: str
) -> None:
    world.answers[name] = answer
    world.put()

    assert [(failure.step, failure.problem) for failure in probe.run()] == [("token", problem)]
    assert world.headers("POST", API) == []
