import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Client, Response
from starlette.applications import Starlette

from local.bandyer_simulator.app import create_app

type Create = Callable[..., dict[str, Any]]


def test_state_shows_users_rooms_and_requests(api: Client, site: Client, create_room: Create) -> None:
    kept, deleted = create_room(description="kept"), create_room(description="gone")
    api.delete(f"/room/delete/{deleted['room_id']}")
    api.get("/user/list/nobody", params={"x": "secret"})

    state = site.get("/_control/state").json()

    assert [user["id"] for user in state["users"]] == ["doctor", "patient"]
    assert [
        {name: room[name] for name in ("room_id", "description", "status", "disabled", "deleted")}
        for room in state["rooms"]
    ] == [
        {
            "room_id": kept["room_id"],
            "description": "kept",
            "status": "NOT_RUNNING",
            "disabled": False,
            "deleted": False,
        },
        {
            "room_id": deleted["room_id"],
            "description": "gone",
            "status": "CLOSED",
            "disabled": False,
            "deleted": True,
        },
    ]
    assert [seat["user_id"] for seat in state["rooms"][0]["participants"]] == ["doctor", "patient"]
    assert state["requests"][-1] == {"method": "GET", "path": "/rest/user/list/nobody", "status": 400}


def test_state_shows_no_links(site: Client, link_paths: Callable[..., dict[str, str]]) -> None:
    paths = link_paths()

    state = site.get("/_control/state").text

    assert all(path.rpartition("/")[2] not in state for path in paths.values())


def test_only_requests_to_the_api_are_logged(site: Client) -> None:
    site.get("/eu/direct-rest-call-handler/nothing")
    site.get("/_control/state")

    assert site.get("/_control/state").json()["requests"] == []


def test_reset_empties_the_memory(api: Client, site: Client, create_room: Create) -> None:
    room_id = create_room()["room_id"]
    site.post("/_control/sessions", json={"room_id": room_id})
    site.post("/_control/uploads", json={"user_id": "doctor"})
    api.post("/company/update", json={"name": "Other"})
    site.post("/_control/faults", json={"method": "*", "path": "/", "fault": "status:500", "times": 9})

    reset = site.post("/_control/reset")

    assert reset.status_code == 200
    assert site.get("/_control/state").json() == {
        "users": [],
        "rooms": [],
        "requests": [],
        "held": 0,
        "connections": 0,
    }
    assert api.get("/session/list").json()["count"] == 0
    assert api.get("/upload/list").json()["count"] == 0
    assert api.get("/company").json()["company"]["name"] == "Bandyer simulator"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"path": "/", "fault": "status:500"}, "method"),
        ({"method": "GET", "fault": "status:500"}, "path"),
        ({"method": "GET", "path": "room", "fault": "status:500"}, "path"),
        ({"method": "GET", "path": "/"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "explode"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "status:200"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "status:"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "slow:-1"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "slow:nan"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "slow:601"}, "fault"),
        ({"method": "GET", "path": "/", "fault": "status:500", "times": 0}, "times"),
        ({"method": "GET", "path": "/", "fault": "status:500", "times": "2"}, "times"),
        ({"method": "GET", "path": "/", "fault": "status:429", "retry_after": -1}, "retry_after"),
        ({"method": "GET", "path": "/", "fault": "slow:1", "retry_after": 1}, "retry_after"),
        ({"method": "GET", "path": "/", "fault": "status:500", "time": 2}, "time"),
    ],
)
def test_unusable_fault_is_refused_with_its_reason(site: Client, fault: Any, message: str) -> None:
    response = site.post("/_control/faults", json=fault)

    assert response.status_code == 400
    assert message in response.json()["message"]


@pytest.mark.parametrize(
    "path", ["/_control/faults", "/_control/rooms", "/_control/sessions", "/_control/uploads"]
)
@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_control_body_that_is_no_json_object_is_refused(site: Client, path: str, body: bytes) -> None:
    response = site.post(path, content=body)

    assert response.status_code == 400
    assert "JSON" in response.json()["message"]


@pytest.mark.parametrize(
    ("path", "seed", "message"),
    [
        ("rooms", {}, "room_id"),
        ("rooms", {"room_id": "room_seeded", "participants": [{"user_id": "nobody"}]}, "user_id"),
        ("sessions", {}, "room_id"),
        ("sessions", {"room_id": "room_nothing"}, "room_id"),
        ("sessions", {"duration": -1}, "duration"),
        ("sessions", {"connected_participants": "doctor"}, "connected_participants"),
        ("sessions", {"creation_date": "today"}, "creation_date"),
        ("uploads", {"user_id": "nobody"}, "user_id"),
        ("uploads", {"user_id": "doctor", "upload_type": "video"}, "upload_type"),
        ("uploads", {"user_id": "doctor", "room_id": "room_nothing"}, "room_id"),
    ],
)
def test_unusable_seed_is_refused_with_its_reason(
    site: Client, create_room: Create, path: str, seed: dict[str, Any], message: str
) -> None:
    room_id = create_room()["room_id"]
    if path == "sessions" and seed:
        seed = {"room_id": room_id, **seed}

    response = site.post(f"/_control/{path}", json=seed)

    assert response.status_code == 400
    assert message in response.json()["message"]


def test_a_room_of_another_program_can_be_seeded_once(site: Client, api: Client, create_room: Create) -> None:
    create_room()
    people = [{"user_id": "doctor", "token": "a-token"}, {"user_id": "patient"}]
    seed = {"room_id": "room_seeded", "participants": people}

    first = site.post("/_control/rooms", json=seed)
    second = site.post("/_control/rooms", json=seed)

    assert (first.status_code, second.status_code) == (201, 400)
    info = api.get("/room/info/room_seeded").json()["room"]
    assert (info["status"], info["duration"], info["description"]) == ("NOT_RUNNING", 0, None)
    links = {link["user"]: link["url"] for link in info["user_urls"]}
    assert links.keys() == {"doctor", "patient"}
    assert links["doctor"].endswith("/a-token")


def test_session_id_can_be_seeded_once(site: Client, create_room: Create) -> None:
    seed = {"room_id": create_room()["room_id"], "session_id": "s1", "duration": None}

    first = site.post("/_control/sessions", json=seed)
    second = site.post("/_control/sessions", json=seed)

    assert (first.status_code, first.json()["duration"]) == (201, None)
    assert second.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
    ids=["rebound-name", "foreign-page", "opaque-page"],
)
def test_control_routes_refuse_other_hosts_and_origins(site: Client, headers: dict[str, str]) -> None:
    response = site.post("/_control/reset", headers=headers)

    assert response.status_code == 403


def test_control_routes_refuse_clients_on_other_machines() -> None:
    app = create_app(api_key="ak_test_x", public_url="http://127.0.0.1")

    response = _in_memory(app, "POST", "/_control/reset", peer="10.0.0.7")

    assert response.status_code == 403


def test_reset_faults_need_tracked_connections() -> None:
    app = create_app(api_key="ak_test_x", public_url="http://127.0.0.1")
    fault = {"method": "GET", "path": "/", "fault": "reset_before"}

    response = _in_memory(app, "POST", "/_control/faults", peer="127.0.0.1", body=fault)

    assert response.status_code == 400
    assert "server" in response.json()["message"]


def _in_memory(app: Starlette, method: str, path: str, *, peer: str, body: Any = None) -> Response:
    async def ask() -> Response:
        transport = ASGITransport(app=app, client=(peer, 40000))
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(ask())
