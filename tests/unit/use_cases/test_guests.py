"""From the people a request names to participants."""

from dataclasses import replace

import pytest

from teleconsultation.domain.errors import (
    InvalidRequestError,
    NoPlusUserError,
    UnknownGroupError,
    UnknownParticipantError,
)
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.guests import GuestList, Invitee, check_headcount, check_plus_user, guest_list
from tests.fakes.calls import InMemoryCalls
from tests.fakes.samples import PRIVILEGES, doctor, invitee, known, participant, patient, user
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.fakes.watch import Watch


@pytest.fixture
def teleconsultations() -> InMemoryTeleconsultations:
    return InMemoryTeleconsultations(clock=Watch())


@pytest.fixture
def rooms() -> InMemoryVideoRooms:
    return InMemoryVideoRooms(clock=Watch())


@pytest.fixture
def ports(teleconsultations: InMemoryTeleconsultations, rooms: InMemoryVideoRooms) -> Ports:
    clock = Watch()
    return Ports(
        teleconsultations=teleconsultations, calls=InMemoryCalls(clock=clock), rooms=rooms, clock=clock
    )


@pytest.fixture
def listed(ports: Ports) -> "Listed":
    return Listed(ports)


class Listed:
    """`guest_list`, with everything but the invitees given."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def __call__(self, *invitees: Invitee) -> GuestList:
        return guest_list(invitees, ports=self._ports, privileges=PRIVILEGES)


@pytest.mark.parametrize("number", [0, 1, 26])
def test_two_to_25_people_may_be_expected(number: int) -> None:
    with pytest.raises(InvalidRequestError) as error:
        check_headcount(number, ())

    assert [each.field for each in error.value.errors] == ["participants.number"]


@pytest.mark.parametrize(("number", "named"), [(2, 0), (2, 2), (25, 25), (25, 1)])
def test_as_many_as_expected_or_fewer_may_be_named(number: int, named: int) -> None:
    check_headcount(number, [patient(f"patient-{index}") for index in range(named)])


def test_more_may_not_be_named_than_are_expected() -> None:
    with pytest.raises(InvalidRequestError) as error:
        check_headcount(2, [doctor(), patient("a"), patient("b")])

    assert [each.field for each in error.value.errors] == ["participants.data"]


def test_nobody_may_be_named_twice_even_with_another_profile() -> None:
    with pytest.raises(InvalidRequestError) as error:
        check_headcount(3, [doctor("same"), patient("same")])

    assert [each.field for each in error.value.errors] == ["participants"]


def test_a_call_needs_somebody_who_may_organise_it() -> None:
    with pytest.raises(NoPlusUserError):
        check_plus_user([participant("a"), participant("b")])

    check_plus_user([participant("a"), participant("b", role=Role.PLUS)])


def test_groups_decide_the_role_and_the_role_the_provider_id(
    listed: Listed, rooms: InMemoryVideoRooms
) -> None:
    guests = listed(doctor("d"), patient("p"))

    assert [person.role for person in guests.participants] == [Role.PLUS, Role.BASIC]
    assert [person.bandyer_user_id for person in guests.participants] == [
        rooms.user_id("d", role=Role.PLUS),
        rooms.user_id("p", role=Role.BASIC),
    ]


def test_a_member_of_both_kinds_of_groups_gets_the_higher_role(listed: Listed) -> None:
    both = replace(patient(), groups=("patient", "doctor"))

    [person] = listed(both).participants

    assert (person.role, person.groups) == (Role.PLUS, ("patient", "doctor"))


def test_everybody_without_a_configured_group_is_named(listed: Listed) -> None:
    lost = replace(invitee("x", group="visitor", full_name="X"), field_path="participants.data[1]")
    stray = replace(invitee("y", group="Doctor", full_name="Y"), field_path="participants.data[2]")

    with pytest.raises(UnknownGroupError) as error:
        listed(doctor(), lost, stray)

    assert [each.field for each in error.value.errors] == [
        "participants.data[1].groups",
        "participants.data[2].groups",
    ]


def test_everybody_unknown_who_was_sent_without_a_profile_is_named(
    listed: Listed, teleconsultations: InMemoryTeleconsultations
) -> None:
    teleconsultations.save_users([user("met")])
    nameless = replace(patient("nameless"), full_name=None, field_path="participants.data[1]")
    groupless = replace(patient("groupless"), groups=None, field_path="participants.data[2]")

    with pytest.raises(UnknownParticipantError) as error:
        listed(known("met"), nameless, groupless)

    assert [each.field for each in error.value.errors] == ["participants.data[1]", "participants.data[2]"]


def test_a_known_id_alone_brings_its_profile(
    listed: Listed, teleconsultations: InMemoryTeleconsultations
) -> None:
    teleconsultations.save_users([user("met")])

    [person] = listed(known("met")).participants

    assert (person.full_name, person.groups, person.language) == ("Joe Smith", ("patient",), "it")


def test_what_is_sent_wins_over_what_is_known_and_the_rest_stays(
    listed: Listed, teleconsultations: InMemoryTeleconsultations
) -> None:
    teleconsultations.save_users([user("met")])

    guests = listed(replace(known("met"), full_name="Joe Smith-Neri"))

    [person], [saved] = guests.participants, guests.to_save
    assert (person.full_name, person.groups, person.language) == ("Joe Smith-Neri", ("patient",), "it")
    assert saved == replace(user("met"), full_name="Joe Smith-Neri")
    assert guests.to_register == ()


def test_a_new_person_is_registered_and_saved_with_their_role(listed: Listed) -> None:
    guests = listed(patient("new"))

    assert guests.to_register == guests.participants
    assert guests.to_save == (
        User(
            external_id="new",
            groups=("patient",),
            full_name="Joe Smith",
            language=None,
            registered_roles=frozenset({Role.BASIC}),
        ),
    )


def test_a_known_person_with_the_same_profile_needs_nothing(
    listed: Listed, teleconsultations: InMemoryTeleconsultations
) -> None:
    teleconsultations.save_users([user("met")])

    guests = listed(patient("met", full_name="Joe Smith"))

    assert (guests.to_register, guests.to_save) == ((), ())


def test_a_known_person_in_a_new_role_is_registered_once_more_and_keeps_the_old_one(
    listed: Listed, teleconsultations: InMemoryTeleconsultations
) -> None:
    teleconsultations.save_users([user("met")])

    guests = listed(replace(known("met"), groups=("doctor",)))
    teleconsultations.save_users(guests.to_save)
    back = listed(replace(known("met"), groups=("patient",)))

    assert guests.to_register == guests.participants
    assert guests.to_save[0].registered_roles == {Role.BASIC, Role.PLUS}
    assert back.to_register == ()


def test_an_adopted_user_keeps_its_id_in_the_role_in_which_it_was_adopted(
    listed: Listed, teleconsultations: InMemoryTeleconsultations, rooms: InMemoryVideoRooms
) -> None:
    adopted = replace(user("met"), provider_user_ids={Role.BASIC: "user_aaaa"})
    teleconsultations.save_users([adopted])

    guests = listed(replace(patient("met"), full_name="Joe Smith-Neri"))
    [promoted] = listed(replace(known("met"), groups=("doctor",))).participants

    assert [person.bandyer_user_id for person in guests.participants] == ["user_aaaa"]
    assert promoted.bandyer_user_id == rooms.user_id("met", role=Role.PLUS)
    assert guests.to_save == (replace(adopted, full_name="Joe Smith-Neri"),)


def test_making_a_guest_list_changes_nothing(
    listed: Listed, ports: Ports, teleconsultations: InMemoryTeleconsultations, rooms: InMemoryVideoRooms
) -> None:
    guests = listed(doctor(), patient())

    assert teleconsultations.effects.log == []
    assert rooms.effects.log == []

    guests.register_and_save(ports)
    assert rooms.effects.log == ["register"]
    assert teleconsultations.effects.log == ["save_users"]
