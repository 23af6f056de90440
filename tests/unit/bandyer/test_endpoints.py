"""What each method sends and what it makes of the vendor's documented answers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from responses import RequestsMock
from responses.matchers import (
    header_matcher,
    json_params_matcher,
    multipart_matcher,
    query_param_matcher,
)

from bandyer import (
    Background,
    Backgrounds,
    BandyerClient,
    Colours,
    MalformedResponseError,
    NotFoundError,
    RoomParticipant,
    StaticApiKey,
    Theme,
)

REST = "https://bandyer.test/rest"
USER = {"id": "user_a", "role": "plus", "can_video": True, "language": "it"}
ROOM = {
    "room_id": "room_1",
    "record": 1,
    "duration": 120,
    "directCall": True,
    "call_type": "audio_video",
    "live": False,
    "description": "attempt",
    "user_urls": [
        {"user": "user_a", "url": "https://bandyer.test/a", "is_admin": True, "tools": {"chat": True}},
        {"user": "user_b", "url": "https://bandyer.test/b", "is_admin": False, "tools": {}},
    ],
}
UPLOAD = {
    "key": "sandbox/company/user_a/1-ff",
    "upload_type": "snapshot",
    "creation_date": "2026-01-02T03:04:05.000Z",
    "user_id": "user_a",
    "session_id": "session_1",
    "room_id": None,
}
SESSION = {
    "session_id": "session_1",
    "creation_date": "2026-01-02T03:04:05.000Z",
    "duration": 61,
    "connected_participants": ["user_a", "user_b"],
    "room_id": "room_1",
    "broadcast_id": None,
}
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def paged(name: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"skip": 10, "limit": 5, "has_more": True, "count": 2, name: list(items)}


def test_every_request_carries_the_key_and_asks_for_json(
    bandyer: BandyerClient, provider: RequestsMock, api_key: str
) -> None:
    headers = header_matcher({"apikey": api_key, "Accept": "application/json"})
    provider.get(f"{REST}/company", json={"company": {}}, match=[headers])

    bandyer.company()

    assert "Authorization" not in provider.calls[0].request.headers


@pytest.mark.parametrize(
    ("base_url", "path_prefix", "expected"),
    [
        ("https://bandyer.test/", "/rest/", "https://bandyer.test/rest/company"),
        ("https://bandyer.test", "", "https://bandyer.test/company"),
        ("https://proxy.test/bandyer", "rest", "https://proxy.test/bandyer/rest/company"),
    ],
)
def test_host_and_prefix_may_end_and_begin_with_a_slash_or_not(
    provider: RequestsMock, base_url: str, path_prefix: str, expected: str
) -> None:
    provider.get(expected, json={"company": {}})
    bandyer = BandyerClient(base_url=base_url, path_prefix=path_prefix, api_key=StaticApiKey("key"))

    bandyer.company()


@pytest.mark.parametrize(
    "base_url", ["bandyer.test", "ftp://bandyer.test", "https://", "https://bandyer.test?x=1", ""]
)
def test_a_base_url_that_is_no_address_is_refused_at_once(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        BandyerClient(base_url=base_url, api_key=StaticApiKey("key"))


def test_a_user_is_created_with_what_was_given_and_nothing_else(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    body = json_params_matcher({"id": "user_a", "role": "plus"})
    answer = {"user": {**USER, "creation_date": "2026-01-02T03:04:05.000Z"}, "id": "somebody_else"}
    provider.post(f"{REST}/user/create", status=201, json=answer, match=[body])

    user = bandyer.create_user(user_id="user_a", role="plus")

    assert (user.user_id, user.role, user.can_video, user.language) == ("user_a", "plus", True, "it")
    assert user.created_at == MOMENT


def test_a_user_is_created_with_every_field(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = json_params_matcher({"role": "basic", "can_video": False, "language": "en"})
    provider.post(f"{REST}/user/create", json={"user": USER}, match=[body])

    user = bandyer.create_user(role="basic", can_video=False, language="en")

    assert user.created_at is None


def test_a_user_is_read(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(f"{REST}/user/list/user_a", json={"user": {**USER, "firstName": "ignored"}})

    user = bandyer.get_user(user_id="user_a")

    assert user.user_id == "user_a"


def test_a_user_is_updated(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = json_params_matcher({"language": "en", "can_video": False})
    answer = {"user": {**USER, "language": "en", "active": True}}
    provider.put(f"{REST}/user/update/user_a", json=answer, match=[body])

    user = bandyer.update_user(user_id="user_a", language="en", can_video=False)

    assert user.language == "en"


@pytest.mark.parametrize("body", ["", "not json", '{"id": "user_a", "message": "user deleted"}'])
def test_a_deletion_succeeds_whatever_the_body_of_its_success(
    bandyer: BandyerClient, provider: RequestsMock, body: str
) -> None:
    provider.delete(f"{REST}/user/delete/user_a", status=204 if not body else 200, body=body)

    bandyer.delete_user(user_id="user_a")


def test_a_room_is_created_and_gives_each_participant_a_link(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    body = json_params_matcher(
        {
            "participants": [
                {"user_id": "user_a", "is_admin": True},
                {"user_id": "user_b", "is_admin": False, "tools": {}},
            ],
            "recording": False,
            "directCall": True,
            "live": False,
            "duration": 120,
            "description": "attempt",
        }
    )
    provider.post(f"{REST}/room/create", json={"room": ROOM}, match=[body])

    room = bandyer.create_room(
        participants=[RoomParticipant("user_a", is_admin=True), RoomParticipant("user_b", tools={})],
        direct_call=True,
        duration_seconds=120,
        description="attempt",
    )

    assert room.room_id == "room_1"
    assert room.links == {"user_a": "https://bandyer.test/a", "user_b": "https://bandyer.test/b"}
    assert (room.duration_seconds, room.description, room.recorded, room.direct_call) == (
        120,
        "attempt",
        True,
        True,
    )


@pytest.mark.parametrize("recording_type", ["manual", "automatic"])
def test_a_recorded_room_says_that_it_is_recorded_and_how(
    bandyer: BandyerClient, provider: RequestsMock, recording_type: Any
) -> None:
    expected = {"recording": True, "recording_type": recording_type}
    body = json_params_matcher(expected, strict_match=False)
    provider.post(f"{REST}/room/create", json={"room": {**ROOM, "record": "false"}}, match=[body])

    room = bandyer.create_room(participants=[RoomParticipant("user_a")], recording_type=recording_type)

    assert room.recorded is False


def test_an_unlimited_room_has_no_duration(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = json_params_matcher(
        {
            "participants": [{"user_id": "user_a", "is_admin": False, "tools": {"chat": True}}],
            "recording": False,
            "call_type": "audio_only",
            "directCall": False,
            "live": True,
            "initiatorAlias": "user_a",
        }
    )
    provider.post(f"{REST}/room/create", json={"room": {**ROOM, "duration": 0}}, match=[body])

    room = bandyer.create_room(
        participants=[RoomParticipant("user_a", tools={"chat": True})],
        call_type="audio_only",
        live=True,
        initiator_alias="user_a",
    )

    assert room.duration_seconds is None


def test_a_created_room_without_a_link_for_each_participant_is_no_success(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.post(f"{REST}/room/create", json={"room": ROOM})

    with pytest.raises(MalformedResponseError) as refusal:
        bandyer.create_room(participants=[RoomParticipant("user_a"), RoomParticipant("user_c")])

    assert refusal.value.outcome_unknown


def test_a_room_is_read(bandyer: BandyerClient, provider: RequestsMock) -> None:
    answer = {"room": {**ROOM, "durationUsed": 7, "status": "RUNNING", "dialInfo": {"sessions": {}}}}
    provider.get(f"{REST}/room/info/room_1", json=answer)

    room = bandyer.room_info(room_id="room_1")

    assert (room.room_id, room.status, room.disabled) == ("room_1", "RUNNING", False)
    assert (room.duration_seconds, room.used_seconds, room.description) == (120, 7, "attempt")
    assert room.links["user_b"] == "https://bandyer.test/b"


def test_the_calls_of_a_room_say_when_and_how_long_they_were(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    call = {"session": "session_1", "creationDate": SESSION["creation_date"], "hours": 1, "minutes": 2}
    details = [{**call, "seconds": 37, "users": 2, "userEvents": [], "userActivities": []}]
    answer = {"room": {**ROOM, "status": "NOT_RUNNING", "dialInfo": {"sessions": {"details": details}}}}
    provider.get(f"{REST}/room/info/room_1", json=answer)

    [session] = bandyer.room_info(room_id="room_1").sessions or ()

    assert (session.session_id, session.created_at, session.duration_seconds) == ("session_1", MOMENT, 3757)


def test_a_recordings_address_is_asked_for_in_milliseconds(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    url = "https://recordings.bandyer.test/1.mp4?Expires=1"
    provider.get(
        f"{REST}/room/recording/session_1",
        json={"url": url},
        match=[query_param_matcher({"expire_time": 60_000})],
    )

    assert bandyer.recording_url(session_id="session_1", valid_milliseconds=60_000) == url


def test_a_disabled_room_has_no_links(bandyer: BandyerClient, provider: RequestsMock) -> None:
    answer = {"room": {"room_id": "room_1", "status": "CLOSED", "disabled": True, "user_urls": []}}
    provider.get(f"{REST}/room/info/room_1", json=answer)

    room = bandyer.room_info(room_id="room_1")

    assert (room.disabled, room.links, room.duration_seconds, room.used_seconds) == (True, {}, None, 0)


def test_a_room_that_says_nothing_of_its_links_is_not_taken_for_one_without(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.get(f"{REST}/room/info/room_1", json={"room": {"room_id": "room_1", "status": "NOT_RUNNING"}})

    with pytest.raises(MalformedResponseError):
        bandyer.room_info(room_id="room_1")


def test_a_page_of_rooms_is_read(bandyer: BandyerClient, provider: RequestsMock) -> None:
    line = {
        "room_id": "room_1",
        "record": True,
        "call_type": "audio_video",
        "live": False,
        "description": None,
        "status": "NOT_RUNNING",
        "creationDate": "2026-01-02T03:04:05.000Z",
    }
    query = query_param_matcher({"skip": 10, "limit": 5})
    provider.get(f"{REST}/room/list", json=paged("rooms", line, {**line, "disabled": True}), match=[query])

    page = bandyer.list_rooms(skip=10, limit=5)

    assert (page.has_more, page.count, page.skip, page.limit) == (True, 2, 10, 5)
    assert [room.disabled for room in page.rooms] == [False, True]
    assert page.rooms[0].created_at == MOMENT
    assert page.rooms[0].description is None


@pytest.mark.parametrize("missing", ["rooms", "has_more"])
def test_a_page_that_does_not_say_what_it_holds_is_not_taken_for_an_empty_one(
    bandyer: BandyerClient, provider: RequestsMock, missing: str
) -> None:
    answer = paged("rooms")
    del answer[missing]
    provider.get(f"{REST}/room/list", json=answer)

    with pytest.raises(MalformedResponseError) as refusal:
        bandyer.list_rooms()

    assert not refusal.value.outcome_unknown


def test_a_room_is_deleted(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.delete(f"{REST}/room/delete/room_1", json={"room": {"room_id": "room_1", "message": "gone"}})

    bandyer.delete_room(room_id="room_1")


def test_a_room_is_disabled(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.put(f"{REST}/room/disable/room_1", json={"room": {"room_id": "room_1", "message": "gone"}})

    bandyer.disable_room(room_id="room_1")


@pytest.mark.parametrize("alias", ["alias", "background_alias"])
def test_the_company_is_read_under_both_spellings_of_a_background(
    bandyer: BandyerClient, provider: RequestsMock, alias: str
) -> None:
    company = {
        "name": "Acme",
        "default_language": "it",
        "default_background": {
            alias: "bg",
            "url": "https://x.test/bg",
            "creation_date": "2026-01-02T03:04:05.000",
        },
        "end_call_redirect_url": None,
        "end_call_redirect_timeout_ms": 5000,
        "user_details_provider_url": "https://x.test/users",
    }
    provider.get(f"{REST}/company", json={"company": company})

    read = bandyer.company()

    assert (read.name, read.default_language, read.end_call_redirect_url) == ("Acme", "it", None)
    assert read.end_call_redirect_timeout_milliseconds == 5000
    assert read.user_details_provider_url == "https://x.test/users"
    assert read.default_background is not None
    assert (read.default_background.alias, read.default_background.created_at) == ("bg", MOMENT)


BACKGROUND = {
    "background_alias": "bg",
    "url": "https://x.test/bg",
    "creation_date": "2026-01-02T03:04:05.000",
}


def test_backgrounds_are_read(bandyer: BandyerClient, provider: RequestsMock) -> None:
    answer = {"default_background": BACKGROUND, "backgrounds": [BACKGROUND, BACKGROUND]}
    provider.get(f"{REST}/company/virtual-backgrounds", json={"virtual_backgrounds": answer})

    read = bandyer.backgrounds()

    assert read.default == Background(alias="bg", url="https://x.test/bg", created_at=MOMENT)
    assert read.uploaded == (read.default, read.default)


def test_a_company_need_not_have_a_default_background(bandyer: BandyerClient, provider: RequestsMock) -> None:
    answer: dict[str, Any] = {"default_background": None, "backgrounds": []}
    provider.get(f"{REST}/company/virtual-backgrounds", json={"virtual_backgrounds": answer})

    assert bandyer.backgrounds() == Backgrounds(default=None, uploaded=())


def test_a_background_is_uploaded_as_a_file(bandyer: BandyerClient, provider: RequestsMock) -> None:
    file = {"virtual_background": ("background.jpeg", b"\xff\xd8", "image/jpeg")}
    provider.post(
        f"{REST}/company/virtual-background",
        json={"virtual_background": BACKGROUND},
        match=[multipart_matcher(file)],
    )

    assert bandyer.upload_background(b"\xff\xd8").alias == "bg"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, "/upload/list"),
        ({"room_id": "room_1"}, "/room/room_1/upload/list"),
        ({"session_id": "session_1"}, "/session/session_1/upload/list"),
    ],
)
def test_uploads_are_listed_by_their_owner(
    bandyer: BandyerClient, provider: RequestsMock, arguments: Any, path: str
) -> None:
    query = query_param_matcher({"skip": 0, "limit": 100, "upload_type": "snapshot"})
    without_key = {**UPLOAD, "url": UPLOAD["key"], "key": None}
    provider.get(f"{REST}{path}", json=paged("uploads", UPLOAD, without_key), match=[query])

    page = bandyer.list_uploads(**arguments, upload_type="snapshot")

    assert page.uploads[0] == page.uploads[1]
    assert (page.uploads[0].key, page.uploads[0].created_at) == (UPLOAD["key"], MOMENT)
    assert (page.uploads[0].session_id, page.uploads[0].room_id) == ("session_1", None)


def test_uploads_cannot_be_listed_by_two_owners(bandyer: BandyerClient) -> None:
    with pytest.raises(ValueError, match="not by both"):
        bandyer.list_uploads(room_id="room_1", session_id="session_1")


def test_an_upload_is_deleted_by_a_key_in_the_body(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = json_params_matcher({"upload_key": "sandbox/company/user_a/1-ff"})
    provider.delete(f"{REST}/upload/resource", json={"upload_key": "…"}, match=[body])

    bandyer.delete_upload(upload_key="sandbox/company/user_a/1-ff")


def test_an_unknown_upload_is_not_found(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.delete(f"{REST}/upload/resource", status=404, json={"code": "upload_not_found"})

    with pytest.raises(NotFoundError) as refusal:
        bandyer.delete_upload(upload_key="gone")

    assert refusal.value.code == "upload_not_found"


def test_sdk_credentials_are_issued(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = json_params_matcher({"user_id": "user_a", "expires_in": 360})
    answer = {
        "access_token": "header.payload.sign",
        "expires_at": "2026-01-02T03:04:05.000Z",
        "user_id": "user_a",
    }
    provider.post(f"{REST}/sdk/credentials", json=answer, match=[body])

    credentials = bandyer.create_sdk_credentials(user_id="user_a", expires_in_seconds=360)

    assert credentials.access_token == "header.payload.sign"
    assert (credentials.user_id, credentials.expires_at) == ("user_a", MOMENT)


def test_sessions_are_listed_between_two_moments(bandyer: BandyerClient, provider: RequestsMock) -> None:
    query = query_param_matcher(
        {
            "skip": 0,
            "limit": 100,
            "start_date": "2026-01-02T03:04:05.000Z",
            "end_date": "2026-01-02T04:04:05.006Z",
        }
    )
    provider.get(
        f"{REST}/session/list", json=paged("sessions", SESSION, {**SESSION, "duration": 0}), match=[query]
    )
    rome = timezone(timedelta(hours=1))

    page = bandyer.list_sessions(
        start_date=MOMENT.astimezone(rome), end_date=datetime(2026, 1, 2, 5, 4, 5, 6789, tzinfo=rome)
    )

    assert [session.duration_seconds for session in page.sessions] == [61, None]
    assert page.sessions[0].connected_participants == ("user_a", "user_b")


def test_a_moment_without_an_offset_cannot_be_asked_for(bandyer: BandyerClient) -> None:
    with pytest.raises(ValueError, match="offset"):
        bandyer.list_sessions(start_date=datetime(2026, 1, 2))  # noqa: DTZ001 - the point


def test_a_session_is_read(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(f"{REST}/session/session_1", json=SESSION)

    session = bandyer.get_session(session_id="session_1")

    assert (session.session_id, session.room_id, session.created_at) == ("session_1", "room_1", MOMENT)


def test_an_id_stays_one_path_segment(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(f"{REST}/room/info/..%2Fa%3Fb%23c%20%C3%A9%25", json={"room": ROOM})

    bandyer.room_info(room_id="../a?b#c é%")


@pytest.mark.parametrize("user_id", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_never_sent(bandyer: BandyerClient, user_id: str) -> None:
    with pytest.raises(ValueError, match="an id must not be"):
        bandyer.delete_user(user_id=user_id)


def test_only_the_given_settings_of_a_company_are_sent(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    url = "https://site.test/call-ended.html"
    sent = provider.post(
        f"{REST}/company/update",
        json={"company": {"end_call_redirect_url": url, "end_call_redirect_timeout_ms": 0}},
        match=[json_params_matcher({"end_call_redirect_url": url, "end_call_redirect_timeout_ms": 0})],
    )

    company = bandyer.update_company(end_call_redirect_url=url, end_call_redirect_timeout_milliseconds=0)

    assert sent.call_count == 1
    assert (company.end_call_redirect_url, company.end_call_redirect_timeout_milliseconds) == (url, 0)


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_a_theme_is_read_with_and_without_its_wrapping_object(
    bandyer: BandyerClient, provider: RequestsMock, *, is_wrapped: bool
) -> None:
    theme = {"light": {"primary_color": "#FFFFFF", "accent_color": "#336699"}, "dark": None}
    provider.get(f"{REST}/company/theme", json={"theme": theme} if is_wrapped else theme)

    assert bandyer.theme() == Theme(light=Colours(primary="#FFFFFF", accent="#336699"))


def test_a_mode_that_is_not_given_is_not_reset(bandyer: BandyerClient, provider: RequestsMock) -> None:
    dark = {"primary_color": "#000000", "accent_color": "#336699"}
    sent = provider.post(
        f"{REST}/company/theme",
        json={"theme": {"light": None, "dark": dark}},
        match=[json_params_matcher({"dark": dark})],
    )

    bandyer.update_theme(Theme(dark=Colours(primary="#000000", accent="#336699")))

    assert sent.call_count == 1


def test_the_sessions_of_a_room_have_everybodys_stays(bandyer: BandyerClient, provider: RequestsMock) -> None:
    activities: list[Any] = [
        {
            "user": "user_a",
            "startTime": "2026-01-02T03:04:05.000Z",
            "stopTime": "2026-01-02T03:05:05.000Z",
            "seconds": 60,
        },
        {"user": "user_b", "startTime": "2026-01-02T03:04:05.000Z", "seconds": 5},
        {"user": "user_b", "startTime": "2026-01-02T03:04:05.000Z", "stopTime": None, "seconds": 0},
        {"user": "user_c", "startTime": "no date"},
        {"startTime": "2026-01-02T03:04:05.000Z"},
        "nonsense",
    ]
    details = [
        {"session": "session_1", "userActivities": activities},
        {"session": "session_2", "userActivities": None},
    ]
    info = {**ROOM, "status": "CLOSED", "dialInfo": {"sessions": {"number": 2, "details": details}}}
    provider.get(f"{REST}/room/info/room_1", json={"room": info})

    first, second = bandyer.room_info(room_id="room_1").sessions or ()

    assert [(stay.user_id, stay.ended_at) for stay in first.activities] == [
        ("user_a", MOMENT + timedelta(minutes=1)),
        ("user_b", MOMENT + timedelta(seconds=5)),
        ("user_b", None),
    ]
    assert (second.session_id, second.activities) == ("session_2", ())


@pytest.mark.parametrize("more", [{}, {"dialInfo": None}, {"dialInfo": {"sessions": {}}}])
def test_a_room_without_statistics_says_so(
    bandyer: BandyerClient, provider: RequestsMock, more: dict[str, Any]
) -> None:
    provider.get(f"{REST}/room/info/room_1", json={"room": {**ROOM, **more}})

    assert bandyer.room_info(room_id="room_1").sessions is None


@pytest.mark.parametrize(
    ("active", "found"),
    [
        ({}, []),
        ([], []),
        (
            {"https://a.example": [{"event": "on_user_connected", "webhook_method": "POST"}]},
            [("https://a.example", "on_user_connected")],
        ),
    ],
)
def test_hooks_are_read_by_address(
    bandyer: BandyerClient, provider: RequestsMock, active: Any, found: list[tuple[str, str]]
) -> None:
    provider.get(f"{REST}/v1/hook", json={"active_webhooks": active})

    assert [(hook.url, hook.event) for hook in bandyer.hooks()] == found


def test_hooks_of_an_unknown_form_are_an_error(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(f"{REST}/v1/hook", json={"active_webhooks": "none"})

    with pytest.raises(MalformedResponseError):
        bandyer.hooks()


def test_configured_hooks_name_address_and_events(bandyer: BandyerClient, provider: RequestsMock) -> None:
    body = {
        "post_event_webhook_url": "https://a.example",
        "webhook_method": "POST",
        "webhook_filters": ["on_user_connected"],
    }
    sent = provider.post(
        f"{REST}/v1/hook/configure", json={"active_webhooks": []}, match=[json_params_matcher(body)]
    )

    bandyer.configure_hooks(url="https://a.example", events=["on_user_connected"])

    assert sent.call_count == 1
