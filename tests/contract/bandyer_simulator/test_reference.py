"""Every answer has exactly the fields of the vendor's samples (v1.37; company and SDK: later pages)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client

from tests.fakes.jpeg import jpeg

type Create = Callable[..., dict[str, Any]]

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PAGE_FIELDS = {"skip", "limit", "has_more", "count"}
USER_FIELDS = {
    "id",
    "role",
    "can_video",
    "language",
    "firstName",
    "lastName",
    "nickname",
    "email",
    "creation_date",
}
TOOLS = {
    "chat",
    "screen_sharing",
    "whiteboard",
    "file_upload",
    "live_edit",
    "snapshot",
    "live_pointer",
    "present_to_everyone",
}


@pytest.fixture
def room(create_user: Create, api: Client, site: Client) -> dict[str, Any]:
    """The room of the vendor's sample, after one call with one upload."""
    create_user("user_a", role="plus")
    create_user("user_b")
    body = {
        "participants": [
            {"user_id": "user_a", "is_admin": True, "tools": {"chat": True}},
            {"user_id": "user_b"},
        ],
        "recording": True,
        "duration": 7200,
        "description": "visit",
        "initiatorAlias": "user_a",
    }
    created: dict[str, Any] = api.post("/room/create", json=body).json()["room"]
    room_id = created["room_id"]
    site.post("/_control/sessions", json={"room_id": room_id, "session_id": "session_1", "duration": 3784})
    site.post("/_control/uploads", json={"user_id": "user_b", "room_id": room_id, "session_id": "session_1"})
    return created


def test_company(api: Client) -> None:
    company = api.get("/company").json()["company"]

    assert set(company) == {
        "name",
        "default_language",
        "logos",
        "default_background",
        "end_call_redirect_url",
        "end_call_redirect_timeout_ms",
        "user_details_provider_url",
    }
    assert set(company["logos"]) == {"light_url", "dark_url"}
    assert set(company["default_background"]) == {"alias", "url", "creation_date"}


def test_company_update(api: Client) -> None:
    company = api.post("/company/update", json={}).json()["company"]

    assert set(company) == {
        "name",
        "default_language",
        "default_background",
        "end_call_redirect_url",
        "end_call_redirect_timeout_ms",
        "user_details_provider_url",
    }
    assert set(company["default_background"]) == {"background_alias", "url", "creation_date"}


def test_virtual_backgrounds(api: Client) -> None:
    file = {"virtual_background": ("room.jpeg", jpeg(width=1280, height=1280))}
    uploaded = api.post("/company/virtual-background", files=file).json()
    found = api.get("/company/virtual-backgrounds").json()
    alias = {"background_alias": uploaded["virtual_background"]["background_alias"]}
    deleted = api.request("DELETE", "/company/virtual-background", json=alias).json()

    names = {"background_alias", "url", "creation_date"}
    assert set(uploaded) == set(deleted) == {"virtual_background"}
    assert set(uploaded["virtual_background"]) == set(deleted["virtual_background"]) == names
    assert set(found) == {"virtual_backgrounds"}
    assert set(found["virtual_backgrounds"]) == {"default_background", "backgrounds"}
    assert set(found["virtual_backgrounds"]["default_background"]) == names
    assert [set(background) for background in found["virtual_backgrounds"]["backgrounds"]] == [names]


def test_users(api: Client) -> None:
    created = api.post("/user/create", json={"id": "user_a", "role": "basic"}).json()
    one = api.get("/user/list/user_a").json()
    updated = api.put("/user/update/user_a", json={}).json()
    deleted = api.delete("/user/delete/user_a").json()

    assert set(created) == {"user", "id"}
    assert set(created["user"]) == {"id", "role", "can_video", "language", "creation_date"}
    assert set(one["user"]) == USER_FIELDS
    assert set(updated["user"]) == USER_FIELDS | {"active"}
    assert set(deleted) == {"id", "message"}
    assert DATE.fullmatch(created["user"]["creation_date"])


