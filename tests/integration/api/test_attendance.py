"""Webhooks of the provider and the attendance that follows from them, through the gateway."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.gateway.invoker import InProcessInvoker
from local.stack import Stack
from tests.fakes.provider_events import signature
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    PATIENT,
    Answer,
    ApiClient,
    Json,
    Provider,
    Table,
    World,
    dates,
    visit,
)


def tell(
    api: ApiClient,
    event: Json,
    *,
    key: str | None = None,
    at: datetime | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Post an event, signed with the laptop's key just now unless told otherwise."""
    body = json.dumps(event)
    made = signature(body, key=key or api.stack.bandyer.api_key, at=at or datetime.now(UTC))
    sent = {"content-type": "application/json", "bandyer-signature": made} if headers is None else headers
    return api.request("POST", "/webhooks/bandyer", token=None, body=body.encode(), headers=sent)


def event(name: str, *, room_id: str, user_id: str | None = None, **more: Any) -> Json:
    data: Json = {"room_id": room_id, "session_id": "session_1", "user_id": user_id}
    return {
        "event": name,
        "event_version": "1.0",
        "namespace": "user",
        "timestamp": int(datetime.now(UTC).timestamp() * 1000),
        "data": data,
        **more,
    }


@pytest.fixture
def reconcile(stack: Stack) -> Callable[[], None]:
    """Runs the reconciler."""
    function = stack.application.functions["ReconcileRoomsFunction"]
    return lambda: InProcessInvoker()(
        function, event={"source": "aws.events"}, request_id="run", timeout_seconds=300
    )


def attendance(api: ApiClient, visit_id: str) -> Answer:
    return api.request(
        "GET", f"/teleconsultation/{visit_id}/attendance", token=api.token(MANAGER, manage=True)
    )


@pytest.fixture
def open_visit(api: ApiClient) -> str:
    return api.create(visit(**dates(start_in_seconds=60)))


@pytest.fixture
def room(open_visit: str, provider: Provider) -> Json:
    [room] = provider.rooms()
    assert open_visit in room["description"]
    return room


def user_ids(api: ApiClient, visit_id: str) -> dict[str, str]:
    return {user: api.get(visit_id, user=user).body["bandyerUserId"] for user in (DOCTOR, PATIENT)}


def test_events_become_the_attendance_of_their_visit(api: ApiClient, open_visit: str, room: Json) -> None:
    etag = api.get(open_visit, user=PATIENT).headers["etag"]
    ids = user_ids(api, open_visit)
    earlier = int((datetime.now(UTC) - timedelta(seconds=30)).timestamp() * 1000)

    answers = [
        tell(api, event("on_user_connected", room_id=room["room_id"], user_id=user_id, timestamp=earlier))
        for user_id in ids.values()
        for _ in range(2)
    ]

    found = attendance(api, open_visit)
    assert [answer.status for answer in answers] == [200] * 4
    assert (found.status, found.body["outcome"], found.body["isFinal"]) == (200, "held", False)
    assert [seat["userExternalId"] for seat in found.body["seats"]] == [DOCTOR, PATIENT]
    assert all(30 <= seat["seconds"] <= 60 and seat["isConnected"] for seat in found.body["seats"])
    assert api.get(open_visit, user=PATIENT).headers["etag"] == etag


def test_a_visit_of_which_nothing_is_known_says_so(api: ApiClient, open_visit: str) -> None:
    found = attendance(api, open_visit)

    assert (found.body["outcome"], found.body["isFinal"]) == ("unknown", False)


@pytest.mark.parametrize(("key", "seconds_ago"), [("ak_of_somebody_else", 0), (None, 301), (None, -301)])
def test_nothing_is_read_of_an_event_with_a_bad_signature(
    api: ApiClient, world: World, room: Json, key: str | None, seconds_ago: int
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)

    with world.unchanged():
        answer = tell(api, event("on_user_connected", room_id=room["room_id"]), key=key, at=at)

    assert (answer.status, answer.code) == (401, "invalid_signature")


@pytest.mark.parametrize("headers", [{}, {"bandyer-signature": ""}, {"bandyer-signature": "t=1,v0=00"}])
def test_an_event_without_a_signature_is_refused(
    api: ApiClient, world: World, room: Json, headers: dict[str, str]
) -> None:
    with world.unchanged():
        answer = tell(api, event("on_user_connected", room_id=room["room_id"]), headers=headers)

    assert (answer.status, answer.code) == (401, "invalid_signature")


def test_a_room_of_another_program_is_answered_with_200(
    api: ApiClient, table: Table, provider: Provider
) -> None:
    for _ in range(2):
        answer = tell(api, event("on_user_connected", room_id="room_of_others", user_id="usr_theirs"))
        assert answer.status == 200

    assert [item["pk"]["S"] for item in table.items()] == ["ROOM#room_of_others"]
    assert provider.calls() == [("GET", "room/info")]


def test_a_room_of_another_program_that_is_made_or_deleted_changes_nothing(
    api: ApiClient, world: World
) -> None:
    with world.unchanged():
        assert tell(api, event("on_room_created", room_id="room_1")).status == 200
        assert tell(api, event("on_room_new_feedback", room_id="room_1")).status == 200


def test_a_room_that_is_deleted_days_before_its_visit_is_replaced_by_the_next_run(
    api: ApiClient, provider: Provider, table: Table, reconcile: Callable[[], None]
) -> None:
    id_ = api.create(visit(**dates(start_in_seconds=20 * 86_400)))
    etag = api.get(id_, user=PATIENT).headers["etag"]
    [room] = provider.rooms()
    [link, *_] = table.teleconsultation(id_)["room"]["M"]["links"]["M"].values()
    links = [{"user": "somebody", "url": link["S"]}]
    data = {"room_id": room["room_id"], "description": room["description"], "participants": links}
    made = tell(api, event("on_room_created", room_id=room["room_id"], data=data))
    [owner] = [item for item in table.items() if item["pk"]["S"] == f"ROOM#{room['room_id']}"]
    provider.lose_rooms()

    deleted = tell(api, event("on_room_deleted", room_id=room["room_id"]))
    unchanged = api.get(id_, user=PATIENT).headers["etag"]
    reconcile()

    assert (made.status, deleted.status, unchanged) == (200, 200, etag)
    assert link["S"] not in json.dumps(owner)
    [new] = provider.living_rooms()
    assert id_ in new["description"]


def test_while_the_provider_cannot_say_whose_room_it_is_the_event_is_to_be_repeated(
    api: ApiClient, provider: Provider, open_visit: str, room: Json
) -> None:
    told = event("on_user_connected", room_id=room["room_id"], user_id=user_ids(api, open_visit)[DOCTOR])
    provider.fail("GET", "/room/info", "status:500", times=9)
    first = tell(api, told)
    provider.recover()

    again = tell(api, told)

    assert (first.status, again.status) == (503, 200)
    assert attendance(api, open_visit).body["seats"][0]["isConnected"]


def test_a_deleted_visit_has_no_attendance(api: ApiClient, open_visit: str) -> None:
    api.delete(open_visit)

    answer = attendance(api, open_visit)

    assert (answer.status, answer.code) == (410, "deleted")
