"""What a participant agreed to is kept with its time, once for each version, until the visit is forgotten."""

from datetime import timedelta

import pytest

from teleconsultation.domain.consent import Consent
from teleconsultation.domain.errors import (
    ConsentVersionError,
    NotAParticipantError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation
from tests.fakes.samples import END, START, doctor, patient
from tests.fakes.service import RETENTION, Service

HOUR = timedelta(hours=1)


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    created = service.create()
    service.clock.now = START
    service.effects.forget()
    return created


def agreed(service: Service, visit: Teleconsultation) -> list[list[str]]:
    """Return the versions agreed to, by seat."""
    given = service.consents.of(visit.id)
    return [
        [one.version for one in given.get(person.bandyer_user_id, ())]
        for person in service.stored(visit.id).participants
    ]


def test_a_consent_has_its_time_and_the_first_one_stays(service: Service, visit: Teleconsultation) -> None:
    first = service.agree(visit.id)
    service.clock.now += HOUR
    second = service.agree(visit.id)

    assert first == second == Consent(version="1", given_at=START)
    assert agreed(service, visit) == [[], ["1"]]


def test_another_version_is_another_consent(service: Service, visit: Teleconsultation) -> None:
    service.agree(visit.id)
    service.clock.now += HOUR
    service.agree(visit.id, version="2", asked_version="2")

    assert agreed(service, visit) == [[], ["1", "2"]]


@pytest.mark.parametrize("asked", ["2", ""], ids=["another", "none"])
def test_a_version_that_is_not_asked_for_is_refused(
    service: Service, visit: Teleconsultation, asked: str
) -> None:
    with pytest.raises(ConsentVersionError):
        service.agree(visit.id, version="1", asked_version=asked)

    assert service.effects.log == []


def test_the_visit_and_its_version_stay(service: Service, visit: Teleconsultation) -> None:
    service.agree(visit.id)

    assert service.stored(visit.id) == visit
    assert service.effects.log == ["give_consent"]


def test_only_participants_agree(service: Service, visit: Teleconsultation) -> None:
    with pytest.raises(NotAParticipantError):
        service.agree(visit.id, user_id="a stranger")
    with pytest.raises(NotAParticipantError):
        service.agree(visit.id, user_id="booking-system", is_manager=True)
    with pytest.raises(TeleconsultationNotFoundError):
        service.agree("0" * 24)

    assert service.effects.log == []


def test_nobody_agrees_to_a_deleted_visit(service: Service, visit: Teleconsultation) -> None:
    service.delete(visit.id)

    with pytest.raises(TeleconsultationDeletedError):
        service.agree(visit.id)


def test_it_is_kept_as_long_as_the_visit_also_when_the_visit_moves(
    service: Service, visit: Teleconsultation
) -> None:
    service.agree(visit.id)
    before = service.consents.expiries[visit.id]
    service.update(visit.id, start_date=START + timedelta(days=60), end_date=END + timedelta(days=60))
    service.agree(visit.id)

    assert before == END + RETENTION
    assert service.consents.expiries[visit.id] == END + timedelta(days=60) + RETENTION


def test_an_erased_person_has_agreed_to_nothing_and_the_others_have(
    service: Service, visit: Teleconsultation
) -> None:
    for user_id in ("doctor-1", "patient-1"):
        service.agree(visit.id, user_id=user_id)

    service.erase("patient-1")

    assert agreed(service, visit) == [["1"], []]
    assert len(service.consents.of(visit.id)) == 1


def test_an_erased_person_has_agreed_to_nothing_in_another_role_either(
    service: Service, visit: Teleconsultation
) -> None:
    service.agree(visit.id, user_id="patient-1")
    service.clock.now = START - HOUR
    service.update(visit.id, invitees=(doctor(), doctor("patient-1")))
    service.agree(visit.id, user_id="patient-1")
    assert len(service.consents.of(visit.id)) == 2

    service.erase("patient-1")

    assert service.consents.of(visit.id) == {}


def test_an_erased_person_has_agreed_to_nothing_in_a_visit_that_they_have_left_either(
    service: Service, visit: Teleconsultation
) -> None:
    for user_id in ("doctor-1", "patient-1"):
        service.agree(visit.id, user_id=user_id)
    service.clock.now = START - HOUR
    service.update(visit.id, invitees=(doctor(), patient("another")))

    service.erase("patient-1")

    assert agreed(service, visit) == [["1"], []]
    assert len(service.consents.of(visit.id)) == 1
