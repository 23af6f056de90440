from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from bandyer import BandyerClient, RoomParticipant, StaticApiKey, new_session
from local.bandyer_simulator.server import RunningSimulator, running_simulator

API_KEY = "ak_test_0123456789ab"
DOCTOR = "user_doctor"
PATIENT = "user_patient"


@dataclass(frozen=True)
class Simulator:
    """The provider as a test sees it from behind: what it remembers, and how to make it fail."""

    url: str
    http: requests.Session

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._control("GET", "state")
        return state

    def fail(self, method: str, path: str, fault: str, **options: Any) -> None:
        self._control("POST", "faults", {"method": method, "path": path, "fault": fault, **options})

    def seed_session(self, **fields: Any) -> dict[str, Any]:
        session: dict[str, Any] = self._control("POST", "sessions", fields)
        return session

    def seed_upload(self, **fields: Any) -> dict[str, Any]:
        upload: dict[str, Any] = self._control("POST", "uploads", fields)
        return upload

    def reset(self) -> None:
        self._control("POST", "reset", {})

    def requests_seen(self) -> list[tuple[str, str, int | None]]:
        return [(seen["method"], seen["path"], seen["status"]) for seen in self.state()["requests"]]

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        response = self.http.request(method, f"{self.url}/_control/{path}", json=body, timeout=10)
        assert response.ok, response.text
        return response.json()


@dataclass
class CallersTime:
    """How long each attempt may take, and the pauses that were asked for, which take no time here."""

    seconds_left: float = 20.0
    pauses: list[float] = field(default_factory=list)

    def remaining_seconds(self) -> float:
        return self.seconds_left


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSimulator]:
    with running_simulator(api_key=API_KEY) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: RunningSimulator) -> Iterator[Simulator]:
    with requests.Session() as http:
        http.trust_env = False
        simulator = Simulator(running.url, http)
        simulator.reset()
        yield simulator
        # A request that is still held would count as the next test's.
        simulator.reset()


@pytest.fixture
def time_left() -> CallersTime:
    return CallersTime()


@pytest.fixture
def make_client(simulator: Simulator, time_left: CallersTime) -> Iterator[Callable[..., BandyerClient]]:
    with new_session() as session:

        def make(**arguments: Any) -> BandyerClient:
            defaults: dict[str, Any] = {
                "base_url": simulator.url,
                "api_key": StaticApiKey(API_KEY),
                "session": session,
                "remaining_seconds": time_left.remaining_seconds,
                "sleep": time_left.pauses.append,
            }
            return BandyerClient(**{**defaults, **arguments})

        yield make


@pytest.fixture
def bandyer(make_client: Callable[..., BandyerClient]) -> BandyerClient:
    return make_client()


@pytest.fixture
def people(bandyer: BandyerClient) -> list[RoomParticipant]:
    """A doctor and a patient the provider knows."""
    bandyer.create_user(user_id=DOCTOR, role="plus")
    bandyer.create_user(user_id=PATIENT, role="basic")
    return [RoomParticipant(DOCTOR, is_admin=True), RoomParticipant(PATIENT)]
