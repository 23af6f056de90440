"""What is kept no longer is found by nobody, whichever way they come, though it may lie in the table."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    NotAParticipantError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.lifetime import DELETED_RETENTION
from teleconsultation.domain.model import Teleconsultation
from tests.fakes.samples import END
from tests.fakes.service import Service
from tests.fakes.watch import NOON

type Way = Callable[[Service, Teleconsultation], object]

EXPIRY = END + timedelta(days=30)
DELETED_EXPIRY = NOON + DELETED_RETENTION
INSTANT = timedelta(seconds=1)
WAYS: dict[str, Way] = {
    "read": lambda service, visit: service.read(visit.id),
    "read as a manager": lambda service, visit: service.read(visit.id, user_id=None, is_manager=True),
    "update": lambda service, visit: service.update(visit.id, duration_seconds=3600),
    "delete": lambda service, visit: service.delete(visit.id),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
def test_until_the_last_instant_it_is_there(service: Service, way: Way) -> None:
    visit = service.create()
    service.clock.now = EXPIRY - INSTANT

    way(service, visit)


@ways
@pytest.mark.parametrize("now", [EXPIRY, EXPIRY + timedelta(days=400)], ids=str)
def test_from_then_on_it_is_not_found_and_nothing_is_done(service: Service, way: Way, now: object) -> None:
    visit = service.create()
    service.clock.now = now  # type: ignore[assignment]
    service.effects.forget()

    with pytest.raises(TeleconsultationNotFoundError):
        way(service, visit)

    assert service.effects.log == []


def test_a_join_link_is_then_refused_like_any_other(service: Service) -> None:
    visit = service.create()
    secret = service.secrets(visit.id)["patient-1"]
    service.clock.now = EXPIRY

    with pytest.raises(NotAParticipantError):
        service.join(visit.id, secret)


def test_a_deleted_one_says_so_for_a_while_and_is_then_not_found(service: Service) -> None:
    visit = service.create()
    service.delete(visit.id)

    service.clock.now = DELETED_EXPIRY - INSTANT
    with pytest.raises(TeleconsultationDeletedError):
        service.read(visit.id)

    service.clock.now = DELETED_EXPIRY
    with pytest.raises(TeleconsultationNotFoundError):
        service.read(visit.id)


def test_a_person_stays_known_however_long_ago_their_last_visit_was(service: Service) -> None:
    service.create()
    service.clock.now = EXPIRY + timedelta(days=4000)

    assert service.teleconsultations.users(["patient-1"])
