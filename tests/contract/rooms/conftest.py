"""The providers the suite runs on: the in-memory fake, and Bandyer's client on the simulator over HTTP."""

from collections.abc import Iterator

import pytest

from bandyer import BandyerClient, StaticApiKey
from local.bandyer_simulator.server import RunningSimulator, running_simulator
from teleconsultation.domain.ports import VideoCompany, VideoRooms
from teleconsultation.provider.company import BandyerCompany
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.rooms import BandyerRooms
from tests.contract.rooms.simulator import Simulator
from tests.fakes.video_company import InMemoryVideoCompany
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.fakes.watch import Watch

API_KEY = "ak_contract"


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[RunningSimulator]:
    with running_simulator(api_key=API_KEY) as running:
        yield running


@pytest.fixture
def simulator(simulator_process: RunningSimulator) -> Iterator[Simulator]:
    simulator = Simulator(simulator_process)
    simulator.reset()
    yield simulator
    simulator.reset()


@pytest.fixture
def client(simulator: Simulator) -> BandyerClient:
    return BandyerClient(
        base_url=simulator.running.url,
        path_prefix=simulator.running.path_prefix,
        api_key=StaticApiKey(API_KEY),
        sleep=lambda _: None,
    )


@pytest.fixture
def bandyer_company(client: BandyerClient) -> BandyerCompany:
    return BandyerCompany(client)


@pytest.fixture(params=["in_memory", "bandyer_company"])
def company(request: pytest.FixtureRequest) -> VideoCompany:
    """Each implementation of the port, as new."""
    if request.param == "in_memory":
        return InMemoryVideoCompany(clock=Watch())
    implementation: VideoCompany = request.getfixturevalue(request.param)
    return implementation


@pytest.fixture
def bandyer_rooms(client: BandyerClient, simulator: Simulator) -> BandyerRooms:
    return BandyerRooms(
        client,
        ids=DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations"),
        frame_origins=lambda: frozenset({simulator.running.url}),
    )


@pytest.fixture(params=["in_memory", "bandyer_rooms"])
def rooms(request: pytest.FixtureRequest) -> VideoRooms:
    """Each implementation of the port, empty."""
    if request.param == "in_memory":
        return InMemoryVideoRooms(clock=Watch())
    implementation: VideoRooms = request.getfixturevalue(request.param)
    return implementation