def test_room_creation(room: dict[str, Any]) -> None:
    first, second = room["user_urls"]

    assert set(room) == {
        "room_id",
        "record",
        "duration",
        "directCall",
        "call_type",
        "live",
        "description",
        "user_urls",
    }
    assert re.fullmatch(r"room_[0-9a-f]{12}", room["room_id"])
    assert {**room, "room_id": None, "user_urls": None} == {
        "room_id": None,
        "record": 1,
        "duration": 7200,
        "directCall": False,
        "call_type": "audio_video",
        "live": False,
        "description": "visit",
        "user_urls": None,
    }
    assert set(first) == set(second) == {"user", "url", "is_admin", "tools"}
    assert set(first["tools"]) == set(second["tools"]) == TOOLS
    assert first["tools"] == {**dict.fromkeys(TOOLS, False), "chat": True}
    assert set(second["tools"]["whiteboard"]) == {
        "wb_pen",
        "wb_eraser",
        "wb_add_file",
        "wb_text",
        "wb_shape",
        "wb_cursor",
    }


def test_room_information(api: Client, room: dict[str, Any]) -> None:
    info = api.get(f"/room/info/{room['room_id']}").json()["room"]

    sessions = info["dialInfo"]["sessions"]
    (details,) = sessions.pop("details")
    first_event, *_ = details.pop("userEvents")
    (first_activity, _) = details.pop("userActivities")
    assert set(info) == {
        "room_id",
        "record",
        "duration",
        "durationUsed",
        "call_type",
        "live",
        "description",
        "status",
        "user_urls",
        "dialInfo",
    }
    assert (info["status"], info["durationUsed"]) == ("NOT_RUNNING", 3784)
    assert [set(entry) for entry in info["user_urls"]] == [{"user", "url"}] * 2
    assert sessions == {"number": 1, "hours": 1, "minutes": 3, "seconds": 4, "users": 2}
    assert set(details) == {"session", "creationDate", "hours", "minutes", "seconds", "users"}
    assert set(first_event) == {"user", "timestamp", "event"}
    assert set(first_activity) == {"user", "startTime", "stopTime", "seconds"}


def test_room_list(api: Client, room: dict[str, Any]) -> None:
    page = api.get("/room/list").json()

    (item,) = page["rooms"]
    assert set(page) == PAGE_FIELDS | {"rooms"}
    assert set(item) == {"room_id", "record", "call_type", "live", "description", "status", "creationDate"}
    assert DATE.fullmatch(item["creationDate"])


def test_sessions(api: Client, room: dict[str, Any]) -> None:
    fields = {"session_id", "creation_date", "duration", "connected_participants", "room_id"}

    page = api.get("/session/list").json()
    of_user = api.get("/user/user_a/session/list").json()
    one = api.get("/session/session_1").json()

    assert set(page) == set(of_user) == PAGE_FIELDS | {"sessions"}
    assert set(page["sessions"][0]) == fields | {"broadcast_id"}
    assert set(of_user["sessions"][0]) == fields
    assert one == page["sessions"][0]
    assert (one["broadcast_id"], one["connected_participants"]) == (None, ["user_a", "user_b"])


def test_uploads(api: Client, room: dict[str, Any]) -> None:
    fields = {"upload_type", "creation_date", "user_id", "session_id", "room_id"}

    page = api.get(f"/room/{room['room_id']}/upload/list").json()
    key = page["uploads"][0]["key"]
    resource = api.get("/upload/resource", params={"upload_key": key}).json()

    assert set(page) == PAGE_FIELDS | {"uploads"}
    assert set(page["uploads"][0]) == fields | {"key"}
    assert set(resource) == fields | {"url"}
    assert re.fullmatch(r"sandbox/\w+/user_b/\d+-[0-9a-f]+", key)


def test_tokens_and_credentials(api: Client, room: dict[str, Any]) -> None:
    token = room["user_urls"][0]["url"].rpartition("/")[2]

    checked = api.get(f"/token/check/{token}").json()
    deleted = api.delete(f"/token/delete/{token}").json()
    credentials = api.post("/sdk/credentials", json={"user_id": "user_a"}).json()

    assert set(checked) == {"token", "code", "message"}
    assert set(deleted) == {"token", "message"}
    assert set(credentials) == {"access_token", "expires_at", "user_id"}
    assert DATE.fullmatch(credentials["expires_at"])


def test_error(api: Client) -> None:
    error = api.post("/user/create", json={"role": "boss"}).json()

    assert set(error) == {"status", "name", "code", "message"}
    assert (error["status"], error["name"], error["code"]) == (
        422,
        "validation_error",
        "role_validation_error",
    )
