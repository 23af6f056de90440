"""The endpoints' secret: what it may say, and how soon a change of it counts."""

import json
from typing import Any

import pytest

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.endpoints import FAILED_FOR, KEPT_FOR, Endpoints, read_endpoints
from teleconsultation.settings import SettingsError
from tests.fakes.watch import Watch

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b2xk" * 8
BILLING: dict[str, Any] = {"url": "https://billing.example/hooks", "secret": SECRET}


def test_an_endpoint_has_a_url_and_a_key() -> None:
    [endpoint] = read_endpoints(json.dumps({"billing": BILLING}), allows_loopback=False).values()

    assert (endpoint.id, endpoint.url, len(endpoint.keys)) == ("billing", BILLING["url"], 1)
    assert "billing.example" not in repr(endpoint)


def test_while_its_secret_changes_it_has_two() -> None:
    text = json.dumps({"billing": BILLING | {"previousSecret": OTHER}})

    [endpoint] = read_endpoints(text, allows_loopback=False).values()

    assert endpoint.keys[1] == b"old" * 8


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        (json.dumps({"Billing!": BILLING}), "name has other characters"),
        (json.dumps({"a" * 41: BILLING}), "more than 40"),
        (json.dumps({"billing": []}), "endpoint billing: write url"),
        (json.dumps({"billing": {"url": BILLING["url"]}}), "endpoint billing: write url"),
        (json.dumps({"billing": BILLING | {"Secret": "x"}}), "endpoint billing: write url"),
        (json.dumps({"billing": BILLING | {"url": "http://10.0.0.1"}}), "url must be an https"),
        (json.dumps({"billing": BILLING | {"url": 7}}), "url must be an https"),
        (json.dumps({"billing": BILLING | {"secret": "short"}}), "a secret is whsec_"),
        (json.dumps({"billing": BILLING | {"secret": None}}), "a secret is whsec_"),
    ],
)
def test_what_is_wrong_is_named_without_a_secret(text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as failure:
        read_endpoints(text, allows_loopback=False)

    assert SECRET not in str(failure.value)


def test_a_change_counts_within_a_minute_and_is_not_asked_for_more_often() -> None:
    texts = [json.dumps({}), json.dumps({"billing": BILLING})]
    clock = Watch()
    endpoints = Endpoints(lambda: texts.pop(0), clock=clock)

    before = endpoints.current()
    unasked = endpoints.current()
    clock.advance(seconds=KEPT_FOR.total_seconds())

    assert before == unasked == {}
    assert endpoints.current().keys() == {"billing"}


@pytest.mark.parametrize("failure", [EventsUnavailableError("timeout"), None])
def test_while_they_cannot_be_read_they_are_asked_for_once_in_ten_seconds(failure: Exception | None) -> None:
    answers: list[str | Exception] = [failure or "no JSON", json.dumps({"billing": BILLING})]
    clock = Watch()

    def read() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    endpoints = Endpoints(read, clock=clock)
    for _ in range(3):
        with pytest.raises((EventsUnavailableError, SettingsError)):
            endpoints.current()
    assert len(answers) == 1
    clock.now += FAILED_FOR

    assert endpoints.current().keys() == {"billing"}
