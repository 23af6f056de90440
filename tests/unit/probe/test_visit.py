"""One run of the probe: what it sends, and what each kind of wrong answer makes of it."""

from typing import Any

import pytest
import requests

from probe import Probe
from tests.unit.probe.conftest import API, ID, PAGE, SECRET, SITE, TOKEN, Clock, World, booked, call

DELETED = ("DELETE", f"{API}/{ID}")


def _failures(probe: Probe) -> list[tuple[str, str, int | None]]:
    return [(failure.step, failure.problem, failure.status) for failure in probe.run()]


def test_a_visit_is_booked_opened_entered_and_deleted(probe: Probe, world: World) -> None:
    world.put()

    assert _failures(probe) == []
    assert world.sent()[2:] == [
        ("POST", API),
        ("GET", f"{SITE}/teleconsultation/{ID}"),
        ("GET", f"{API}/{ID}/join"),
        DELETED,
    ]
    assert world.headers("POST", API) == world.headers(*DELETED) == [f"Bearer {TOKEN}"]
    assert world.headers("GET", f"{API}/{ID}/join") == [f"Bearer {SECRET}"]


def test_the_visit_is_open_short_and_of_nobody(probe: Probe, world: World) -> None:
    world.put()

    probe.run()

    assert world.body("POST", API) == {
        "participants": {
            "number": 2,
            "data": [
                {"userExternalId": "probe-1", "groups": ["doctor"], "fullName": "Probe"},
                {"userExternalId": "probe-2", "groups": ["patient"], "fullName": "Probe"},
            ],
        },
        "start_date": "2026-12-01T15:29:00Z",
        "duration_in_seconds": 300,
    }


@pytest.mark.parametrize(
    ("answer", "problem", "status"),
    [
        ({"json": {"code": "provider_unavailable"}, "status": 503}, "the status is wrong", 503),
        ({"body": "<h1>Bad gateway</h1>", "status": 502}, "the status is wrong", 502),
        ({"json": {"message": "Unauthorized"}, "status": 401}, "the status is wrong", 401),
        ({"body": "<html>", "status": 201, "content_type": "text/html"}, "the answer is not JSON", 201),
        (
            {"body": "{", "status": 201, "content_type": "application/json"},
            "the answer is not JSON",
            201,
        ),
        ({"json": [], "status": 201}, "the answer is not an object", 201),
        ({"json": booked(roomId="../other"), "status": 201}, "the answer has no roomId", None),
        ({"status": 307, "headers": {"location": "https://login.test/"}}, "the status is wrong", 307),
        ({"body": requests.ReadTimeout()}, "no answer: ReadTimeout", None),
        ({"body": requests.ConnectionError()}, "no answer: ConnectionError", None),
    ],
)
def test_a_visit_that_is_not_booked_ends_the_run(
    probe: Probe, world: World, answer: Any, problem: str, status: int | None
) -> None:
    world.answers["create"] = answer
    world.put()

    assert _failures(probe) == [("create", problem, status)]
    assert world.sent()[-1] == ("POST", API)


@pytest.mark.parametrize(
    ("answer", "problem", "status"),
    [
        (
            {"body": "<h1>Sign in to the guest network</h1>", "content_type": "text/html"},
            "it is another page",
            200,
        ),
        ({"json": {}}, "it is another page", 200),
        ({"body": PAGE, "content_type": "text/plain"}, "it is another page", 200),
        ({"body": "x" * 1_000_001, "content_type": "text/html"}, "the answer is too long", 200),
        ({"body": "", "status": 403}, "the status is wrong", 403),
        ({"body": requests.exceptions.SSLError()}, "no answer: SSLError", None),
    ],
)
def test_another_page_is_a_failure_and_the_visit_is_deleted(
    probe: Probe, world: World, answer: Any, problem: str, status: int | None
) -> None:
    world.answers["page"] = answer
    world.put()

    assert _failures(probe) == [("page", problem, status)]
    assert world.sent()[-1] == DELETED


@pytest.mark.parametrize(
    ("answer", "problem", "status"),
    [
        ({"json": {"code": "storage_unavailable"}, "status": 503}, "the status is wrong", 503),
        ({"body": "<html>", "content_type": "text/html"}, "the answer is not JSON", 200),
        ({"json": call(), "content_type": "text/html"}, "the answer is not JSON", 200),
        ({"json": call(roomId="0" * 24)}, "the answer is of another visit", 200),
        ({"json": call(state="SCHEDULED", accessLinkURL=None)}, "the door is not open", 200),
        ({"json": call(accessLinkURL=None)}, "the link is not of an origin in FrameOrigins", 200),
        (
            {"json": call(accessLinkURL="https://calls.test.evil.test/x")},
            "the link is not of an origin in FrameOrigins",
            200,
        ),
        (
            {"json": call(accessLinkURL="http://calls.test/x")},
            "the link is not of an origin in FrameOrigins",
            200,
        ),
        ({"json": call(accessLinkURL="https://[")}, "the link is not of an origin in FrameOrigins", 200),
        ({"body": requests.ReadTimeout()}, "no answer: ReadTimeout", None),
    ],
)
def test_a_visit_that_cannot_be_entered_is_a_failure_and_is_deleted(
    probe: Probe, world: World, answer: Any, problem: str, status: int | None
) -> None:
    world.answers["join"] = answer
    world.put()

    assert _failures(probe) == [("join", problem, status)]
    assert world.sent()[-1] == DELETED


@pytest.mark.parametrize(
    "participants",
    [
        None,
        [],
        [{"userExternalId": "probe-2"}],
        [{"userExternalId": "probe-2", "joinUrl": f"https://other.test/teleconsultation/{ID}#j=x"}],
        [{"userExternalId": "probe-2", "joinUrl": f"{SITE}/teleconsultation/{ID}"}],
        [{"userExternalId": "probe-2", "joinUrl": f"{SITE}/teleconsultation/{ID}#j=x\r\nX: y"}],
    ],
)
def test_a_booking_without_a_join_link_of_the_page_is_deleted(
    probe: Probe, world: World, participants: Any
) -> None:
    world.answers["create"] = {"json": booked(participants=participants), "status": 201}
    world.put()

    assert _failures(probe) == [("join", "the booking has no join link of this page", None)]
    assert world.sent()[-1] == DELETED


@pytest.mark.parametrize(
    ("answer", "problem", "status"),
    [
        ({"json": {"code": "provider_unavailable"}, "status": 503}, "the status is wrong", 503),
        ({"body": "", "status": 200}, "the status is wrong", 200),
        ({"body": requests.ReadTimeout()}, "no answer: ReadTimeout", None),
    ],
)
def test_a_visit_that_cannot_be_deleted_is_a_failure(
    probe: Probe, world: World, answer: Any, problem: str, status: int | None
) -> None:
    world.answers["delete"] = answer
    world.put()

    assert _failures(probe) == [("delete", problem, status)]


def test_all_that_failed_is_reported(probe: Probe, world: World) -> None:
    world.answers |= {"page": {"status": 500}, "join": {"status": 500}, "delete": {"status": 500}}
    world.put()

    assert [step for step, _, _ in _failures(probe)] == ["page", "join", "delete"]


def test_the_next_run_begins_anew(probe: Probe, world: World, clock: Clock) -> None:
    world.answers["create"] = {"status": 503}
    world.put()
    probe.run()
    del world.answers["create"]
    clock.advance(minutes=5)
    world.put()

    assert _failures(probe) == []
