"""A deployment in memory, and a provider that has what the sample speaks of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from bandyer import BandyerClient, StaticApiKey
from migration.connection import Connection
from migration.documents import State, VisitDocument
from migration.dump import Dump
from migration.rehearsal import CLOSED
from teleconsultation.domain.model import Role, Room
from tests.fakes.service import RETENTION, Service

SAMPLE = Path(__file__).parents[3] / "samples" / "mia-dump"
BANDYER = "https://bandyer.test"


@pytest.fixture
def provider() -> Iterator[responses.RequestsMock]:
    """The provider as far as the ports do not ask it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{BANDYER}/rest/company", json={"company": {"name": "Clinic"}})
        yield mock


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def connection(service: Service, provider: responses.RequestsMock) -> Connection:
    """A connection to a deployment whose provider has the sample's users and rooms."""
    for visit in Dump(SAMPLE).visits():
        if isinstance(visit, VisitDocument):
            _give(service, visit)
    return Connection(
        ports=service.ports,
        policy=service.policy,
        join_secrets=service.join_secrets,
        retention=RETENTION,
        page_url="https://visits.example",
        provider=BandyerClient(base_url=BANDYER, api_key=StaticApiKey("ak_test")),
    )


def _give(service: Service, visit: VisitDocument) -> None:
    links = {}
    for seat in visit.seats:
        if seat.provider_user_id is not None:
            # The first of a visit's people is a doctor, but for one visit, whose room is gone.
            is_doctor = seat is visit.seats[0] and visit.room_state != CLOSED
            service.rooms.users.add(seat.provider_user_id)
            service.rooms.roles.setdefault(seat.provider_user_id, Role.PLUS if is_doctor else Role.BASIC)
            links[seat.provider_user_id] = f"https://provider.test/{visit.id}/{seat.provider_user_id}"
    if visit.room_id and visit.state is State.PUBLIC and visit.room_state != CLOSED:
        seconds = 1800 if visit.end_date is None else None
        service.rooms.add_foreign(Room(room_id=visit.room_id, duration_seconds=seconds, links=links))
