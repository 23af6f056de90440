"""The real provider port and the simulator: what arrives there, and what survives its faults."""

import pytest

from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.domain.model import Role
from teleconsultation.domain.room_plan import RoomPlan
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.rooms import BandyerRooms
from tests.contract.rooms.simulator import Simulator
from tests.fakes.samples import PRIVILEGES

IDS = DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations")
ATTEMPT = IDS.attempt_id("0" * 24)


@pytest.fixture
def plan(bandyer_rooms: BandyerRooms) -> RoomPlan:
    doctor = bandyer_rooms.user_id("doctor-1", role=Role.PLUS)
    patient = bandyer_rooms.user_id("patient-1", role=Role.BASIC)
    return RoomPlan(
        roles={doctor: Role.PLUS, patient: Role.BASIC},
        tools={role: PRIVILEGES.tools_of(role) for role in Role},
        call_seconds=1800,
        unlimited=False,
        live=True,
        recording_type="none",
    )


@pytest.fixture
def registered(bandyer_rooms: BandyerRooms, plan: RoomPlan) -> None:
    for user_id, role in plan.roles.items():
        bandyer_rooms._client.create_user(user_id=user_id, role=role.value)


@pytest.mark.usefixtures("registered")
class TestRoom:
    def test_it_stands_at_the_provider_as_planned(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
    ) -> None:
        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)

        [stored] = simulator.state()["rooms"]
        assert (stored["room_id"], stored["description"]) == (room.room_id, ATTEMPT)
        assert (stored["duration"], stored["deleted"]) == (1800, False)
        seats = {seat["user_id"]: seat for seat in stored["participants"]}
        assert {user_id: seat["is_admin"] for user_id, seat in seats.items()} == {
            user_id: role is Role.PLUS for user_id, role in plan.roles.items()
        }

    def test_its_links_lead_straight_into_the_call(self, bandyer_rooms: BandyerRooms, plan: RoomPlan) -> None:
        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)

        assert all("/direct-rest-call-handler/" in link for link in room.links.values())

    def test_it_is_gone_once_it_is_deleted(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
    ) -> None:
        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)

        bandyer_rooms.delete(room.room_id)

        [stored] = simulator.state()["rooms"]
        assert stored["deleted"]

    @pytest.mark.parametrize("fault", ["malformed_body", "reset_after_commit"])
    def test_a_room_whose_answer_was_lost_is_found_and_not_made_twice(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan, fault: str
    ) -> None:
        bandyer_rooms.create(plan, attempt_id="another attempt")
        simulator.fail("POST", "/room/create", fault=fault)

        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)

        made = [stored for stored in simulator.state()["rooms"] if stored["description"] == ATTEMPT]
        assert [stored["room_id"] for stored in made] == [room.room_id]
        assert plan.is_served_by(room)

    @pytest.mark.parametrize("fault", ["status:500", "reset_before"])
    def test_a_room_that_was_not_made_is_not_made_later_either(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan, fault: str
    ) -> None:
        simulator.fail("POST", "/room/create", fault=fault)

        with pytest.raises(ProviderUnavailableError) as error:
            bandyer_rooms.create(plan, attempt_id=ATTEMPT)

        assert error.value.outcome_unknown
        assert simulator.state()["rooms"] == []

    def test_a_deletion_whose_answer_was_lost_is_a_success(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
    ) -> None:
        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)
        simulator.fail("DELETE", "/room/delete", fault="reset_after_commit")

        bandyer_rooms.delete(room.room_id)

        [stored] = simulator.state()["rooms"]
        assert stored["deleted"]


def test_users_arrive_with_their_role_and_nothing_else_of_them(
    bandyer_rooms: BandyerRooms, simulator: Simulator, registered: None, plan: RoomPlan
) -> None:
    users = simulator.state()["users"]

    assert {user["id"]: user["role"] for user in users} == {
        user_id: role.value for user_id, role in plan.roles.items()
    }
    assert "doctor-1" not in str(users)


@pytest.mark.usefixtures("registered")
def test_rooms_of_others_are_counted_and_not_told(
    bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
) -> None:
    another = BandyerRooms(
        bandyer_rooms._client,
        ids=DerivedIds(
            lambda: "a key", table_identity=lambda: "another table", table_name="teleconsultations"
        ),
        frame_origins=bandyer_rooms._frame_origins,
    )
    another.create(plan, attempt_id=another.attempt_id("0" * 24))
    bandyer_rooms.create(plan, attempt_id="made by hand")
    ours = bandyer_rooms.create(plan, attempt_id=bandyer_rooms.attempt_id("0" * 24))

    page = bandyer_rooms.list_rooms(position=0)

    assert [room.room_id for room in page.marked] == [ours.room_id]
    assert page.size == 3


@pytest.mark.usefixtures("registered")
def test_a_look_that_fails_makes_no_second_room(
    bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
) -> None:
    attempt_id = bandyer_rooms.attempt_id("0" * 24)
    bandyer_rooms.create(plan, attempt_id=attempt_id)
    simulator.fail("GET", "/room/list", fault="status:503", times=9)

    with pytest.raises(ProviderUnavailableError):
        bandyer_rooms.create(plan, attempt_id=attempt_id, may_exist=True)

    assert len(simulator.state()["rooms"]) == 1


@pytest.mark.usefixtures("registered")
class TestUnregistration:
    def test_the_user_is_gone_and_so_is_their_link_and_theirs_alone(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator, plan: RoomPlan
    ) -> None:
        room = bandyer_rooms.create(plan, attempt_id=ATTEMPT)
        patient = bandyer_rooms.user_id("patient-1", role=Role.BASIC)

        bandyer_rooms.unregister([patient])

        assert patient not in {user["id"] for user in simulator.state()["users"]}
        assert {user_id: simulator.opens(link) for user_id, link in room.links.items()} == {
            user_id: user_id != patient for user_id in plan.roles
        }

    def test_a_deletion_whose_answer_was_lost_is_a_success(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator
    ) -> None:
        simulator.fail("DELETE", "/user/delete", fault="reset_after_commit")

        bandyer_rooms.unregister([bandyer_rooms.user_id("patient-1", role=Role.BASIC)])

        assert [user["id"] for user in simulator.state()["users"]] == [
            bandyer_rooms.user_id("doctor-1", role=Role.PLUS)
        ]

    def test_one_that_fails_says_so_and_can_be_repeated(
        self, bandyer_rooms: BandyerRooms, simulator: Simulator
    ) -> None:
        simulator.fail("DELETE", "/user/delete", fault="status:503", times=10)

        with pytest.raises(ProviderUnavailableError):
            bandyer_rooms.unregister([bandyer_rooms.user_id("patient-1", role=Role.BASIC)])

        simulator.recover()
        assert bandyer_rooms.unregister([bandyer_rooms.user_id("patient-1", role=Role.BASIC)]) == 1
