"""The real provider port and the simulator: files of a room are deleted, all of them and no others."""

import httpx2
import pytest

from teleconsultation.domain.errors import ProviderRejectedError, ProviderUnavailableError
from teleconsultation.domain.model import Role
from teleconsultation.domain.room_plan import DeletedUploads, RoomPlan
from teleconsultation.provider.rooms import BandyerRooms
from tests.contract.rooms.simulator import Simulator

MORE_THAN_A_PAGE = 103


@pytest.fixture
def room_ids(bandyer_rooms: BandyerRooms) -> tuple[str, str]:
    """Two rooms."""
    doctor = bandyer_rooms.user_id("doctor-1", role=Role.PLUS)
    patient = bandyer_rooms.user_id("patient-1", role=Role.BASIC)
    roles = {doctor: Role.PLUS, patient: Role.BASIC}
    for user_id, role in roles.items():
        bandyer_rooms._client.create_user(user_id=user_id, role=role.value)
    plan = RoomPlan(
        roles=roles,
        tools={role: {} for role in Role},
        call_seconds=1800,
        unlimited=False,
        live=True,
        recording_type="none",
    )
    first, second = (bandyer_rooms.create(plan, attempt_id=name) for name in ("one", "two"))
    return first.room_id, second.room_id


def share(simulator: Simulator, room_id: str, *, count: int) -> None:
    [user_id, *_] = [user["id"] for user in simulator.state()["users"]]
    for number in range(count):
        body = {
            "user_id": user_id,
            "room_id": room_id,
            "upload_type": ("file_upload", "generic", "snapshot")[number % 3],
        }
        httpx2.post(f"{simulator.running.url}/_control/uploads", json=body).raise_for_status()


def left(bandyer_rooms: BandyerRooms, room_id: str) -> int:
    return bandyer_rooms._client.list_uploads(room_id=room_id).count


def test_files_of_every_kind_and_page_are_deleted_and_those_of_other_rooms_are_not(
    bandyer_rooms: BandyerRooms, simulator: Simulator, room_ids: tuple[str, str]
) -> None:
    ours, other = room_ids
    share(simulator, ours, count=MORE_THAN_A_PAGE)
    share(simulator, other, count=1)

    uploads = bandyer_rooms.delete_uploads(ours)

    assert uploads == DeletedUploads(total=MORE_THAN_A_PAGE, deleted=MORE_THAN_A_PAGE, is_complete=True)
    assert (left(bandyer_rooms, ours), left(bandyer_rooms, other)) == (0, 1)


def test_a_room_that_was_deleted_is_not_said_to_have_no_files(
    bandyer_rooms: BandyerRooms, simulator: Simulator, room_ids: tuple[str, str]
) -> None:
    share(simulator, room_ids[0], count=2)
    bandyer_rooms.delete(room_ids[0])

    assert bandyer_rooms.delete_uploads(room_ids[0]) == DeletedUploads(
        total=0, deleted=0, is_complete=False, is_forgotten=True
    )


def test_a_room_without_files_has_none_to_delete(
    bandyer_rooms: BandyerRooms, room_ids: tuple[str, str]
) -> None:
    assert bandyer_rooms.delete_uploads(room_ids[0]) == DeletedUploads(total=0, deleted=0, is_complete=True)


@pytest.mark.parametrize("fault", ["status:500", "reset_after_commit"])
def test_a_deletion_that_fails_once_is_made_up_for(
    bandyer_rooms: BandyerRooms, simulator: Simulator, room_ids: tuple[str, str], fault: str
) -> None:
    share(simulator, room_ids[0], count=3)
    simulator.fail("DELETE", "/upload/resource", fault=fault)

    uploads = bandyer_rooms.delete_uploads(room_ids[0])

    assert (uploads.deleted, uploads.is_complete) == (3, True)
    assert left(bandyer_rooms, room_ids[0]) == 0


@pytest.mark.parametrize(
    ("path", "fault", "error"),
    [
        ("/room", "status:503", ProviderUnavailableError),
        ("/upload/resource", "status:503", ProviderUnavailableError),
        ("/upload/resource", "status:422", ProviderRejectedError),
    ],
)
def test_if_nothing_can_be_deleted_it_says_why(
    bandyer_rooms: BandyerRooms,
    simulator: Simulator,
    room_ids: tuple[str, str],
    path: str,
    fault: str,
    error: type[Exception],
) -> None:
    share(simulator, room_ids[0], count=1)
    simulator.fail("*", path, fault=fault, times=20)

    with pytest.raises(error):
        bandyer_rooms.delete_uploads(room_ids[0])


def test_what_was_deleted_before_a_failure_is_told(
    bandyer_rooms: BandyerRooms, simulator: Simulator, room_ids: tuple[str, str]
) -> None:
    share(simulator, room_ids[0], count=2)
    # One of the two is refused, then again.
    simulator.fail("DELETE", "/upload/resource", fault="status:422", times=1)

    uploads = bandyer_rooms.delete_uploads(room_ids[0])

    assert (uploads.total, uploads.deleted, uploads.is_complete) == (2, 2, True)
