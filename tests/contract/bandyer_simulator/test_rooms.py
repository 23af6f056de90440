from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client

type Create = Callable[..., dict[str, Any]]

PAIR = [{"user_id": "doctor"}, {"user_id": "patient"}]


@pytest.fixture
def _people(create_user: Create) -> None:
    create_user("doctor", role="plus")
    create_user("patient", role="basic")


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"participants": None}, "invalid_participants"),
        ({"participants": {}}, "invalid_participants"),
        ({"participants": ["doctor", "patient"]}, "invalid_participants"),
        ({"participants": [{"user_id": "doctor"}, {}]}, "invalid_participants"),
        ({"participants": [{"user_id": "doctor", "is_admin": 1}, PAIR[1]]}, "invalid_participants"),
        ({"participants": []}, "invalid_participants_number"),
        ({"participants": PAIR[:1]}, "invalid_participants_number"),
        ({"participants": PAIR * 13}, "invalid_participants_number"),
        ({"participants": [*PAIR, PAIR[0]]}, "duplicate_participant"),
        ({"participants": [{"user_id": "doctor", "tools": "all"}, PAIR[1]]}, "invalid_tools"),
        ({"duration": 59}, "invalid_duration"),
        ({"duration": 0}, "invalid_duration"),
        ({"duration": -60}, "invalid_duration"),
        ({"duration": "120"}, "invalid_duration"),
        ({"duration": 60.5}, "invalid_duration"),
        ({"duration": True}, "invalid_duration"),
        ({"recording": "yes"}, "invalid_recording"),
        ({"recording_type": "always"}, "invalid_recording_type"),
        ({"call_type": "video"}, "invalid_call_type"),
        ({"directCall": "true"}, "invalid_directCall"),
        ({"live": 1}, "invalid_live"),
        ({"description": 7}, "invalid_description"),
    ],
)
def test_broken_rule_is_422_and_makes_no_room(api: Client, change: dict[str, Any], code: str) -> None:
    response = api.post("/room/create", json={"participants": PAIR, **change})

    assert response.status_code == 422
    assert (response.json()["name"], response.json()["code"]) == ("validation_error", code)
    assert api.get("/room/list").json()["rooms"] == []


def test_participants_are_required(api: Client) -> None:
    response = api.post("/room/create", json={})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_participants")


def test_unknown_participant_is_400(api: Client, create_user: Create) -> None:
    create_user("doctor", role="plus")

    response = api.post("/room/create", json={"participants": PAIR})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_user_id")


def test_unknown_initiator_is_400(api: Client, create_room: Create) -> None:
    create_room()

    response = api.post("/room/create", json={"participants": PAIR, "initiatorAlias": "nobody"})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_user_id")


def test_room_needs_somebody_with_the_role_plus(api: Client, create_user: Create) -> None:
    create_user("ann")
    create_user("bob")

    response = api.post("/room/create", json={"participants": [{"user_id": "ann"}, {"user_id": "bob"}]})

    assert (response.status_code, response.json()["code"]) == (422, "no_plus_user")


def test_being_admin_does_not_make_a_user_plus(api: Client, create_user: Create) -> None:
    create_user("ann")
    create_user("bob")
    participants = [{"user_id": "ann", "is_admin": True}, {"user_id": "bob"}]

    response = api.post("/room/create", json={"participants": participants})

    assert (response.status_code, response.json()["code"]) == (422, "no_plus_user")


@pytest.mark.parametrize("number", [2, 25])
def test_two_to_twenty_five_people_fit(api: Client, create_user: Create, number: int) -> None:
    for index in range(number):
        create_user(f"user{index}", role="plus" if index == 0 else "basic")

    response = api.post(
        "/room/create", json={"participants": [{"user_id": f"user{index}"} for index in range(number)]}
    )

    urls = [entry["url"] for entry in response.json()["room"]["user_urls"]]
    assert len(set(urls)) == number


@pytest.mark.parametrize("duration", [60, 86_400, 1_000_000])
def test_duration_has_a_minimum_and_no_maximum(create_room: Create, duration: int) -> None:
    room = create_room(duration=duration)

    assert room["duration"] == duration


def test_room_without_a_duration_is_unlimited(create_room: Create) -> None:
    room = create_room()

    assert room["duration"] == 0


@pytest.mark.parametrize(
    ("sent", "record"),
    [
        ({}, 0),
        ({"recording": True}, 1),
        ({"recording": False}, 0),
        ({"record": "1"}, 1),
        ({"record": "0"}, 0),
    ],
)
def test_recording_is_answered_as_one_or_zero_and_listed_as_boolean(
    api: Client, create_room: Create, sent: dict[str, Any], record: int
) -> None:
    room = create_room(**sent)

    info = api.get(f"/room/info/{room['room_id']}").json()["room"]
    listed = api.get("/room/list").json()["rooms"][0]
    assert room["record"] == info["record"] == record
    assert type(info["record"]) is int
    assert listed["record"] is bool(record)


