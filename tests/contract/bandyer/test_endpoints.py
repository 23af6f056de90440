"""Every method of the client against the simulator, over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bandyer import (
    AuthenticationError,
    BandyerClient,
    BandyerError,
    Colours,
    NotFoundError,
    RejectedError,
    RoomParticipant,
    StaticApiKey,
    Theme,
    UserAlreadyExistsError,
)
from tests.fakes.jpeg import jpeg

DOCTOR = "user_doctor"
PATIENT = "user_patient"
# As far as the simulator reads it: the signature, and width and height of 200 pixels.
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (200).to_bytes(4) * 2
IMAGE = jpeg(width=1280, height=1280)


def test_a_created_user_can_be_read(bandyer: BandyerClient) -> None:
    created = bandyer.create_user(user_id="doctor.1_a-Z", role="plus", can_video=False, language="it")

    read = bandyer.get_user(user_id="doctor.1_a-Z")

    assert read == created
    assert (read.role, read.can_video, read.language) == ("plus", False, "it")
    assert read.created_at is not None
    assert abs(datetime.now(UTC) - read.created_at) < timedelta(minutes=1)


def test_a_user_without_an_id_gets_one(bandyer: BandyerClient) -> None:
    first, second = (bandyer.create_user(role="basic") for _ in range(2))

    assert first.user_id != second.user_id
    assert bandyer.get_user(user_id=first.user_id) == first


def test_a_taken_id_says_so(bandyer: BandyerClient) -> None:
    bandyer.create_user(user_id=DOCTOR, role="plus")

    with pytest.raises(UserAlreadyExistsError) as error:
        bandyer.create_user(user_id=DOCTOR, role="plus")

    assert not error.value.outcome_unknown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"role": "admin"}, "role_validation_error"),
        ({"role": "plus", "language": "xx"}, "invalid_language"),
        ({"role": "plus", "user_id": "x" * 129}, "user_id_validation_error"),
    ],
    ids=["role", "language", "id"],
)
def test_a_user_the_provider_does_not_take_is_refused_with_its_code(
    bandyer: BandyerClient, arguments: Any, code: str
) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.create_user(**arguments)

    assert type(error.value) is RejectedError
    assert (error.value.status, error.value.code) == (422, code)


def test_a_user_can_be_changed(bandyer: BandyerClient) -> None:
    bandyer.create_user(user_id=PATIENT, role="basic", language="it")

    changed = bandyer.update_user(user_id=PATIENT, language="de", can_video=False)

    assert changed == bandyer.get_user(user_id=PATIENT)
    assert (changed.language, changed.can_video, changed.role) == ("de", False, "basic")


def test_a_deleted_user_is_gone(bandyer: BandyerClient) -> None:
    bandyer.create_user(user_id=PATIENT, role="basic")

    bandyer.delete_user(user_id=PATIENT)

    with pytest.raises(NotFoundError):
        bandyer.get_user(user_id=PATIENT)
    with pytest.raises(NotFoundError):
        bandyer.update_user(user_id=PATIENT)
    with pytest.raises(NotFoundError):
        bandyer.delete_user(user_id=PATIENT)


@pytest.mark.parametrize("user_id", ["nobody", "a/b", "é ?#%", "..%2f", "list/.."])
def test_an_unknown_id_is_not_found_whatever_it_looks_like(
    bandyer: BandyerClient, simulator: Any, user_id: str
) -> None:
    with pytest.raises(NotFoundError):
        bandyer.get_user(user_id=user_id)

    assert [path for _, path, _ in simulator.requests_seen()] == [f"/rest/user/list/{user_id}"]


def test_a_created_room_has_what_was_asked_for(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    participants = [people[0], RoomParticipant(PATIENT, tools={"chat": True, "whiteboard": {"wb_pen": True}})]

    room = bandyer.create_room(
        participants=participants,
        recording_type="manual",
        call_type="audio_upgradable",
        direct_call=True,
        live=True,
        duration_seconds=300,
        description="attempt",
        initiator_alias=DOCTOR,
    )

    assert set(room.links) == {DOCTOR, PATIENT}
    assert len(set(room.links.values())) == 2
    assert (room.duration_seconds, room.description, room.call_type) == (300, "attempt", "audio_upgradable")
    assert (room.recorded, room.direct_call, room.live) == (True, True, True)
    seats = {seat["user_id"]: seat for seat in simulator.state()["rooms"][0]["participants"]}
    assert seats[DOCTOR]["is_admin"]
    assert all(seats[DOCTOR]["tools"].values())
    assert [tool for tool, on in seats[PATIENT]["tools"].items() if on] == ["chat", "whiteboard"]


def test_a_room_can_do_without_tools_and_limits(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    participants = [people[0], RoomParticipant(PATIENT, tools={})]

    room = bandyer.create_room(participants=participants)

    assert (room.duration_seconds, room.description) == (None, None)
    assert (room.recorded, room.direct_call, room.live) == (False, False, False)
    assert not any(simulator.state()["rooms"][0]["participants"][1]["tools"].values())


@pytest.mark.parametrize(
    ("user_ids", "duration_seconds", "expected"),
    [
        ([DOCTOR, "nobody"], 60, NotFoundError),
        ([DOCTOR], 60, RejectedError),
        ([PATIENT, "user_basic"], 60, RejectedError),
        ([DOCTOR, PATIENT], 59, RejectedError),
    ],
    ids=["unknown", "alone", "no plus", "short"],
)
def test_a_room_the_provider_does_not_take_is_refused_and_not_made(
    bandyer: BandyerClient,
    simulator: Any,
    people: list[RoomParticipant],
    *,
    user_ids: list[str],
    duration_seconds: int,
    expected: type[RejectedError],
) -> None:
    bandyer.create_user(user_id="user_basic", role="basic")

    with pytest.raises(expected) as error:
        bandyer.create_room(
            participants=[RoomParticipant(user_id) for user_id in user_ids], duration_seconds=duration_seconds
        )

    assert not error.value.outcome_unknown
    assert simulator.state()["rooms"] == []


def test_a_room_can_be_read_until_it_is_disabled(
    bandyer: BandyerClient, people: list[RoomParticipant]
) -> None:
    room = bandyer.create_room(participants=people, duration_seconds=120, description="attempt")
    before = bandyer.room_info(room_id=room.room_id)

    bandyer.disable_room(room_id=room.room_id)

    after = bandyer.room_info(room_id=room.room_id)
    assert before.links == room.links
    assert (before.status, before.disabled, before.duration_seconds) == ("NOT_RUNNING", False, 120)
    assert before.description == "attempt"
    assert (after.disabled, after.links) == (True, {})


def test_used_time_is_read(bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]) -> None:
    room = bandyer.create_room(participants=people, duration_seconds=120)
    simulator.seed_session(room_id=room.room_id, duration=61)

    info = bandyer.room_info(room_id=room.room_id)

    assert info.used_seconds == 61


def test_a_deleted_room_is_gone(bandyer: BandyerClient, people: list[RoomParticipant]) -> None:
    room = bandyer.create_room(participants=people)

    bandyer.delete_room(room_id=room.room_id)

    with pytest.raises(NotFoundError):
        bandyer.room_info(room_id=room.room_id)
    with pytest.raises(NotFoundError):
        bandyer.disable_room(room_id=room.room_id)
    with pytest.raises(NotFoundError):
        bandyer.delete_room(room_id=room.room_id)


def test_rooms_are_listed_page_by_page_newest_first(
    bandyer: BandyerClient, people: list[RoomParticipant]
) -> None:
    names = ["one", "two", "three"]
    rooms = [bandyer.create_room(participants=people, description=name) for name in names]

    first, second = bandyer.list_rooms(limit=2), bandyer.list_rooms(skip=2, limit=2)

    assert [room.description for room in first.rooms + second.rooms] == ["three", "two", "one"]
    assert [room.room_id for room in second.rooms] == [rooms[0].room_id]
    assert (first.has_more, second.has_more) == (True, False)
    assert (second.skip, second.limit, second.count) == (2, 2, 1)
    assert first.rooms[0].created_at is not None


def test_the_company_is_read(bandyer: BandyerClient) -> None:
    company = bandyer.company()

    assert company.name
    assert company.default_language == "en"
    assert company.default_background is not None


def test_uploads_are_listed_by_owner_and_deleted_by_key(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    room = bandyer.create_room(participants=people)
    simulator.seed_upload(
        user_id=DOCTOR, room_id=room.room_id, session_id="session_1", upload_type="snapshot"
    )
    simulator.seed_upload(user_id=PATIENT, session_id="session_2")

    (of_room,) = bandyer.list_uploads(room_id=room.room_id).uploads
    (of_session,) = bandyer.list_uploads(session_id="session_2").uploads
    assert {of_room, of_session} == set(bandyer.list_uploads().uploads)
    assert bandyer.list_uploads(upload_type="snapshot").uploads == (of_room,)
    assert (of_session.user_id, of_session.room_id) == (PATIENT, None)

    bandyer.delete_upload(upload_key=of_room.key)

    assert bandyer.list_uploads().uploads == (of_session,)
    with pytest.raises(NotFoundError):
        bandyer.delete_upload(upload_key=of_room.key)


def test_sdk_credentials_last_as_long_as_asked(bandyer: BandyerClient, people: list[RoomParticipant]) -> None:
    credentials = bandyer.create_sdk_credentials(user_id=DOCTOR, expires_in_seconds=600)

    assert credentials.user_id == DOCTOR
    assert credentials.access_token
    assert credentials.expires_at is not None
    assert timedelta(seconds=540) < credentials.expires_at - datetime.now(UTC) < timedelta(seconds=660)
    with pytest.raises(NotFoundError):
        bandyer.create_sdk_credentials(user_id="nobody")


def test_sessions_are_listed_by_date_and_read_one_by_one(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    room = bandyer.create_room(participants=people)
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    simulator.seed_session(
        room_id=room.room_id, session_id="early", creation_date=noon.isoformat(), duration=60
    )
    later = (noon + timedelta(days=1)).isoformat()
    simulator.seed_session(room_id=room.room_id, session_id="late", creation_date=later, duration=None)

    everything = bandyer.list_sessions().sessions
    of_the_day = bandyer.list_sessions(start_date=noon - timedelta(1), end_date=noon + timedelta(hours=1))

    assert [session.session_id for session in everything] == ["late", "early"]
    assert of_the_day.sessions == (bandyer.get_session(session_id="early"),)
    assert of_the_day.sessions[0].duration_seconds == 60
    assert of_the_day.sessions[0].created_at == noon
    assert set(everything[0].connected_participants) == {DOCTOR, PATIENT}
    assert everything[0].duration_seconds is None
    with pytest.raises(NotFoundError):
        bandyer.get_session(session_id="unknown")


def test_a_wrong_key_is_refused(make_client: Any) -> None:
    bandyer = make_client(api_key=StaticApiKey("wrong"))

    with pytest.raises(AuthenticationError) as error:
        bandyer.company()

    assert (error.value.status, error.value.code) == (401, "invalid_api_key")


def test_users_are_created_in_parallel_over_one_client(bandyer: BandyerClient, simulator: Any) -> None:
    user_ids = [f"user_{number}" for number in range(25)]

    with ThreadPoolExecutor(max_workers=8) as threads:
        list(threads.map(lambda user_id: bandyer.create_user(user_id=user_id, role="basic"), user_ids))

    state = simulator.state()
    assert sorted(user["id"] for user in state["users"]) == sorted(user_ids)
    assert state["connections"] <= 8


def test_a_companys_way_back_is_changed_and_the_rest_stays(bandyer: BandyerClient) -> None:
    before = bandyer.company()

    changed = bandyer.update_company(
        end_call_redirect_url="https://site.example/call-ended.html", end_call_redirect_timeout_milliseconds=0
    )

    after = bandyer.company()
    assert changed.end_call_redirect_url == after.end_call_redirect_url
    assert after == replace(
        before,
        end_call_redirect_url="https://site.example/call-ended.html",
        end_call_redirect_timeout_milliseconds=0,
    )


def test_an_address_that_bandyer_does_not_accept_is_refused_with_its_code(bandyer: BandyerClient) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.update_company(end_call_redirect_url="javascript:alert(1)")

    assert error.value.code == "invalid_end_call_redirect_url"


def test_a_theme_is_changed_mode_by_mode(bandyer: BandyerClient) -> None:
    light, dark = Colours(primary="#FFFFFF", accent="#336699"), Colours(primary="#000000", accent="#99CCFF")

    bandyer.update_theme(Theme(light=light))
    bandyer.update_theme(Theme(dark=dark))

    assert bandyer.theme() == Theme(light=light, dark=dark)


def test_a_colour_that_bandyer_does_not_accept_is_refused_with_its_code(bandyer: BandyerClient) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.update_theme(Theme(light=Colours(primary="white", accent="#336699")))

    assert error.value.code == "invalid_theme_color"


def test_a_logo_reaches_bandyer_as_a_file(bandyer: BandyerClient, simulator: Any) -> None:
    bandyer.update_logo(PNG, media_type="image/png")

    assert ("POST", "/rest/company/logo/update", 200) in simulator.requests_seen()


def test_a_logo_that_is_too_small_is_refused_with_its_code(bandyer: BandyerClient) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.update_logo(PNG[:16] + (10).to_bytes(4) * 2, media_type="image/png")

    assert error.value.code == "wrong_file_dimension"


def test_a_background_is_uploaded_chosen_and_listed(bandyer: BandyerClient) -> None:
    first, second = bandyer.upload_background(IMAGE), bandyer.upload_background(IMAGE)

    company = bandyer.update_company(background_alias=first.alias)

    found = bandyer.backgrounds()
    assert first.alias != second.alias
    assert found.uploaded == (second, first)
    assert found.default == company.default_background == bandyer.company().default_background == first


def test_the_eleventh_background_is_refused_with_its_code(bandyer: BandyerClient) -> None:
    for _ in range(10):
        bandyer.upload_background(IMAGE)

    with pytest.raises(RejectedError) as error:
        bandyer.upload_background(IMAGE)

    assert error.value.code == "exceeded_background_limit"
    assert len(bandyer.backgrounds().uploaded) == 10


def test_a_background_that_is_too_small_is_refused_with_its_code(bandyer: BandyerClient) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.upload_background(jpeg(width=1280, height=720))

    assert error.value.code == "wrong_file_dimension"


def test_an_unknown_background_cannot_be_chosen(bandyer: BandyerClient) -> None:
    with pytest.raises(RejectedError) as error:
        bandyer.update_company(background_alias="beach")

    assert error.value.code == "invalid_background_alias"


def test_an_upload_whose_answer_is_lost_is_not_sent_again(bandyer: BandyerClient, simulator: Any) -> None:
    simulator.fail("POST", "/company/virtual-background", fault="reset_after_commit", times=1)

    with pytest.raises(BandyerError) as error:
        bandyer.upload_background(IMAGE)

    assert error.value.outcome_unknown
    assert len(bandyer.backgrounds().uploaded) == 1
