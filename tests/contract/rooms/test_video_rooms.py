"""What every provider does, whatever it is made of."""

import re
from collections.abc import Collection
from dataclasses import replace

import pytest

from teleconsultation.domain.errors import ProviderRejectedError
from teleconsultation.domain.model import Participant, Role, Room, new_teleconsultation_id
from teleconsultation.domain.ports import VideoRooms
from teleconsultation.domain.room_plan import RecordingType, RoomList, RoomPlan, RoomState


def people(rooms: VideoRooms, *, basic: int = 1, plus: int = 1) -> list[Participant]:
    """Return participants under the ids the provider gives them."""
    roles = [Role.PLUS] * plus + [Role.BASIC] * basic
    return [
        Participant(
            external_id=f"person-{number}",
            bandyer_user_id=rooms.user_id(f"person-{number}", role=role),
            role=role,
            groups=(),
            full_name="Joe Smith",
        )
        for number, role in enumerate(roles)
    ]


def plan_for(participants: Collection[Participant], *, duration_seconds: int | None = 3600) -> RoomPlan:
    return RoomPlan(
        roles={person.bandyer_user_id: person.role for person in participants},
        tools={role: {"chat": True} for role in Role},
        call_seconds=duration_seconds or 3600,
        unlimited=duration_seconds is None,
        live=True,
        recording_type="none",
    )


def fresh_attempt(rooms: VideoRooms) -> str:
    return rooms.attempt_id(new_teleconsultation_id())


def made_room(rooms: VideoRooms) -> Room:
    somebody = people(rooms)
    rooms.register(somebody)
    return rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))


class TestIds:
    def test_what_is_written_on_a_room_names_its_visit_and_nobody_else_can_write_it(
        self, rooms: VideoRooms
    ) -> None:
        id_ = new_teleconsultation_id()
        description = rooms.attempt_id(id_)

        assert rooms.made_for(description) == id_
        for other in (f"{description}0", f"{id_}.0", id_, "", "a b"):
            assert rooms.made_for(other) is None

    def test_a_person_in_a_role_always_has_the_same_id(self, rooms: VideoRooms) -> None:
        assert rooms.user_id("x", role=Role.PLUS) == rooms.user_id("x", role=Role.PLUS)

    def test_another_person_or_role_has_another(self, rooms: VideoRooms) -> None:
        ids = {rooms.user_id(person, role=role) for person in ("x", "y") for role in Role}

        assert len(ids) == 4

    def test_nothing_can_be_read_from_it_and_the_provider_takes_it(self, rooms: VideoRooms) -> None:
        user_id = rooms.user_id("auth0|joe.smith@example.com", role=Role.BASIC)

        assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", user_id)
        assert not any(word in user_id for word in ("auth0", "joe", "smith", "basic"))

    def test_every_attempt_is_another_and_leads_back(self, rooms: VideoRooms) -> None:
        teleconsultation_id = new_teleconsultation_id()

        attempts = {rooms.attempt_id(teleconsultation_id) for _ in range(10)}

        assert len(attempts) == 10
        assert all(attempt.startswith(teleconsultation_id) for attempt in attempts)


class TestRegistration:
    def test_registering_twice_is_registering_once(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)

        rooms.register(somebody)
        rooms.register(somebody)

        assert rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms)).links

    def test_a_full_room_can_be_registered(self, rooms: VideoRooms) -> None:
        everybody = people(rooms, basic=20, plus=5)

        rooms.register(everybody)

        room = rooms.create(plan_for(everybody), attempt_id=fresh_attempt(rooms))
        assert len(room.links) == 25

    def test_a_room_is_made_although_the_provider_has_lost_somebody(self, rooms: VideoRooms) -> None:
        known, lost = people(rooms)
        rooms.register([known])

        room = rooms.create(plan_for([known, lost]), attempt_id=fresh_attempt(rooms))

        assert room.links.keys() == {known.bandyer_user_id, lost.bandyer_user_id}


