"""A participant's page asks for another room: one is made only if the provider has lost the old one."""

from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    NotAParticipantError,
    ProviderUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation
from tests.fakes.effects import failing
from tests.fakes.samples import DOOR, END, START, doctor
from tests.fakes.service import Service

OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
INSTANT = timedelta(seconds=1)


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    """A visit whose door is open."""
    created = service.create()
    service.clock.now = START
    service.effects.forget()
    return created


def room_id(visit: Teleconsultation) -> str:
    assert visit.room is not None
    return visit.room.room_id


@pytest.mark.parametrize("is_running", [True, False])
def test_a_room_that_works_stays(service: Service, visit: Teleconsultation, *, is_running: bool) -> None:
    if is_running:
        service.rooms.running.add(room_id(visit))

    assert service.check_room(visit.id) is False

    assert service.effects.log == []


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_a_lost_room_is_replaced_and_its_links_fail(
    service: Service, visit: Teleconsultation, how: str
) -> None:
    if how == "deleted":
        del service.rooms.rooms[room_id(visit)]
    else:
        service.rooms.disabled.add(room_id(visit))

    assert service.check_room(visit.id) is True

    stored = service.stored(visit.id)
    assert service.rooms.living == {room_id(stored)}
    assert stored.rooms_to_disable == frozenset()
    link = service.read(visit.id).access_link
    assert link is not None
    assert stored.room is not None
    assert any(link.startswith(room_link) for room_link in stored.room.links.values())


def test_the_second_participant_finds_the_new_room(service: Service, visit: Teleconsultation) -> None:
    service.rooms.disabled.add(room_id(visit))
    service.check_room(visit.id)

    assert service.check_room(visit.id, user_id="doctor-1") is False


@pytest.mark.parametrize("now", [OPENS - INSTANT, CLOSES], ids=str)
def test_while_the_door_is_shut_nothing_is_done(
    service: Service, visit: Teleconsultation, now: datetime
) -> None:
    service.rooms.disabled.add(room_id(visit))
    service.clock.now = now

    assert service.check_room(visit.id) is False

    assert service.effects.log == []


def test_an_incomplete_visit_has_no_room_to_replace(service: Service) -> None:
    waiting = service.create((doctor("patient-1"),), number=2)
    service.clock.now = START

    assert service.check_room(waiting.id) is False


def test_a_provider_that_cannot_answer_replaces_nothing(service: Service, visit: Teleconsultation) -> None:
    service.effects.before("room_state", failing(ProviderUnavailableError()))

    with pytest.raises(ProviderUnavailableError):
        service.check_room(visit.id)

    assert service.stored(visit.id) == visit


def test_a_replacement_under_way_is_not_made_twice(service: Service, visit: Teleconsultation) -> None:
    service.rooms.disabled.add(room_id(visit))
    refused: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(ConflictError):
            service.check_room(visit.id, user_id="doctor-1")
        refused.append("doctor-1")

    service.effects.before("create_room", meanwhile)

    assert service.check_room(visit.id) is True
    assert refused == ["doctor-1"]
    assert len(service.rooms.living) == 1


def test_strangers_are_refused(service: Service, visit: Teleconsultation) -> None:
    service.rooms.disabled.add(room_id(visit))

    with pytest.raises(NotAParticipantError):
        service.check_room(visit.id, user_id="stranger")
    with pytest.raises(TeleconsultationNotFoundError):
        service.check_room("0" * 24)

    assert service.effects.log == []


def test_a_deleted_visit_gets_no_room(service: Service, visit: Teleconsultation) -> None:
    service.delete(visit.id)

    with pytest.raises(TeleconsultationDeletedError):
        service.check_room(visit.id)

    assert service.rooms.living == set()
