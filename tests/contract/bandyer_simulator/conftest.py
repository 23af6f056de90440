"""One simulator on a real port for all tests, reset before each, with a clock that tests advance."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Client

from local.bandyer_simulator.server import RunningSimulator, running_simulator
from tests.contract.bandyer_simulator.open_pages import OpenPage

API_KEY = "ak_test_simulator000000"
# Differs from the listening address: links must use the setting.
PUBLIC_URL = "http://127.0.0.1:8090"
START = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)

type Json = dict[str, Any]


class SettableClock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def shared_clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def shared_simulator(shared_clock: SettableClock) -> Iterator[RunningSimulator]:
    with running_simulator(api_key=API_KEY, public_url=PUBLIC_URL, clock=shared_clock) as running:
        yield running


@pytest.fixture(scope="session")
def shared_site(shared_simulator: RunningSimulator) -> Iterator[Client]:
    with Client(base_url=shared_simulator.url) as client:
        yield client


@pytest.fixture(scope="session")
def shared_api(shared_simulator: RunningSimulator) -> Iterator[Client]:
    with Client(base_url=shared_simulator.api_url, headers={"apikey": API_KEY}) as client:
        yield client


@pytest.fixture
def simulator(
    shared_simulator: RunningSimulator, shared_site: Client, shared_clock: SettableClock
) -> RunningSimulator:
    """An empty simulator."""
    shared_clock.now = START
    shared_site.post("/_control/reset")
    return shared_simulator


@pytest.fixture
def advance(shared_clock: SettableClock) -> Callable[[timedelta], None]:
    def advance_by(step: timedelta) -> None:
        shared_clock.now += step

    return advance_by


@pytest.fixture
def site(simulator: RunningSimulator, shared_site: Client) -> Client:
    """A client without an API key, for link pages and control routes."""
    return shared_site


@pytest.fixture
def api(simulator: RunningSimulator, shared_api: Client) -> Client:
    """A client of the provider's API with the right key."""
    return shared_api


@pytest.fixture
def create_user(api: Client) -> Callable[..., Json]:
    def create(user_id: str, *, role: str = "basic", **fields: Any) -> Json:
        response = api.post("/user/create", json={"id": user_id, "role": role, **fields})
        assert response.status_code == 200, response.text
        user: Json = response.json()["user"]
        return user

    return create


@pytest.fixture
def create_room(api: Client, create_user: Callable[..., Json]) -> Callable[..., Json]:
    """Creates a room of a plus and a basic user, which are created if missing."""

    def create(**fields: Any) -> Json:
        known = api.get("/user/list").json()["user_id_list"]
        for user_id, role in (("doctor", "plus"), ("patient", "basic")):
            if user_id not in known:
                create_user(user_id, role=role)
        body = {"participants": [{"user_id": "doctor", "is_admin": True}, {"user_id": "patient"}], **fields}
        response = api.post("/room/create", json=body)
        assert response.status_code == 200, response.text
        room: Json = response.json()["room"]
        return room

    return create


@pytest.fixture
def link_paths(create_room: Callable[..., Json]) -> Callable[..., dict[str, str]]:
    """Creates a room and returns the path of each user's link."""

    def paths(**fields: Any) -> dict[str, str]:
        room = create_room(**fields)
        return {entry["user"]: entry["url"].removeprefix(PUBLIC_URL) for entry in room["user_urls"]}

    return paths


@pytest.fixture
def link_of() -> Callable[..., str]:
    """Returns the path of one user's link into a room of `create_room`."""

    def link(room: Json, *, user: str) -> str:
        links: dict[str, str] = {entry["user"]: entry["url"] for entry in room["user_urls"]}
        return links[user]

    return link


@pytest.fixture
def open_page(simulator: RunningSimulator) -> Iterator[Callable[..., OpenPage]]:
    """Opens the event stream of a link; all streams are closed after the test."""
    pages: list[OpenPage] = []

    def open_page(link: str, *, query: str = "") -> OpenPage:
        pages.append(OpenPage(simulator.url, token=link.rpartition("/")[2], query=query))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture
def enter(open_page: Callable[..., OpenPage]) -> Callable[..., OpenPage]:
    """Opens a link and waits until its attendee is in the call."""

    def enter(link: str, *, query: str = "") -> OpenPage:
        return open_page(link, query=query).enter()

    return enter
