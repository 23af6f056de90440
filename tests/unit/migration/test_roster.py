"""Who is who in a dump."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from migration.documents import (
    MappedUser,
    Person,
    Profile,
    VisitDocument,
    read_visit,
)
from migration.roster import Roster, roster_of, with_remembered_roles
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from tests.fakes import samples
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.fakes.watch import Watch

DOCTOR, PATIENT = "user_doctor", "user_patient"
ROLES: Mapping[str, Role] = {DOCTOR: Role.PLUS, PATIENT: Role.BASIC, "user_second": Role.BASIC}
ROWS = (
    MappedUser(provider_user_id=DOCTOR, external_id="auth0|doctor", profile=Profile()),
    MappedUser(provider_user_id=PATIENT, external_id="auth0|patient", profile=Profile()),
)


def _visit(*participants: Any, updated: str = "2026-11-01T10:00:00Z") -> VisitDocument:
    return read_visit(
        {
            "_id": "62134f1e5f3d2a001c9b8a77",
            "startDate": "2026-12-01T15:30:00Z",
            "updatedAt": updated,
            "participants": list(participants),
        }
    )


def _roster(
    *visits: VisitDocument, rows: tuple[MappedUser, ...] = ROWS, people: tuple[Person, ...] = ()
) -> Roster:
    return roster_of(rows, people=people, visits=visits, privileges=samples.PRIVILEGES, role_of=ROLES.get)


def _people(roster: Roster, visit: VisitDocument) -> list[tuple[str, str, Role, tuple[str, ...], str]]:
    rooms = InMemoryVideoRooms(clock=Watch())
    return [
        (person.external_id, person.bandyer_user_id, person.role, person.groups, person.full_name)
        for person in roster.participants(visit, privileges=samples.PRIVILEGES, rooms=rooms)
    ]


def test_without_groups_the_provider_knows_the_role() -> None:
    roster = _roster()

    assert roster.users["auth0|doctor"] == User(
        external_id="auth0|doctor",
        groups=("doctor",),
        full_name="",
        registered_roles=frozenset({Role.PLUS}),
        provider_user_ids={Role.PLUS: DOCTOR},
    )
    assert roster.users["auth0|patient"].groups == ("patient",)
    assert roster.nameless == 2


def test_the_latest_visit_names_a_person_and_the_directory_before_it() -> None:
    older = _visit(
        {"bandyerId": PATIENT, "fullName": "Joe", "language": "it"}, updated="2026-10-01T10:00:00Z"
    )
    newer = _visit({"bandyerId": PATIENT, "fullName": "Joe Smith"})
    person = Person(external_id="auth0|doctor", profile=Profile(full_name="Anna Neri"))

    users = _roster(newer, older, people=(person,)).users

    assert (users["auth0|patient"].full_name, users["auth0|patient"].language) == ("Joe Smith", "it")
    assert users["auth0|doctor"].full_name == "Anna Neri"


def test_a_seat_keeps_its_own_user_and_says_who_it_was() -> None:
    visit = _visit({"bandyerId": DOCTOR, "groups": ["doctor"], "fullName": "Dr Neri"}, {"bandyerId": PATIENT})

    assert _people(_roster(visit), visit) == [
        ("auth0|doctor", DOCTOR, Role.PLUS, ("doctor",), "Dr Neri"),
        ("auth0|patient", PATIENT, Role.BASIC, ("patient",), ""),
    ]


def test_a_seat_that_names_the_callers_id_gets_the_adopted_user() -> None:
    visit = _visit({"userExternalId": "auth0|doctor"})

    [(_, user_id, *_)] = _people(_roster(visit), visit)

    assert user_id == DOCTOR


def test_a_group_that_is_not_configured_is_replaced_by_one_of_the_role() -> None:
    visit = _visit({"bandyerId": DOCTOR, "groups": ["surgeon"]})

    assert _people(_roster(visit), visit) == [("auth0|doctor", DOCTOR, Role.PLUS, ("doctor",), "")]


def test_who_is_not_in_the_map_is_left_out() -> None:
    visit = _visit({"bandyerId": "user_nobody"}, {"bandyerId": DOCTOR})

    assert [person[0] for person in _people(_roster(visit), visit)] == ["auth0|doctor"]


def test_a_user_of_several_people_is_nobodys() -> None:
    shared = MappedUser(provider_user_id=PATIENT, external_id="auth0|other", profile=Profile())

    roster = _roster(rows=(*ROWS, shared))

    assert (roster.ambiguous, PATIENT in roster.external_ids) == (1, False)


def test_a_person_with_two_users_of_a_role_has_the_later_one() -> None:
    second = MappedUser(provider_user_id="user_second", external_id="auth0|patient", profile=Profile())

    roster = _roster(rows=(*ROWS, second))

    assert roster.users["auth0|patient"].provider_user_ids == {Role.BASIC: "user_second"}
    assert roster.doubles == 1


@pytest.mark.parametrize("groups", [(), ("surgeon",)])
def test_who_has_neither_group_nor_user_is_left_out(groups: tuple[str, ...]) -> None:
    row = MappedUser(provider_user_id="user_gone", external_id="auth0|gone", profile=Profile(groups=groups))

    roster = _roster(rows=(row,))

    assert (roster.users, roster.without_role) == ({}, 1)


def test_who_has_a_group_and_no_user_gets_one_here() -> None:
    row = MappedUser(
        provider_user_id="user_gone", external_id="auth0|gone", profile=Profile(groups=("patient",))
    )

    user = _roster(rows=(row,)).users["auth0|gone"]

    assert (user.registered_roles, user.provider_user_ids) == (frozenset(), {})


def test_who_was_adopted_before_is_not_asked_for_again() -> None:
    asked: list[str] = []

    def role_of(user_id: str) -> Role | None:
        asked.append(user_id)
        return ROLES.get(user_id)

    known = {"auth0|doctor": replace(samples.user(), provider_user_ids={Role.PLUS: DOCTOR})}
    remembered = with_remembered_roles(role_of, known=known)

    roles = [remembered(user_id) for user_id in (DOCTOR, PATIENT, PATIENT)]

    assert (roles, asked) == ([Role.PLUS, Role.BASIC, Role.BASIC], [PATIENT])
