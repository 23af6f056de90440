"""Adding one person to a list, and taking one off it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    FrozenError,
    NoPlusUserError,
    NotOnTheListError,
    ParticipantsCompleteError,
    PreconditionFailedError,
    TeleconsultationDeletedError,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.update import ATTEMPTS
from tests.fakes.effects import Interruption
from tests.fakes.samples import START, doctor, patient
from tests.fakes.service import Service


def names(teleconsultation: Teleconsultation) -> list[str]:
    return [person.external_id for person in teleconsultation.attendees]


class TestAdding:
    @pytest.fixture
    def waiting(self, service: Service) -> Teleconsultation:
        return service.create((patient(),), number=3)

    def test_the_person_stands_at_the_end_of_the_list(
        self, service: Service, waiting: Teleconsultation
    ) -> None:
        changed = service.update(waiting.id, joining=doctor())

        assert (names(changed), changed.room) == (["patient-1", "doctor-1"], None)
        assert service.secrets(waiting.id).keys() == {"patient-1", "doctor-1"}

    def test_the_last_one_makes_the_room(self, service: Service, waiting: Teleconsultation) -> None:
        service.update(waiting.id, joining=doctor())

        changed = service.update(waiting.id, joining=patient("patient-2"))

        assert changed.room is not None
        assert changed.room.links.keys() == {person.bandyer_user_id for person in changed.participants}

    def test_the_last_one_must_not_leave_it_without_a_plus_user(
        self, service: Service, waiting: Teleconsultation
    ) -> None:
        service.update(waiting.id, joining=patient("patient-2"))
        service.effects.forget()

        with pytest.raises(NoPlusUserError):
            service.update(waiting.id, joining=patient("patient-3"))

        assert service.effects.log == []

    def test_the_same_person_again_changes_nothing(self, service: Service, waiting: Teleconsultation) -> None:
        first = service.update(waiting.id, joining=doctor())
        service.effects.forget()

        assert service.update(waiting.id, joining=doctor()) == first
        assert service.effects.log == []

    def test_the_same_person_with_another_name_keeps_seat_link_and_room(self, service: Service) -> None:
        visit = service.create()
        secrets = service.secrets(visit.id)

        changed = service.update(visit.id, joining=doctor(full_name="Anna Neri-Verdi"))

        assert [person.full_name for person in changed.participants] == ["Anna Neri-Verdi", "Joe Smith"]
        assert (changed.room, service.secrets(visit.id)) == (visit.room, secrets)

    def test_nobody_is_added_to_a_complete_list(self, service: Service) -> None:
        visit = service.create()
        service.effects.forget()

        with pytest.raises(ParticipantsCompleteError):
            service.update(visit.id, joining=patient("patient-2"))

        assert service.effects.log == []

    def test_a_seat_that_an_erasure_has_emptied_is_free(self, service: Service) -> None:
        visit = service.create()
        service.erase("patient-1")

        changed = service.update(visit.id, joining=patient("patient-2"))

        assert names(changed) == ["doctor-1", "patient-2"]
        assert changed.room is not None
        assert changed.room != visit.room

    def test_two_people_are_added_at_once(self, service: Service, waiting: Teleconsultation) -> None:
        service.effects.before("replace", adding(service, waiting.id, "patient-2"))

        service.update(waiting.id, joining=doctor())

        assert names(service.stored(waiting.id)) == ["patient-1", "patient-2", "doctor-1"]

    def test_a_list_that_never_comes_to_rest_is_a_conflict(self, service: Service) -> None:
        waiting = service.create((patient(),), number=25)
        for number in range(ATTEMPTS):
            service.effects.before("replace", adding(service, waiting.id, f"patient-{number + 2}"))
            service.effects.before("replace", lambda: None)

        with pytest.raises(ConflictError):
            service.update(waiting.id, joining=doctor())

        assert len(service.stored(waiting.id).participants) == 1 + ATTEMPTS

    def test_a_version_that_was_asked_for_is_not_overtaken(
        self, service: Service, waiting: Teleconsultation
    ) -> None:
        service.effects.before("replace", adding(service, waiting.id, "patient-2"))

        with pytest.raises(PreconditionFailedError):
            service.update(waiting.id, joining=doctor(), if_match=waiting.entity_tag)

    def test_a_deleted_visit_takes_nobody(self, service: Service, waiting: Teleconsultation) -> None:
        service.delete(waiting.id)

        with pytest.raises(TeleconsultationDeletedError):
            service.update(waiting.id, joining=doctor())


class TestTakingOff:
    def test_the_place_stays_free_and_the_room_goes(self, service: Service) -> None:
        visit = service.create((doctor(), patient(), patient("patient-2")))

        changed = service.update(visit.id, leaving="patient-2")

        assert (names(changed), changed.participants_number) == (["doctor-1", "patient-1"], 3)
        assert (changed.room, service.rooms.living) == (None, set())
        assert service.secrets(visit.id).keys() == {"doctor-1", "patient-1"}

    def test_another_person_takes_the_place(self, service: Service) -> None:
        visit = service.create()
        secrets = service.secrets(visit.id)

        service.update(visit.id, leaving="patient-1")
        changed = service.update(visit.id, joining=patient("patient-2"))

        assert names(changed) == ["doctor-1", "patient-2"]
        assert changed.room is not None
        assert service.secrets(visit.id)["doctor-1"] == secrets["doctor-1"]

    def test_who_is_not_on_the_list_cannot_be_taken_off(self, service: Service) -> None:
        visit = service.create()
        service.effects.forget()

        for leaving in ("patient-2", "PATIENT-1", ""):
            with pytest.raises(NotOnTheListError):
                service.update(visit.id, leaving=leaving)

        assert service.effects.log == []

    def test_from_the_freeze_on_it_is_refused(self, service: Service) -> None:
        visit = service.create()
        service.clock.now = START

        with pytest.raises(FrozenError):
            service.update(visit.id, leaving="patient-1")

    def test_after_the_end_the_list_can_be_corrected(self, service: Service) -> None:
        visit = service.create()
        service.clock.now = START + timedelta(days=1)

        assert names(service.update(visit.id, leaving="patient-1")) == ["doctor-1"]

    def test_two_are_taken_off_at_once(self, service: Service) -> None:
        visit = service.create((doctor(), patient(), patient("patient-2")))
        service.effects.before("replace", lambda: taken_off(service, visit.id, "patient-2"))

        service.update(visit.id, leaving="patient-1")

        assert names(service.stored(visit.id)) == ["doctor-1"]


def test_an_alias_takes_a_person_off_too(service: Service) -> None:
    visit = service.create()
    known = service.teleconsultations.users(["patient-1"])["patient-1"]
    service.teleconsultations.save_users([replace(known, aliases=frozenset({"p-17"}))])
    service.update(visit.id, joining=patient("p-17"))

    assert names(service.update(visit.id, leaving="p-17")) == ["doctor-1"]


def adding(service: Service, teleconsultation_id: str, name: str) -> Interruption:
    def add() -> None:
        service.update(teleconsultation_id, joining=patient(name))

    return add


def taken_off(service: Service, teleconsultation_id: str, name: str) -> None:
    service.update(teleconsultation_id, leaving=name)
