"""A room's links work as long as they should and no longer, at the provider itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.gateway.invoker import InProcessInvoker
from local.stack import Stack
from teleconsultation import bootstrap
from tests.integration.api.client import (
    DOCTOR,
    PATIENT,
    ApiClient,
    Json,
    Provider,
    dates,
    visit,
)

MINUTE, HOUR = 60, 3600
EVENT: Json = json.loads('{"source": "aws.events"}')

type Move = Callable[[float], None]


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Lets the functions see a later time."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(bootstrap, "clock", lambda: datetime.now(UTC) + timedelta(seconds=seconds))

    return move


@pytest.fixture
def reconcile(stack: Stack) -> Callable[[], Json]:
    """Runs the reconciler."""
    function = stack.application.functions["ReconcileRoomsFunction"]

    def run() -> Json:
        report: Json = InProcessInvoker()(function, event=EVENT, request_id="run", timeout_seconds=300)
        return report

    return run


@pytest.fixture
def open_visit(api: ApiClient) -> str:
    return api.create(visit(**dates(start_in_seconds=MINUTE)))


def link_of(api: ApiClient, visit_id: str, *, user: str = PATIENT) -> str:
    link: str = api.get(visit_id, user=user).body["accessLinkURL"]
    return link


@pytest.mark.parametrize("body", [{"newRoom": True}, {"renewJoinLinks": [PATIENT]}], ids=str)
def test_a_link_that_somebody_has_taken_fails_once_they_are_locked_out(
    api: ApiClient, provider: Provider, open_visit: str, body: Json
) -> None:
    stolen = link_of(api, open_visit)
    assert provider.answer_to(stolen) == 200

    assert api.patch(open_visit, body).status == 204

    assert provider.answer_to(stolen) == 410
    assert provider.answer_to(link_of(api, open_visit, user=DOCTOR)) == 200


def test_a_link_fails_when_the_door_has_closed(
    api: ApiClient, provider: Provider, open_visit: str, move_clock: Move, reconcile: Callable[[], Json]
) -> None:
    copied = link_of(api, open_visit)
    move_clock(HOUR + MINUTE + 15 * MINUTE)

    assert reconcile()["settled"] == 1

    assert provider.answer_to(copied) == 410
    assert api.get(open_visit, user=PATIENT).body["state"] == "ENDED"


def test_a_visit_that_is_moved_to_another_day_has_a_room_that_nobody_was_in(
    api: ApiClient, provider: Provider, open_visit: str
) -> None:
    old = link_of(api, open_visit)

    assert api.patch(open_visit, dates(start_in_seconds=26 * HOUR)).status == 204

    assert provider.answer_to(old) == 410
    assert len([room for room in provider.rooms() if not room["disabled"]]) == 1


def test_a_room_that_is_lost_before_the_opening_is_replaced(
    api: ApiClient, provider: Provider, move_clock: Move, reconcile: Callable[[], Json]
) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=HOUR)))
    provider.lose_rooms()
    move_clock(25 * MINUTE)

    assert reconcile()["lostRooms"] == 1

    move_clock(HOUR)
    assert provider.answer_to(link_of(api, visit_id)) == 200


@pytest.mark.parametrize("by", ["token", "join link"])
def test_a_page_that_cannot_enter_has_the_lost_room_replaced(
    api: ApiClient, provider: Provider, by: str
) -> None:
    visit_id, secrets = api.invite(visit(**dates(start_in_seconds=MINUTE)))
    provider.lose_rooms()
    assert provider.answer_to(link_of(api, visit_id)) == 410

    if by == "token":
        answer = api.check_room(visit_id, user=PATIENT)
    else:
        answer = api.check_room(visit_id, secret=secrets[PATIENT])

    assert (answer.status, answer.body) == (204, None)
    assert provider.answer_to(link_of(api, visit_id)) == 200


def test_a_page_that_asks_in_vain_changes_nothing(api: ApiClient, open_visit: str) -> None:
    before = link_of(api, open_visit)

    assert api.check_room(open_visit, user=PATIENT).status == 204

    assert link_of(api, open_visit) == before


def test_a_visit_of_the_past_is_refused_and_the_field_is_named(api: ApiClient, provider: Provider) -> None:
    answer = api.post(visit(**dates(start_in_seconds=-3 * HOUR)))

    assert (answer.status, answer.fields) == (400, ["end_date"])
    assert provider.rooms() == []
