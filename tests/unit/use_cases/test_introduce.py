"""Introducing a person ahead of their first visit."""

from dataclasses import replace

import pytest

from teleconsultation.domain.errors import AliasTakenError, InvalidRequestError, UnknownGroupError
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from teleconsultation.use_cases.introduce import Introduction, introduce_person
from tests.fakes.effects import failing
from tests.fakes.samples import PRIVILEGES, doctor, known
from tests.fakes.service import Service

ADA = User(external_id="auth0|ada", groups=("patient",), full_name="Ada Verdi", aliases=frozenset({"p-17"}))


class Died(BaseException):
    """The process is gone: nothing catches that."""


def introduce(service: Service, profile: User = ADA) -> Introduction:
    return introduce_person(profile, teleconsultations=service.teleconsultations, privileges=PRIVILEGES)


def test_who_was_introduced_can_be_booked_by_an_id_alone(service: Service) -> None:
    introduction = introduce(service)

    visit = service.create((doctor(), known(ADA.external_id)))

    assert introduction == Introduction(role=Role.BASIC, is_new=True)
    assert visit.participants[1].full_name == "Ada Verdi"


def test_an_alias_names_the_person_and_the_answer_repeats_it(service: Service) -> None:
    introduce(service)

    visit = service.create((doctor(), known("p-17")))

    assert (visit.participants[1].external_id, visit.participants[1].alias) == (ADA.external_id, "p-17")
    assert service.secrets(visit.id).keys() == {"doctor-1", "p-17"}
    renewed = service.update(visit.id, renew_join_links=("p-17",))
    assert renewed.participants[1].join_pass != visit.participants[1].join_pass
    assert service.update(visit.id, invitees=(known("doctor-1"), known("p-17"))).room == visit.room


def test_a_person_cannot_be_named_twice_by_two_ids(service: Service) -> None:
    introduce(service)

    with pytest.raises(InvalidRequestError) as error:
        service.create((doctor(), known("p-17"), known(ADA.external_id)))

    assert [one.field for one in error.value.errors] == ["participants"]


def test_the_same_introduction_again_writes_nothing(service: Service) -> None:
    introduce(service)
    service.effects.forget()

    assert introduce(service) == Introduction(role=Role.BASIC, is_new=False)
    assert service.effects.log == []


def test_a_new_profile_replaces_the_old_one_and_keeps_the_users_at_the_provider(service: Service) -> None:
    adopted = replace(
        ADA, registered_roles=frozenset({Role.BASIC}), provider_user_ids={Role.BASIC: "user_aaaa"}
    )
    service.teleconsultations.save_users([adopted])

    introduce(service, replace(ADA, full_name="Ada Verdi-Bianchi", aliases=frozenset({"p-18"})))

    stored = service.teleconsultations.users([ADA.external_id, "p-17", "p-18"])
    changed = replace(adopted, full_name="Ada Verdi-Bianchi", aliases=frozenset({"p-18"}))
    assert stored == {ADA.external_id: changed, "p-18": changed}


@pytest.mark.parametrize(
    ("profile", "error"),
    [
        (replace(ADA, groups=("visitor",)), UnknownGroupError),
        (replace(ADA, aliases=frozenset({ADA.external_id})), InvalidRequestError),
        (replace(ADA, aliases=frozenset({"bo"})), AliasTakenError),
        (replace(ADA, aliases=frozenset({"p-bo"})), AliasTakenError),
        (replace(ADA, external_id="p-bo", aliases=frozenset()), AliasTakenError),
    ],
    ids=["no configured group", "its own alias", "a person's id", "a person's alias", "an alias as id"],
)
def test_what_is_refused_changes_nothing(service: Service, profile: User, error: type[Exception]) -> None:
    introduce(service, replace(ADA, external_id="bo", aliases=frozenset({"p-bo"})))
    service.effects.forget()

    with pytest.raises(error):
        introduce(service, profile)

    assert service.effects.log == []


@pytest.mark.parametrize("effect", ["delete_alias", "save_users"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_no_alias_is_left_that_an_erasure_would_miss(
    service: Service, effect: str, when: str
) -> None:
    introduce(service)
    getattr(service.effects, when)(effect, failing(Died()))  # type: ignore[arg-type]

    with pytest.raises(Died):
        introduce(service, replace(ADA, aliases=frozenset({"p-18"})))
    service.erase("auth0|ada")

    assert service.teleconsultations.users(["auth0|ada", "p-17", "p-18"]) == {}


def test_an_erasure_by_alias_reaches_the_person(service: Service) -> None:
    introduce(service)
    visit = service.create((doctor(), known("p-17")))

    erasure = service.erase("p-17")

    assert (erasure.teleconsultations, erasure.profile_removed) == (1, True)
    assert service.teleconsultations.users(["auth0|ada", "p-17"]) == {}
    assert [person.alias for person in service.stored(visit.id).participants] == [None, None]
