"""Which answer becomes which error, and what an error may say."""

import re

import pytest
import requests
from responses import RequestsMock

import bandyer.errors
from bandyer import (
    AuthenticationError,
    BandyerClient,
    BandyerError,
    MalformedResponseError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    ServerError,
    StaticApiKey,
    UserAlreadyExistsError,
)

ROOM_INFO = "https://bandyer.test/rest/room/info/room_1"
USER_CREATE = "https://bandyer.test/rest/user/create"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "invalid_api_key", AuthenticationError),
        (401, "invalid_api_key", AuthenticationError),
        (401, None, AuthenticationError),
        (400, "invalid_user_id", NotFoundError),
        (400, "invalid_room_id", NotFoundError),
        (404, "session_not_found", NotFoundError),
        (404, None, RejectedError),
        (400, "user_id_already_exists", UserAlreadyExistsError),
        (400, "recording_not_found", RejectedError),
        (403, None, RejectedError),
        (422, "role_validation_error", RejectedError),
        (422, "invalid_user_id", RejectedError),
        (301, None, RejectedError),
        (429, "too_many_requests", RateLimitedError),
        (500, "internal_server_error", ServerError),
        (503, None, ServerError),
        (599, None, ServerError),
    ],
)
def test_a_refusal_has_the_class_its_status_and_code_call_for(
    bandyer: BandyerClient,
    provider: RequestsMock,
    status: int,
    code: str | None,
    expected: type[BandyerError],
) -> None:
    provider.post(USER_CREATE, status=status, json={"status": status, "name": "error", "code": code})

    with pytest.raises(BandyerError) as failure:
        bandyer.create_user(user_id="user_a", role="basic")

    assert type(failure.value) is expected
    assert (failure.value.status, failure.value.code) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Bad Gateway</html>",
        "[]",
        '"invalid_user_id"',
        "null",
        '{"code": 17}',
        '{"code": "Alice Smith was not found"}',
        '{"code": "' + "x" * 65 + '"}',
        '{"code": ',
        b"\xff\xfe\x00",
        "[" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_refusal_is_understood_whatever_its_body(
    bandyer: BandyerClient, provider: RequestsMock, body: str | bytes
) -> None:
    provider.get(ROOM_INFO, status=422, body=body)

    with pytest.raises(RejectedError) as failure:
        bandyer.room_info(room_id="room_1")

    assert (failure.value.status, failure.value.code) == (422, None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html></html>",
        "[]",
        "null",
        '{"room":{"room_id":"roo',
        '{"room": []}',
        '{"room": {}}',
        "[" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_success_that_cannot_be_read_is_not_repeated(
    bandyer: BandyerClient, provider: RequestsMock, body: str
) -> None:
    provider.get(ROOM_INFO, body=body)

    with pytest.raises(MalformedResponseError) as failure:
        bandyer.room_info(room_id="room_1")

    assert failure.value.status == 200
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "unknown"),
    [
        (500, "", True),
        (503, "", True),
        (200, "{", True),
        (429, "", False),
        (400, "", False),
        (302, "", False),
    ],
)
def test_the_outcome_of_a_creation_is_unknown_unless_it_was_refused(
    bandyer: BandyerClient, provider: RequestsMock, *, status: int, body: str, unknown: bool
) -> None:
    provider.post(USER_CREATE, status=status, body=body)

    with pytest.raises(BandyerError) as failure:
        bandyer.create_user(role="basic")

    assert failure.value.outcome_unknown is unknown


def test_reading_has_no_outcome_that_could_be_unknown(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(ROOM_INFO, status=500)

    with pytest.raises(ServerError) as failure:
        bandyer.room_info(room_id="room_1")

    assert not failure.value.outcome_unknown


def test_a_redirect_is_refused_and_the_key_stays_here(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(ROOM_INFO, status=307, headers={"Location": "https://elsewhere.test/"})

    with pytest.raises(RejectedError) as failure:
        bandyer.room_info(room_id="room_1")

    assert failure.value.status == 307
    assert [call.request.url for call in provider.calls] == [ROOM_INFO]


@pytest.mark.parametrize(
    "cause",
    [
        requests.ConnectTimeout("https://bandyer.test/rest/user/list/user_alice"),
        requests.ReadTimeout("https://bandyer.test/rest/user/list/user_alice"),
        requests.ConnectionError("https://bandyer.test/rest/user/list/user_alice"),
        requests.exceptions.InvalidHeader("ak_test_0123456789ab"),
    ],
)
def test_a_printed_failure_shows_nobody_and_no_address(
    bandyer: BandyerClient, provider: RequestsMock, cause: Exception
) -> None:
    provider.get("https://bandyer.test/rest/user/list/user_alice", body=cause)

    with pytest.raises(BandyerError) as failure:
        bandyer.get_user(user_id="user_alice")

    printed = f"{failure.value!s} {failure.value!r} {vars(failure.value)}"
    assert not [secret for secret in ("user_alice", "ak_test", "bandyer.test") if secret in printed]
    assert failure.value.cause_name == type(cause).__name__
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)


def test_a_printed_refusal_shows_nothing_of_the_body(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.get(ROOM_INFO, json={"room": {"user_urls": "Alice"}})

    with pytest.raises(MalformedResponseError) as failure:
        bandyer.room_info(room_id="room_1")

    assert "Alice" not in f"{failure.value!s} {failure.value!r} {vars(failure.value)}"
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)


def test_links_and_tokens_are_not_printed(bandyer: BandyerClient, provider: RequestsMock) -> None:
    urls = [{"user": "user_a", "url": "https://bandyer.test/secret-link"}]
    provider.get(ROOM_INFO, json={"room": {"room_id": "room_1", "user_urls": urls}})
    token = {"access_token": "secret-token", "expires_at": "", "user_id": "user_a"}
    provider.post("https://bandyer.test/rest/sdk/credentials", json=token)

    room = bandyer.room_info(room_id="room_1")
    credentials = bandyer.create_sdk_credentials(user_id="user_a")

    assert room.links == {"user_a": "https://bandyer.test/secret-link"}
    assert "secret-link" not in repr(room)
    assert "secret-token" not in repr(credentials)
    assert "ak_live" not in repr(StaticApiKey("ak_live"))


def test_the_tree_drawn_in_the_docstring_is_the_tree_there_is() -> None:
    drawn: set[tuple[str, str]] = set()
    above: list[tuple[int, str]] = []
    for branch, name in re.findall(
        r"^    ([ │├└─]*)(\w+Error)\b", bandyer.errors.__doc__ or "", flags=re.MULTILINE
    ):
        above = [(depth, parent) for depth, parent in above if depth < len(branch)]
        drawn |= {(above[-1][1], name)} if above else set()
        above.append((len(branch), name))

    classes = [c for c in vars(bandyer.errors).values() if isinstance(c, type) and c is not BandyerError]

    assert drawn == {(parent.__name__, c.__name__) for c in classes for parent in c.__bases__}
