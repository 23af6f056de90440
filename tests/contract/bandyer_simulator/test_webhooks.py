"""Webhooks: subscriptions, what a call sends, and what goes wrong on the way."""

import hashlib
import hmac
import json
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.asgi_server import AsgiServer
from local.bandyer_simulator.memory.webhooks import Happening
from local.bandyer_simulator.webhooks.bodies import headers_for
from tests.contract.bandyer_simulator.conftest import API_KEY, START
from tests.contract.bandyer_simulator.open_pages import OpenPage

WAIT_SECONDS = 20
CALL = ["on_session_started", "on_session_resumed", "on_session_paused", "on_session_ended"]
PEOPLE = ["on_user_connected", "on_user_disconnected"]

type Enter = Callable[..., OpenPage]
type Paths = Callable[..., dict[str, str]]


@dataclass
class Received:
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def is_signed(self) -> bool:
        moment, _, digest = self.headers["bandyer-signature"].removeprefix("t=").partition(",v0=")
        message = f"{moment}.".encode() + self.body
        return digest == hmac.new(API_KEY.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class Receiver:
    url: str = ""
    arrived: "queue.Queue[Received]" = field(default_factory=queue.Queue)
    statuses: list[int] = field(default_factory=list)
    """The next answers; 200 when there is none."""

    def take(self, number: int) -> list[Received]:
        return [self.arrived.get(timeout=WAIT_SECONDS) for _ in range(number)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    async def receive(request: Request) -> Response:
        receiver.arrived.put(Received(await request.body(), dict(request.headers)))
        return Response(status_code=receiver.statuses.pop(0) if receiver.statuses else 200)

    with AsgiServer(Starlette(routes=[Route("/hook", receive, methods=["POST"])])) as server:
        receiver.url = f"{server.url}/hook"
        yield receiver


def subscribe(api: Client, receiver: Receiver, *events: str, version: str = "v1") -> dict[str, Any]:
    answer = api.post(
        f"/{version}/hook/configure",
        json={
            "post_event_webhook_url": receiver.url,
            "webhook_method": "POST",
            "webhook_filters": list(events),
        },
    )
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def test_signature_is_the_vendors_vector() -> None:
    happening = Happening(event="test", room_id="room", at=START)

    headers = headers_for(
        b'{"event":"test"}', happening=happening, version="v1", key="ak_live_123456", now=1554193902
    )

    digest = "6841e55cb12f2d9d1216c47097c75fd737a22a3a00c8d8f8d3d35fb2b613ce5b"
    assert headers == {"bandyer-signature": f"t=1554193902,v0={digest}"}


def test_configuration_is_declarative(api: Client, receiver: Receiver) -> None:
    subscribe(api, receiver, *PEOPLE)

    answered = subscribe(api, receiver, *CALL)

    assert [hook["event"] for hook in answered["active_webhooks"]] == CALL
    listed = api.get("/v1/hook").json()["active_webhooks"]
    assert [hook["event"] for hook in listed[receiver.url]] == CALL
    assert {hook["event_version"] for hook in listed[receiver.url]} == {"1"}
    assert api.get("/hook").json()["active_webhooks"] == listed
    assert api.get("/v0/hook").json() == {"active_webhooks": {}}


def test_version_left_out_is_v0(api: Client, receiver: Receiver) -> None:
    api.post(
        "/hook/configure",
        json={
            "post_event_webhook_url": receiver.url,
            "webhook_method": "POST",
            "webhook_filters": ["on_call_ended"],
        },
    )

    assert list(api.get("/v0/hook").json()["active_webhooks"]) == [receiver.url]


@pytest.mark.parametrize(
    "change",
    [
        {"post_event_webhook_url": "no address"},
        {"webhook_method": "GET"},
        {"webhook_filters": ["on_nothing"]},
        {"webhook_filters": "on_user_connected"},
    ],
)
def test_wrong_configuration_is_refused(api: Client, receiver: Receiver, change: dict[str, Any]) -> None:
    body = {"post_event_webhook_url": receiver.url, "webhook_method": "POST", "webhook_filters": []}

    assert api.post("/v1/hook/configure", json=body | change).status_code == 422


def test_call_is_told_event_by_event(
    api: Client, receiver: Receiver, link_paths: Paths, enter: Enter
) -> None:
    subscribe(api, receiver, *CALL, *PEOPLE)
    paths = link_paths()

    doctor = enter(paths["doctor"])
    patient = enter(paths["patient"])
    patient.send("leave")
    doctor.expect("left")
    doctor.send("leave")
    doctor.expect_end()
    arrived = receiver.take(7)

    assert all(each.is_signed for each in arrived)
    assert [(each.json["event"], each.json["data"].get("user_id")) for each in arrived] == [
        ("on_user_connected", "doctor"),
        ("on_user_connected", "patient"),
        ("on_session_started", None),
        ("on_user_disconnected", "patient"),
        ("on_session_paused", None),
        ("on_user_disconnected", "doctor"),
        ("on_session_ended", None),
    ]
    assert len({each.json["data"]["session_id"] for each in arrived}) == 1
    assert {each.json["timestamp"] for each in arrived} == {int(START.timestamp() * 1000)}


def test_a_room_that_is_made_is_told_with_its_description(
    api: Client, receiver: Receiver, link_paths: Paths
) -> None:
    subscribe(api, receiver, "on_room_created")

    link_paths(description="visit.seal")
    (told,) = receiver.take(1)

    assert told.json["data"]["description"] == "visit.seal"


def test_v0_signs_the_room_and_nests_its_data(api: Client, receiver: Receiver, link_paths: Paths) -> None:
    link_paths()
    room_id = api.get("/room/list").json()["rooms"][0]["room_id"]
    subscribe(api, receiver, "on_room_disabled", version="v0")

    api.put(f"/room/disable/{room_id}")
    (told,) = receiver.take(1)

    assert (
        told.headers["room-id-hmac"]
        == hmac.new(API_KEY.encode(), room_id.encode(), hashlib.sha256).hexdigest()
    )
    assert json.loads(told.json["data"])["room_id"] == room_id


def test_event_is_repeated_until_it_is_received(
    api: Client, receiver: Receiver, link_paths: Paths, enter: Enter
) -> None:
    subscribe(api, receiver, "on_user_connected")
    receiver.statuses = [503, 204]

    enter(link_paths()["doctor"])
    arrived = receiver.take(3)

    assert len({each.body for each in arrived}) == 1


def test_switches_duplicate_and_forge(
    api: Client, site: Client, receiver: Receiver, link_paths: Paths, enter: Enter
) -> None:
    subscribe(api, receiver, "on_user_connected")
    site.post("/_control/webhooks", json={"duplicate": True, "bad_signature": True})

    enter(link_paths()["doctor"])
    arrived = receiver.take(2)

    assert [each.is_signed for each in arrived] == [False, False]


def test_dropped_event_is_never_sent(
    api: Client, site: Client, receiver: Receiver, link_paths: Paths, enter: Enter
) -> None:
    subscribe(api, receiver, "on_user_connected")
    paths = link_paths()
    site.post("/_control/webhooks", json={"drop": True})
    enter(paths["doctor"])
    site.post("/_control/webhooks", json={})

    enter(paths["patient"])

    assert [each.json["data"]["user_id"] for each in receiver.take(1)] == ["patient"]


def test_delayed_event_waits(
    api: Client, site: Client, receiver: Receiver, link_paths: Paths, enter: Enter
) -> None:
    subscribe(api, receiver, "on_user_connected")
    paths = link_paths()
    site.post("/_control/webhooks", json={"delay_seconds": 600})
    enter(paths["doctor"])
    site.post("/_control/webhooks", json={})

    enter(paths["patient"])

    assert [each.json["data"]["user_id"] for each in receiver.take(1)] == ["patient"]
    waiting = site.get("/_control/webhooks").json()["waiting"]
    assert [each["event"] for each in waiting] == ["on_user_connected"]


@pytest.mark.parametrize("switches", [{"drop": 1}, {"delay_seconds": -1}, {"lose": True}])
def test_unknown_switch_is_refused(site: Client, switches: dict[str, Any]) -> None:
    assert site.post("/_control/webhooks", json=switches).status_code == 400