class TestRooms:
    def test_everybody_gets_a_link_of_their_own(self, rooms: VideoRooms) -> None:
        somebody = people(rooms, basic=2)
        rooms.register(somebody)

        room = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        assert room.room_id
        assert room.links.keys() == {person.bandyer_user_id for person in somebody}
        assert len(set(room.links.values())) == 3

    @pytest.mark.parametrize("duration_seconds", [3600, None], ids=str)
    def test_it_serves_the_plan_it_was_made_for(
        self, rooms: VideoRooms, duration_seconds: int | None
    ) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        plan = plan_for(somebody, duration_seconds=duration_seconds)

        assert plan.is_served_by(rooms.create(plan, attempt_id=fresh_attempt(rooms)))

    def test_two_rooms_share_nothing(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)

        first, second = (rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms)) for _ in range(2))

        assert first.room_id != second.room_id
        assert not set(first.links.values()) & set(second.links.values())

    @pytest.mark.parametrize(("basic", "plus"), [(2, 0), (0, 1), (25, 1)], ids=["no plus", "one", "26"])
    def test_a_room_that_cannot_be_is_refused(self, rooms: VideoRooms, basic: int, plus: int) -> None:
        somebody = people(rooms, basic=basic, plus=plus)
        rooms.register(somebody)

        with pytest.raises(ProviderRejectedError) as error:
            rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        assert not error.value.outcome_unknown


