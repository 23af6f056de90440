"""People who are named by an id alone are looked up in the directory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    DirectoryUnavailableError,
    InvalidRequestError,
    UnknownGroupError,
    UnknownParticipantError,
)
from teleconsultation.domain.people import DirectoryEntry
from teleconsultation.domain.ports import Ports
from tests.fakes.directory import InMemoryDirectory
from tests.fakes.samples import doctor, known, patient, schedule
from tests.fakes.service import Service
from tests.fakes.watch import NOON

GREG = DirectoryEntry(
    external_id="doctor-1", groups=("doctor", "staff"), full_name="Anna Neri", language="en"
)
JOE = DirectoryEntry(external_id="auth0|joe", groups=("patient",), full_name="Joe Smith")


@pytest.fixture
def directory(service: Service) -> InMemoryDirectory:
    directory = InMemoryDirectory({"doctor-1": GREG, "p-17": JOE})
    service.ports = replace(service.ports, directory=directory)
    return directory


def test_a_list_of_ids_works_the_first_time_and_is_remembered(
    service: Service, directory: InMemoryDirectory
) -> None:
    first = service.create((known("doctor-1"), known("p-17")))
    service.create((known("doctor-1"), known("p-17")))

    assert [(person.external_id, person.alias, person.full_name) for person in first.participants] == [
        ("doctor-1", None, "Anna Neri"),
        ("auth0|joe", "p-17", "Joe Smith"),
    ]
    assert first.room is not None
    assert directory.asked == [("doctor-1", "p-17")]
    assert service.teleconsultations.users(["p-17"])["p-17"].looked_up_at == NOON


def test_only_configured_groups_are_kept(service: Service, directory: InMemoryDirectory) -> None:
    visit = service.create((known("doctor-1"), known("p-17")))

    assert visit.participants[0].groups == ("doctor",)


@pytest.mark.usefixtures("directory")
def test_a_change_looks_people_up_too(service: Service) -> None:
    waiting = service.create((doctor(),), number=2)

    changed = service.update(waiting.id, invitees=(known("doctor-1"), known("p-17")))

    assert changed.participants[1].external_id == "auth0|joe"


def test_who_is_sent_with_a_profile_is_not_looked_up(service: Service, directory: InMemoryDirectory) -> None:
    service.create((doctor(), patient("p-17")))
    service.create((known("doctor-1"), known("p-17")), schedule=schedule())

    assert directory.asked == []


def test_who_is_unknown_there_too_is_named_and_nothing_is_written(
    service: Service, directory: InMemoryDirectory
) -> None:
    with pytest.raises(UnknownParticipantError) as error:
        service.create((known("doctor-1"), replace(known("nobody"), field_path="participants[1]")))

    assert [one.field for one in error.value.errors] == ["participants[1]"]
    assert "directory" in error.value.errors[0].message
    assert service.effects.log == []


def test_who_has_no_configured_group_there_is_refused(service: Service, directory: InMemoryDirectory) -> None:
    directory.people["p-17"] = replace(JOE, groups=("visitor",))

    with pytest.raises(UnknownGroupError):
        service.create((known("doctor-1"), known("p-17")))

    assert service.effects.log == []


def test_down_it_costs_a_visit_with_new_people_and_no_other(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create((known("doctor-1"), known("p-17")))
    directory.is_down = True
    service.effects.forget()

    with pytest.raises(DirectoryUnavailableError):
        service.create((known("doctor-1"), known("nobody")))

    assert service.effects.log == []
    assert service.create((known("doctor-1"), known("p-17"))).room is not None


def test_an_old_profile_is_asked_for_again_and_serves_while_it_cannot_be(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create((known("doctor-1"), known("p-17")))
    service.clock.advance(seconds=30 * 86_400 + 1)
    later = schedule(start_date=service.clock.now + timedelta(days=1))
    directory.people["doctor-1"] = replace(GREG, full_name="Anna Neri-Rossi")
    directory.is_down = True

    old = service.create((known("doctor-1"), known("p-17")), schedule=later)
    directory.is_down = False
    new = service.create((known("doctor-1"), known("p-17")), schedule=later)
    service.create((known("doctor-1"), known("p-17")), schedule=later)

    assert [visit.participants[0].full_name for visit in (old, new)] == ["Anna Neri", "Anna Neri-Rossi"]
    assert len(directory.asked) == 3


def test_a_profile_that_a_caller_sent_is_never_replaced(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create((doctor(), patient("auth0|joe", full_name="Joe Smith-Neri")))

    visit = service.create((known("doctor-1"), known("p-17")))

    assert (visit.participants[1].external_id, visit.participants[1].full_name) == (
        "auth0|joe",
        "Joe Smith-Neri",
    )
    assert service.teleconsultations.users(["p-17"]).keys() == {"p-17"}


@pytest.mark.usefixtures("directory")
def test_one_person_by_two_ids_is_refused(service: Service) -> None:
    service.create((doctor(), patient("auth0|joe")))

    with pytest.raises(InvalidRequestError) as error:
        service.create((known("doctor-1"), known("p-17"), known("auth0|joe")))

    assert [one.field for one in error.value.errors] == ["participants"]


def test_an_erasure_ends_what_the_directory_has_told(service: Service, directory: InMemoryDirectory) -> None:
    service.create((known("doctor-1"), known("p-17")))
    directory.people.clear()

    service.erase("auth0|joe")

    assert service.teleconsultations.users(["p-17", "auth0|joe"]) == {}


def test_ports_without_a_directory_are_as_before(service: Service) -> None:
    assert isinstance(service.ports, Ports)

    with pytest.raises(UnknownParticipantError) as error:
        service.create((known("doctor-1"), known("p-17")))

    assert "directory" not in error.value.errors[0].message


def test_an_id_that_the_directory_gives_to_another_account_stands_for_that_one(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create((known("doctor-1"), known("p-17")))
    service.clock.advance(seconds=30 * 86_400 + 1)
    directory.people["p-17"] = replace(JOE, external_id="auth0|joe-2", full_name="Joe Smith-Neri")
    later = schedule(start_date=service.clock.now + timedelta(days=1))

    visits = [service.create((known("doctor-1"), known("p-17")), schedule=later) for _ in range(2)]

    assert [visit.participants[1].external_id for visit in visits] == ["auth0|joe-2", "auth0|joe-2"]
    assert service.teleconsultations.users(["auth0|joe"])["auth0|joe"].full_name == "Joe Smith"
