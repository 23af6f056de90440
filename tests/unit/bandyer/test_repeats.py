"""What is repeated, how often, after which pause, and when there is no time left for it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from responses import RequestsMock
from responses.matchers import request_kwargs_matcher
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

from bandyer import (
    BandyerClient,
    ConnectionFailedError,
    ConnectionLostError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RoomParticipant,
    ServerError,
    StaticApiKey,
    UnavailableError,
)

REST = "https://bandyer.test/rest"
COMPANY = f"{REST}/company"
ROOM_CREATE = f"{REST}/room/create"
ROOM_DELETE = f"{REST}/room/delete/room_1"
FINE = {"company": {"name": "Acme"}}
NEVER_ARRIVED = requests.ConnectTimeout()
NO_ANSWER = requests.ReadTimeout()
BROKEN = requests.ConnectionError()
REFUSED = requests.ConnectionError(NewConnectionError(HTTPSConnection("bandyer.test"), "refused"))


def create_room(bandyer: BandyerClient) -> None:
    bandyer.create_room(participants=[RoomParticipant("user_a"), RoomParticipant("user_b")])


@pytest.mark.parametrize(
    ("failure", "times"),
    [({"body": NO_ANSWER}, 1), ({"body": NEVER_ARRIVED}, 1), ({"body": BROKEN}, 2), ({"status": 500}, 2)],
)
def test_reading_is_repeated_until_it_succeeds(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any, failure: dict[str, Any], times: int
) -> None:
    for _ in range(times):
        provider.get(COMPANY, **failure)
    provider.get(COMPANY, json=FINE)

    company = bandyer.company()

    assert company.name == "Acme"
    assert len(time_left.pauses) == times


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ({"body": BROKEN}, ConnectionLostError),
        ({"body": REFUSED}, ConnectionFailedError),
        ({"status": 500}, ServerError),
    ],
)
def test_repeating_ends_after_three_attempts(
    bandyer: BandyerClient, provider: RequestsMock, failure: dict[str, Any], expected: type[UnavailableError]
) -> None:
    provider.get(COMPANY, **failure)

    with pytest.raises(expected) as error:
        bandyer.company()

    assert type(error.value) is expected
    assert len(provider.calls) == 3


@pytest.mark.parametrize("failure", [{"body": NO_ANSWER}, {"body": BROKEN}, {"status": 500}, {"status": 503}])
def test_a_creation_whose_outcome_is_unknown_is_not_repeated(
    bandyer: BandyerClient, provider: RequestsMock, failure: dict[str, Any]
) -> None:
    provider.post(ROOM_CREATE, **failure)

    with pytest.raises(UnavailableError) as error:
        create_room(bandyer)

    assert error.value.outcome_unknown
    assert len(provider.calls) == 1


def test_a_creation_that_never_arrived_is_repeated(bandyer: BandyerClient, provider: RequestsMock) -> None:
    provider.post(ROOM_CREATE, body=NEVER_ARRIVED)
    provider.post(ROOM_CREATE, status=422)

    with pytest.raises(RejectedError):
        create_room(bandyer)

    assert len(provider.calls) == 2


def test_a_creation_that_never_arrives_at_all_took_no_effect(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.post(ROOM_CREATE, body=REFUSED)

    with pytest.raises(ConnectionFailedError) as error:
        create_room(bandyer)

    assert not error.value.outcome_unknown


def test_a_creation_that_came_too_fast_is_repeated_when_the_provider_said(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    provider.post(ROOM_CREATE, status=429, headers={"Retry-After": "2"})
    provider.post(ROOM_CREATE, status=422)

    with pytest.raises(RejectedError):
        create_room(bandyer)

    assert len(time_left.pauses) == 1
    assert 2.0 <= time_left.pauses[0] <= 2.2


def test_a_rate_limit_that_does_not_say_for_how_long_is_left_to_the_caller(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.get(COMPANY, status=429)

    with pytest.raises(RateLimitedError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds is None
    assert len(provider.calls) == 1


def test_a_repeated_deletion_finds_nothing_when_the_first_took_effect(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.delete(ROOM_DELETE, body=NO_ANSWER)
    provider.delete(ROOM_DELETE, status=400, json={"code": "invalid_room_id"})

    with pytest.raises(NotFoundError) as error:
        bandyer.delete_room(room_id="room_1")

    assert error.value.outcome_unknown


def test_what_an_earlier_attempt_may_have_done_is_not_forgotten(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.delete(ROOM_DELETE, body=NO_ANSWER)
    provider.delete(ROOM_DELETE, body=REFUSED)

    with pytest.raises(ConnectionFailedError) as error:
        bandyer.delete_room(room_id="room_1")

    assert error.value.outcome_unknown


def test_pauses_are_random_and_may_grow(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    provider.get(COMPANY, status=500)

    for _ in range(50):
        with pytest.raises(ServerError):
            bandyer.company()

    first, second = time_left.pauses[::2], time_left.pauses[1::2]
    assert all(0 <= pause <= 0.2 for pause in first)
    assert all(0 <= pause <= 0.4 for pause in second)
    assert len(set(first)) > 40
    assert max(second) > 0.2


def ascii_start(header: str) -> str:
    return ascii(header[:10])


def http_date(seconds_from_now: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_from_now), usegmt=True)


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        (" 7 ", 7, 7),
        (600, 500, 600),
        (-600, 0, 0),
        ("999999999999", 3600, 3600),
        (9_999_999, 3600, 3600),
    ],
    ids=["seconds", "spaces", "date", "past", "eternity", "far date"],
)
def test_both_forms_of_retry_after_are_read_and_bounded(
    bandyer: BandyerClient, provider: RequestsMock, header: str | int, low: float, high: float
) -> None:
    # A date is written here and not in the list, which is made long before a late test of a long run.
    text = header if isinstance(header, str) else http_date(header)
    provider.get(COMPANY, status=429, headers={"Retry-After": text})

    with pytest.raises(RateLimitedError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds is not None
    assert low <= error.value.retry_after_seconds <= high


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1.5", "٣", "9" * 5000, "Fri, 31 Dec 99999 23:59:59 GMT"]
)
def test_a_retry_after_that_means_nothing_is_ignored(
    bandyer: BandyerClient, provider: RequestsMock, header: str
) -> None:
    provider.get(COMPANY, status=429, headers={"Retry-After": header})

    with pytest.raises(RateLimitedError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds is None


def test_a_server_that_asks_for_a_pause_gets_it(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    provider.get(COMPANY, status=503, headers={"Retry-After": "3"})
    provider.get(COMPANY, json=FINE)

    bandyer.company()

    assert 3.0 <= time_left.pauses[0] <= 3.2


def test_a_longer_pause_than_anybody_waits_for_is_passed_on(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    provider.get(COMPANY, status=503, headers={"Retry-After": "6"})

    with pytest.raises(ServerError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds == 6
    assert time_left.pauses == []


def test_nothing_is_sent_without_time_for_an_answer(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    time_left.seconds_left = 0.2

    with pytest.raises(DeadlineExceededError) as error:
        bandyer.company()

    assert not error.value.outcome_unknown
    assert len(provider.calls) == 0


def test_there_is_no_pause_past_the_deadline(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    time_left.seconds_left = 2.0
    provider.get(COMPANY, status=429, headers={"Retry-After": "2"})

    with pytest.raises(RateLimitedError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds == 2
    assert time_left.pauses == []


def test_there_is_no_attempt_past_the_deadline(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    def slow_failure(_request: object) -> tuple[int, dict[str, str], str]:
        time_left.seconds_left -= 1.9
        return 500, {}, ""

    time_left.seconds_left = 2.0
    provider.add_callback("GET", COMPANY, callback=slow_failure)

    with pytest.raises(ServerError):
        bandyer.company()

    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("seconds_left", "timeout"),
    [
        (float("inf"), (2.0, 8.0)),
        (30.0, (2.0, 8.0)),
        (6.0, (2.0, 4.0)),
        (3.0, (1.5, 1.5)),
        (0.5, (0.25, 0.25)),
    ],
)
def test_an_attempt_gets_its_timeout_or_what_is_left(
    bandyer: BandyerClient,
    provider: RequestsMock,
    time_left: Any,
    seconds_left: float,
    timeout: tuple[float, float],
) -> None:
    time_left.seconds_left = seconds_left
    provider.get(COMPANY, json=FINE, match=[request_kwargs_matcher({"timeout": timeout, "stream": False})])

    bandyer.company()


def test_a_client_of_one_attempt_repeats_nothing(provider: RequestsMock) -> None:
    pauses: list[float] = []
    bandyer = BandyerClient(
        base_url="https://bandyer.test", api_key=StaticApiKey("ak_1"), attempts=1, sleep=pauses.append
    )
    provider.get(COMPANY, status=500)

    with pytest.raises(ServerError):
        bandyer.company()

    assert (len(provider.calls), pauses) == (1, [])