class TestDeletion:
    def test_deleting_again_is_a_success(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        room = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        rooms.delete(room.room_id)
        rooms.delete(room.room_id)

    def test_a_room_that_never_was_is_a_success(self, rooms: VideoRooms) -> None:
        rooms.delete("room_that_never_was")


class TestMakingOneThatMayExist:
    def test_it_is_taken_over_if_it_does(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        attempt_id = fresh_attempt(rooms)
        made = rooms.create(plan_for(somebody), attempt_id=attempt_id)

        again = rooms.create(plan_for(somebody), attempt_id=attempt_id, may_exist=True)

        assert again == made

    def test_it_is_made_if_it_does_not(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        other = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        made = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms), may_exist=True)

        assert made.room_id != other.room_id

    def test_one_that_would_not_serve_is_left_alone(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        attempt_id = fresh_attempt(rooms)
        shorter = rooms.create(plan_for(somebody, duration_seconds=1800), attempt_id=attempt_id)

        made = rooms.create(plan_for(somebody), attempt_id=attempt_id, may_exist=True)

        assert made.room_id != shorter.room_id


class TestEnding:
    def test_a_new_room_is_idle(self, rooms: VideoRooms) -> None:
        room = made_room(rooms)

        assert rooms.state(room.room_id) is RoomState.IDLE

    def test_a_disabled_room_is_gone_and_stays_listed_as_such(self, rooms: VideoRooms) -> None:
        room = made_room(rooms)

        rooms.disable(room.room_id)

        assert rooms.state(room.room_id) is RoomState.GONE
        assert [listed.state for listed in rooms.list_rooms(position=0).marked] == [RoomState.GONE]

    def test_a_deleted_room_is_gone(self, rooms: VideoRooms) -> None:
        room = made_room(rooms)

        rooms.delete(room.room_id)

        assert rooms.state(room.room_id) is RoomState.GONE

    def test_disabling_again_or_what_is_not_there_succeeds(self, rooms: VideoRooms) -> None:
        room = made_room(rooms)

        for room_id in (room.room_id, room.room_id, "room_unknown"):
            rooms.disable(room_id)

        assert rooms.state("room_unknown") is RoomState.GONE


class TestListing:
    def test_with_no_rooms_the_list_ends_at_once(self, rooms: VideoRooms) -> None:
        assert rooms.list_rooms(position=0) == RoomList(marked=(), size=0, oldest=None, is_last=True)

    def test_a_room_is_listed_with_its_mark_and_the_newest_comes_first(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        ids = [new_teleconsultation_id() for _ in range(3)]
        attempts = [rooms.attempt_id(teleconsultation_id) for teleconsultation_id in ids]
        made = [rooms.create(plan_for(somebody), attempt_id=attempt_id) for attempt_id in attempts]

        page = rooms.list_rooms(position=0)

        assert [
            (room.room_id, room.attempt_id, room.teleconsultation_id) for room in reversed(page.marked)
        ] == [
            (room.room_id, attempt_id, id_) for room, attempt_id, id_ in zip(made, attempts, ids, strict=True)
        ]
        assert all(room.created_at is not None for room in page.marked)
        assert (page.size, page.is_last) == (3, True)

    def test_it_goes_on_from_a_position(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        made = [rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms)) for _ in range(3)]

        page = rooms.list_rooms(position=2)

        assert [room.room_id for room in page.marked] == [made[0].room_id]

    def test_a_deleted_room_is_not_listed(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        made = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        rooms.delete(made.room_id)

        assert rooms.list_rooms(position=0).size == 0


class TestAdoption:
    def test_a_living_room_is_found_with_its_links(self, rooms: VideoRooms) -> None:
        room = made_room(rooms)

        assert rooms.find(room.room_id) == room

    @pytest.mark.parametrize(
        ("made_with", "found_with"), [("none", "none"), ("manual", "manual"), ("automatic", "manual")]
    )
    def test_the_provider_says_whether_a_room_is_recorded_and_not_by_whom(
        self, rooms: VideoRooms, made_with: RecordingType, found_with: str
    ) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        plan = replace(plan_for(somebody), recording_type=made_with)
        room = rooms.create(plan, attempt_id=fresh_attempt(rooms))

        found = rooms.find(room.room_id)

        assert found is not None
        assert found.call_settings is not None
        assert found.call_settings.recording == found_with

    def test_a_room_without_a_limit_is_found_so(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        room = rooms.create(plan_for(somebody, duration_seconds=None), attempt_id=fresh_attempt(rooms))

        found = rooms.find(room.room_id)

        assert found is not None
        assert found.duration_seconds is None

    @pytest.mark.parametrize("end", ["disable", "delete"])
    def test_a_room_that_has_ended_is_not_found(self, rooms: VideoRooms, end: str) -> None:
        room = made_room(rooms)

        getattr(rooms, end)(room.room_id)

        assert rooms.find(room.room_id) is None

    def test_a_room_that_never_was_is_not_found(self, rooms: VideoRooms) -> None:
        assert rooms.find("room_unknown") is None

    def test_a_user_has_the_role_of_the_registration(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)

        assert [rooms.role_of(person.bandyer_user_id) for person in somebody] == [Role.PLUS, Role.BASIC]

    def test_a_stranger_has_no_role(self, rooms: VideoRooms) -> None:
        assert rooms.role_of("user_unknown") is None


class TestUnregistration:
    def test_users_are_deleted_and_counted_once(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        user_ids = [person.bandyer_user_id for person in somebody]

        assert [rooms.unregister(user_ids) for _ in range(2)] == [2, 0]

    def test_a_stranger_is_a_success(self, rooms: VideoRooms) -> None:
        assert rooms.unregister([rooms.user_id("never met", role=Role.BASIC)]) == 0

    def test_the_others_stay(self, rooms: VideoRooms) -> None:
        somebody, other = people(rooms)
        rooms.register([somebody, other])

        assert rooms.unregister([somebody.bandyer_user_id]) == 1
        assert rooms.unregister([other.bandyer_user_id]) == 1

    def test_a_person_can_come_back(self, rooms: VideoRooms) -> None:
        somebody = people(rooms)
        rooms.register(somebody)
        rooms.unregister([somebody[0].bandyer_user_id])

        room = rooms.create(plan_for(somebody), attempt_id=fresh_attempt(rooms))

        assert room.links.keys() == {person.bandyer_user_id for person in somebody}
