"""The real provider port and the simulator: credentials, details, calls and recordings."""

from collections.abc import Mapping

import httpx2
import jwt
import pytest

from teleconsultation.domain.errors import ProviderUnavailableError, RecordingOffError
from teleconsultation.domain.model import Role
from teleconsultation.domain.room_plan import RoomPlan
from teleconsultation.provider.rooms import BandyerRooms
from tests.contract.rooms.simulator import Simulator

LONG_AGO = "2026-01-02T03:04:05.000Z"


@pytest.fixture
def roles(bandyer_rooms: BandyerRooms) -> Mapping[str, Role]:
    return {
        bandyer_rooms.user_id("doctor-1", role=Role.PLUS): Role.PLUS,
        bandyer_rooms.user_id("patient-1", role=Role.BASIC): Role.BASIC,
    }


def made_room(rooms: BandyerRooms, roles: Mapping[str, Role], *, is_recorded: bool) -> str:
    for user_id, role in roles.items():
        rooms._client.create_user(user_id=user_id, role=role.value)
    plan = RoomPlan(
        roles=roles,
        tools={role: {} for role in Role},
        call_seconds=1800,
        unlimited=False,
        live=True,
        recording_type="automatic" if is_recorded else "none",
    )
    return rooms.create(plan, attempt_id="attempt").room_id


def hold_call(simulator: Simulator, room_id: str, **facts: object) -> None:
    body = {"room_id": room_id, "session_id": "session_1", "creation_date": LONG_AGO, **facts}
    httpx2.post(f"{simulator.running.url}/_control/sessions", json=body).raise_for_status()


def test_credentials_are_for_the_user_and_the_time_that_were_asked_for(
    bandyer_rooms: BandyerRooms, roles: Mapping[str, Role]
) -> None:
    made_room(bandyer_rooms, roles, is_recorded=False)
    [user_id, *_] = roles

    credentials = bandyer_rooms.credentials(user_id, role=Role.PLUS, expires_in_seconds=720)

    said = jwt.decode(credentials.access_token, options={"verify_signature": False})
    assert (said["user"], said["exp"] - said["iat"]) == (user_id, 720)
    assert credentials.bandyer_user_id == user_id
    assert credentials.access_token not in repr(credentials)


def test_a_user_whom_the_provider_does_not_know_is_made_first(
    bandyer_rooms: BandyerRooms, simulator: Simulator
) -> None:
    bandyer_rooms.credentials("usr_new", role=Role.BASIC, expires_in_seconds=3600)

    assert [(user["id"], user["role"]) for user in simulator.state()["users"]] == [("usr_new", "basic")]


def test_credentials_that_are_not_issued_are_an_error(
    bandyer_rooms: BandyerRooms, simulator: Simulator
) -> None:
    simulator.fail("POST", "/sdk/credentials", fault="status:503", times=9)

    with pytest.raises(ProviderUnavailableError):
        bandyer_rooms.credentials("usr_new", role=Role.BASIC, expires_in_seconds=3600)


def test_details_have_the_calls_and_who_was_in_them(
    bandyer_rooms: BandyerRooms, simulator: Simulator, roles: Mapping[str, Role]
) -> None:
    room_id = made_room(bandyer_rooms, roles, is_recorded=True)
    hold_call(simulator, room_id, duration=3_725)

    room = bandyer_rooms.details(room_id)

    assert room is not None
    assert (room.status, room.is_disabled, room.is_recorded) == ("CLOSED", False, True)
    look = bandyer_rooms.look(room_id)
    assert look is not None
    assert (look.is_recorded, look.session_ids) == (True, frozenset({"session_1"}))
    assert (room.duration_seconds, room.used_seconds) == (1800, 1800)
    [session] = room.sessions
    assert (session.session_id, session.duration_seconds) == ("session_1", 3_725)
    assert session.seconds == dict.fromkeys(roles, 3_725)


def test_a_disabled_room_has_details_and_a_deleted_one_has_none(
    bandyer_rooms: BandyerRooms, roles: Mapping[str, Role]
) -> None:
    room_id = made_room(bandyer_rooms, roles, is_recorded=False)
    bandyer_rooms.disable(room_id)
    disabled = bandyer_rooms.details(room_id)
    bandyer_rooms.delete(room_id)

    assert disabled is not None
    assert (disabled.is_disabled, disabled.sessions) == (True, ())
    assert bandyer_rooms.details(room_id) is None


def test_a_recording_is_there_when_the_provider_has_processed_it(
    bandyer_rooms: BandyerRooms, simulator: Simulator, roles: Mapping[str, Role]
) -> None:
    room_id = made_room(bandyer_rooms, roles, is_recorded=True)
    hold_call(simulator, room_id)
    body = {"room_id": room_id, "session_id": "session_2", "duration": 60}
    httpx2.post(f"{simulator.running.url}/_control/sessions", json=body).raise_for_status()

    url = bandyer_rooms.recording_url("session_1", valid_seconds=60)

    assert url is not None
    assert "/_recordings/session_1.mp4?Expires=" in url
    assert bandyer_rooms.recording_url("session_2", valid_seconds=60) is None
    assert bandyer_rooms.recording_url("session_3", valid_seconds=60) is None


def test_a_room_that_is_not_recorded_says_so(
    bandyer_rooms: BandyerRooms, simulator: Simulator, roles: Mapping[str, Role]
) -> None:
    hold_call(simulator, made_room(bandyer_rooms, roles, is_recorded=False))

    with pytest.raises(RecordingOffError):
        bandyer_rooms.recording_url("session_1", valid_seconds=60)
