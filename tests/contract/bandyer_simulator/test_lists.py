from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Client

type Create = Callable[..., dict[str, Any]]
type Advance = Callable[[timedelta], None]


def test_rooms_come_in_pages_newest_first(api: Client, create_room: Create, advance: Advance) -> None:
    for number in range(5):
        create_room(description=str(number))
        advance(timedelta(seconds=number % 2))

    pages = [api.get("/room/list", params={"skip": skip, "limit": 2}).json() for skip in (0, 2, 4)]

    assert [[room["description"] for room in page["rooms"]] for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert [page["count"] for page in pages] == [2, 2, 1]
    assert [page["skip"] for page in pages] == [0, 2, 4]


def test_page_has_twenty_items_by_default(api: Client, create_room: Create) -> None:
    for _ in range(21):
        create_room()

    page = api.get("/room/list").json()

    assert (page["limit"], page["count"], page["has_more"]) == (20, 20, True)


def test_last_page_has_no_more(api: Client, create_room: Create) -> None:
    create_room()
    create_room()

    page = api.get("/room/list", params={"limit": 2}).json()

    assert (page["count"], page["has_more"]) == (2, False)


def test_order_is_by_creation_date_and_not_by_insertion(
    api: Client, site: Client, create_room: Create
) -> None:
    create_room()
    for date in ("2026-03-02T10:00:00.000Z", "2026-03-03T10:00:00.000Z", "2026-03-01T10:00:00.000Z"):
        site.post("/_control/uploads", json={"user_id": "patient", "creation_date": date})

    uploads = api.get("/upload/list").json()["uploads"]

    assert [upload["creation_date"][8:10] for upload in uploads] == ["03", "02", "01"]


@pytest.mark.parametrize("path", ["/room/list", "/upload/list", "/session/list"])
@pytest.mark.parametrize("filters", [{"limit": 101}, {"limit": 0}, {"skip": -1}, {"limit": "all"}])
def test_unusable_filters_are_refused(api: Client, path: str, filters: dict[str, Any]) -> None:
    response = api.get(path, params=filters)

    assert response.status_code == (400 if path == "/session/list" else 422)
    assert api.get(path, params={"limit": 100}).status_code == 200


def test_sessions_can_be_filtered_by_date(
    api: Client, site: Client, create_room: Create, advance: Advance
) -> None:
    room_id = create_room()["room_id"]
    for name in ("early", "middle", "late"):
        site.post("/_control/sessions", json={"room_id": room_id, "session_id": name})
        advance(timedelta(hours=1))

    between = api.get(
        "/session/list",
        params={"start_date": "2026-12-01T15:30:00.000Z", "end_date": "2026-12-01T18:30:00.000+01:00"},
    )
    bad = api.get("/session/list", params={"start_date": "yesterday"})

    assert [session["session_id"] for session in between.json()["sessions"]] == ["middle"]
    assert (bad.status_code, bad.json()["code"]) == (400, "get_session_list_error")


def test_sessions_of_a_user_are_those_they_were_connected_to(
    api: Client, site: Client, create_room: Create
) -> None:
    room_id = create_room()["room_id"]
    site.post("/_control/sessions", json={"room_id": room_id, "session_id": "both"})
    site.post(
        "/_control/sessions",
        json={"room_id": room_id, "session_id": "alone", "connected_participants": ["doctor"]},
    )

    of_patient = api.get("/user/patient/session/list").json()
    of_all = api.get("/session/list").json()

    assert [session["session_id"] for session in of_patient["sessions"]] == ["both"]
    assert [session["session_id"] for session in of_all["sessions"]] == ["alone", "both"]


def test_unknown_session_is_404(api: Client) -> None:
    response = api.get("/session/session_nothing")

    assert (response.status_code, response.json()["code"]) == (404, "session_not_found")


def test_uploads_are_listed_by_room_session_user_and_type(
    api: Client, site: Client, create_room: Create
) -> None:
    room_id = create_room()["room_id"]
    seeds = [
        {"user_id": "patient", "room_id": room_id, "session_id": "s1"},
        {"user_id": "doctor", "room_id": room_id, "session_id": "s2", "upload_type": "snapshot"},
        {"user_id": "doctor", "session_id": "s3", "upload_type": "generic"},
    ]
    first, second, third = (site.post("/_control/uploads", json=seed).json()["key"] for seed in seeds)

    def keys(path: str, **filters: str) -> list[str]:
        return [upload["key"] for upload in api.get(path, params=filters).json()["uploads"]]

    assert keys("/upload/list") == [third, second, first]
    assert keys(f"/room/{room_id}/upload/list") == [second, first]
    assert keys("/session/s2/upload/list") == [second]
    assert keys("/user/doctor/upload/list") == [third, second]
    assert keys("/upload/list", upload_type="snapshot") == [second]
    assert api.get("/upload/list", params={"upload_type": "video"}).status_code == 422


def test_uploads_remain_after_the_deletion_of_their_room_which_lists_them_no_more(
    api: Client, site: Client, create_room: Create
) -> None:
    room_id = create_room()["room_id"]
    site.post("/_control/uploads", json={"user_id": "patient", "room_id": room_id})

    api.delete(f"/room/delete/{room_id}")

    answer = api.get(f"/room/{room_id}/upload/list")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_room_id")
    assert api.get("/upload/list").json()["count"] == 1


def test_upload_is_deleted_once_by_a_key_in_the_body(api: Client, site: Client, create_room: Create) -> None:
    create_room()
    key = site.post("/_control/uploads", json={"user_id": "patient"}).json()["key"]

    found = api.get("/upload/resource", params={"upload_key": key})
    first = api.request("DELETE", "/upload/resource", json={"upload_key": key})
    second = api.request("DELETE", "/upload/resource", json={"upload_key": key})
    gone = api.get("/upload/resource", params={"upload_key": key})

    assert (found.status_code, found.json()["room_id"]) == (200, None)
    assert first.json() == {"upload_key": key, "upload_type": "file_upload"}
    assert (second.status_code, second.json()["code"]) == (404, "upload_not_found")
    assert (gone.status_code, gone.json()["code"]) == (404, "upload_key_not_exists")


def test_upload_key_in_the_query_deletes_nothing(api: Client, site: Client, create_room: Create) -> None:
    create_room()
    key = site.post("/_control/uploads", json={"user_id": "patient"}).json()["key"]

    response = api.delete("/upload/resource", params={"upload_key": key})

    assert response.status_code == 404
    assert api.get("/upload/list").json()["count"] == 1
