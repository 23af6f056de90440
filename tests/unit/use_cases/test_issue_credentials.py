"""Credentials for a person's app: in their highest role, for their user at the provider, stored nowhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    DirectoryUnavailableError,
    ProviderUnavailableError,
    UnknownPersonError,
)
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import DirectoryEntry
from teleconsultation.domain.room_details import SdkCredentials
from teleconsultation.use_cases.issue_credentials import issue_credentials
from tests.fakes.directory import InMemoryDirectory
from tests.fakes.effects import failing
from tests.fakes.samples import PRIVILEGES, doctor, invitee, user
from tests.fakes.service import Service
from tests.fakes.watch import NOON


def issue(
    service: Service, external_id: str | None = "patient-1", *, claimed_groups: tuple[str, ...] = ()
) -> SdkCredentials:
    return issue_credentials(
        external_id,
        claimed_groups=claimed_groups,
        expires_in_seconds=600,
        ports=service.ports,
        privileges=PRIVILEGES,
    )


def test_they_are_for_the_user_with_whom_the_person_enters_calls(service: Service) -> None:
    visit = service.create()
    service.effects.forget()

    credentials = issue(service)

    seat = visit.participant("patient-1")
    assert seat is not None
    assert credentials.bandyer_user_id == seat.bandyer_user_id
    assert credentials.expires_at == NOON + timedelta(seconds=600)
    assert service.effects.log == ["credentials"]


def test_somebody_who_was_basic_and_plus_gets_the_plus_user(service: Service) -> None:
    service.create()
    service.create((doctor(), invitee("patient-1", group="doctor", full_name="Joe Smith")))
    service.create()  # the profile's groups are those of a patient again

    assert issue(service).bandyer_user_id == service.rooms.user_id("patient-1", role=Role.PLUS)


def test_an_adopted_user_stays_who_they_are(service: Service) -> None:
    adopted = replace(user(), provider_user_ids={Role.BASIC: "user_of_the_original"})
    service.teleconsultations.save_users([adopted])
    service.rooms.users.add("user_of_the_original")

    assert issue(service).bandyer_user_id == "user_of_the_original"


def test_a_user_whom_the_provider_has_lost_is_made_again(service: Service) -> None:
    service.create()
    service.rooms.users.clear()
    service.effects.forget()

    issue(service)

    assert service.effects.log == ["register", "credentials"]


def test_a_person_whom_no_visit_has_named_has_the_role_of_the_tokens_groups(service: Service) -> None:
    credentials = issue(service, "new", claimed_groups=("staff", "doctor"))

    assert credentials.bandyer_user_id == service.rooms.user_id("new", role=Role.PLUS)
    assert service.teleconsultations.users(["new"]) == {}


@pytest.mark.parametrize(("external_id", "groups"), [("new", ()), ("new", ("staff",)), (None, ()), ("", ())])
def test_nobody_else_gets_any(service: Service, external_id: str | None, groups: tuple[str, ...]) -> None:
    with pytest.raises(UnknownPersonError):
        issue(service, external_id, claimed_groups=groups)

    assert service.effects.log == []


def test_the_claim_does_not_raise_a_known_person(service: Service) -> None:
    service.create()

    credentials = issue(service, claimed_groups=("doctor",))

    assert credentials.bandyer_user_id == service.rooms.user_id("patient-1", role=Role.BASIC)


def test_a_token_that_names_an_alias_is_not_the_persons(service: Service) -> None:
    service.teleconsultations.save_users([replace(user(), aliases=frozenset({"p-17"}))])

    with pytest.raises(UnknownPersonError):
        issue(service, "p-17")

    credentials = issue(service, "p-17", claimed_groups=("patient",))
    assert credentials.bandyer_user_id == service.rooms.user_id("p-17", role=Role.BASIC)


@pytest.fixture
def directory(service: Service) -> InMemoryDirectory:
    entry = DirectoryEntry(external_id="auth0|joe", groups=("staff", "doctor"), full_name="Joe Smith")
    directory = InMemoryDirectory({"p-17": entry})
    service.ports = replace(service.ports, directory=directory)
    return directory


def test_a_person_whom_only_the_directory_knows_has_the_role_of_their_groups_there(
    service: Service, directory: InMemoryDirectory
) -> None:
    credentials = issue(service, "auth0|joe")

    assert credentials.bandyer_user_id == service.rooms.user_id("auth0|joe", role=Role.PLUS)
    assert directory.asked == [("auth0|joe",)]
    assert service.teleconsultations.users(["auth0|joe"]) == {}


def test_the_directory_is_not_asked_for_who_is_known_or_has_a_group_in_the_token(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create()

    issue(service)
    issue(service, "auth0|joe", claimed_groups=("patient",))

    assert directory.asked == []


@pytest.mark.parametrize("external_id", ["p-17", "nobody"])
def test_who_holds_no_token_there_gets_none(
    service: Service, directory: InMemoryDirectory, external_id: str
) -> None:
    with pytest.raises(UnknownPersonError):
        issue(service, external_id)

    assert directory.asked == [(external_id,)]
    assert service.effects.log == []


def test_who_has_no_configured_group_there_gets_none(service: Service, directory: InMemoryDirectory) -> None:
    directory.people["p-17"] = replace(directory.people["p-17"], groups=("visitor",))

    with pytest.raises(UnknownPersonError):
        issue(service, "auth0|joe")

    assert service.effects.log == []


def test_a_profile_that_a_caller_sent_is_not_replaced(service: Service, directory: InMemoryDirectory) -> None:
    service.teleconsultations.save_users(
        [replace(user("auth0|joe", group="visitor"), registered_roles=frozenset())]
    )

    with pytest.raises(UnknownPersonError):
        issue(service, "auth0|joe")

    assert directory.asked == []


def test_a_directory_that_is_down_costs_strangers_the_answer_and_nobody_else(
    service: Service, directory: InMemoryDirectory
) -> None:
    service.create()
    directory.is_down = True
    service.effects.forget()

    with pytest.raises(DirectoryUnavailableError):
        issue(service, "auth0|joe")

    assert service.effects.log == []
    assert issue(service).bandyer_user_id == service.rooms.user_id("patient-1", role=Role.BASIC)


def test_a_provider_that_cannot_answer_is_reported(service: Service) -> None:
    service.create()
    service.effects.before("credentials", failing(ProviderUnavailableError()))

    with pytest.raises(ProviderUnavailableError):
        issue(service)