@pytest.mark.parametrize(
    ("direct", "handler"), [(True, "direct-rest-call-handler"), (False, "rest-call-handler")]
)
def test_links_follow_direct_call(create_room: Create, direct: bool, handler: str) -> None:  # noqa: FBT001
    room = create_room(directCall=direct)

    for entry in room["user_urls"]:
        base, _, token = entry["url"].rpartition("/")
        assert base == f"http://127.0.0.1:8090/eu/{handler}"
        assert len(token) == 26
        assert set(token) <= set("0123456789abcdef")


def test_links_of_two_rooms_have_nothing_in_common(create_room: Create) -> None:
    first, second = create_room(), create_room()

    urls = [entry["url"] for room in (first, second) for entry in room["user_urls"]]
    assert len(set(urls)) == 4
    assert first["room_id"] != second["room_id"]


def test_repeated_creation_makes_a_second_room(api: Client, create_room: Create) -> None:
    create_room(description="attempt 1")
    create_room(description="attempt 1")

    assert [room["description"] for room in api.get("/room/list").json()["rooms"]] == ["attempt 1"] * 2


def test_tools_and_admin_are_each_participants_own(api: Client, create_room: Create) -> None:
    create_room()
    participants = [{"user_id": "doctor", "is_admin": True, "tools": {"chat": True}}, {"user_id": "patient"}]

    room = api.post("/room/create", json={"participants": participants}).json()["room"]

    doctor, patient = room["user_urls"]
    assert (doctor["is_admin"], patient["is_admin"]) == (True, False)
    assert (doctor["tools"]["screen_sharing"], patient["tools"]["screen_sharing"]) == (False, True)
    assert patient["tools"]["whiteboard"]["wb_pen"] is True


def test_room_has_no_update(api: Client, create_room: Create) -> None:
    room = create_room()

    response = api.put(f"/room/update/{room['room_id']}", json={"duration": 600})

    assert response.status_code == 404


def test_disabled_room_stays_readable_and_loses_its_links(api: Client, create_room: Create) -> None:
    room_id = create_room()["room_id"]
    before = api.get(f"/room/info/{room_id}").json()["room"]

    answer = api.put(f"/room/disable/{room_id}")

    after = api.get(f"/room/info/{room_id}").json()["room"]
    message = f"Room {room_id} and all user links associated disabled"
    assert answer.json() == {"room": {"room_id": room_id, "message": message}}
    assert "disabled" not in before
    assert (after["disabled"], after["user_urls"], after["status"]) == (True, [], "CLOSED")
    assert api.get("/room/list").json()["rooms"][0]["disabled"] is True


def test_disabling_cannot_be_undone(api: Client, create_room: Create) -> None:
    room_id = create_room()["room_id"]
    api.put(f"/room/disable/{room_id}")

    again = api.put(f"/room/disable/{room_id}")
    enable = api.put(f"/room/enable/{room_id}")

    assert (again.status_code, enable.status_code) == (200, 404)
    assert api.get(f"/room/info/{room_id}").json()["room"]["disabled"] is True


def test_deleted_room_is_unknown_from_then_on(api: Client, create_room: Create) -> None:
    room_id = create_room()["room_id"]

    answer = api.delete(f"/room/delete/{room_id}")

    message = f"Room {room_id} and all user links associated deleted"
    assert answer.json() == {"room": {"room_id": room_id, "message": message}}
    assert api.get("/room/list").json()["rooms"] == []
    for response in (
        api.get(f"/room/info/{room_id}"),
        api.put(f"/room/disable/{room_id}"),
        api.delete(f"/room/delete/{room_id}"),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "invalid_room_id")


def test_room_whose_time_is_used_up_is_closed(api: Client, site: Client, create_room: Create) -> None:
    room_id = create_room(duration=60)["room_id"]

    site.post("/_control/sessions", json={"room_id": room_id, "duration": 61})

    info = api.get(f"/room/info/{room_id}").json()["room"]
    assert (info["status"], info["durationUsed"], info["user_urls"]) == ("CLOSED", 60, [])


def test_room_without_a_limit_never_closes_by_itself(api: Client, site: Client, create_room: Create) -> None:
    room_id = create_room()["room_id"]

    site.post("/_control/sessions", json={"room_id": room_id, "duration": 100_000})

    info = api.get(f"/room/info/{room_id}").json()["room"]
    assert (info["status"], info["durationUsed"]) == ("NOT_RUNNING", 100_000)
