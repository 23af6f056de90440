"""After two timeouts in a row nothing is sent for ten seconds, then one request as a trial."""

from typing import Any

import pytest
import requests
from responses import RequestsMock

from bandyer import (
    BandyerClient,
    CircuitBreaker,
    CircuitOpenError,
    ConnectTimeoutError,
    ResponseTimeoutError,
    StaticApiKey,
    UnavailableError,
)

COMPANY = "https://bandyer.test/rest/company"
ROOM_CREATE = "https://bandyer.test/rest/room/create"
ROOM_DELETE = "https://bandyer.test/rest/room/delete/room_1"
NO_ANSWER = requests.ReadTimeout()
NEVER_ARRIVED = requests.ConnectTimeout()
FINE = {"company": {"name": "Acme"}}


class WallClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def breaker(clock: WallClock) -> CircuitBreaker:
    return CircuitBreaker(wall_clock=clock)


@pytest.fixture
def bandyer(breaker: CircuitBreaker, time_left: Any) -> BandyerClient:
    return another_client(breaker, time_left)


def another_client(breaker: CircuitBreaker, time_left: Any) -> BandyerClient:
    return BandyerClient(
        base_url="https://bandyer.test",
        api_key=StaticApiKey("ak"),
        circuit_breaker=breaker,
        remaining_seconds=time_left.remaining_seconds,
        sleep=time_left.sleep,
    )


@pytest.fixture
def opened(breaker: CircuitBreaker) -> None:
    breaker.record_timeout()
    breaker.record_timeout()


@pytest.mark.parametrize(
    ("timeout", "expected"), [(NO_ANSWER, ResponseTimeoutError), (NEVER_ARRIVED, ConnectTimeoutError)]
)
def test_a_call_ends_with_its_second_timeout(
    bandyer: BandyerClient, provider: RequestsMock, timeout: Exception, expected: type[UnavailableError]
) -> None:
    provider.get(COMPANY, body=timeout)

    with pytest.raises(expected):
        bandyer.company()

    assert len(provider.calls) == 2


def test_what_the_attempts_before_it_may_have_done_stays_unknown(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    provider.delete(ROOM_DELETE, body=NO_ANSWER)

    with pytest.raises(ResponseTimeoutError) as error:
        bandyer.delete_room(room_id="room_1")

    assert error.value.outcome_unknown


def test_timeouts_of_two_requests_are_in_a_row_too(
    breaker: CircuitBreaker, provider: RequestsMock, time_left: Any
) -> None:
    provider.post(ROOM_CREATE, body=NO_ANSWER)
    for _ in range(2):
        with pytest.raises(ResponseTimeoutError):
            another_client(breaker, time_left).create_room(participants=[])

    with pytest.raises(CircuitOpenError) as error:
        another_client(breaker, time_left).create_room(participants=[])

    assert len(provider.calls) == 2
    assert not error.value.outcome_unknown


@pytest.mark.usefixtures("opened")
def test_nothing_is_sent_for_ten_seconds(
    bandyer: BandyerClient, provider: RequestsMock, clock: WallClock
) -> None:
    clock.seconds += 9.5

    with pytest.raises(CircuitOpenError) as error:
        bandyer.company()

    assert error.value.retry_after_seconds == pytest.approx(0.5)
    assert not error.value.outcome_unknown
    assert len(provider.calls) == 0


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("status", [200, 400, 429, 500], ids=str)
def test_a_trial_that_is_answered_ends_the_refusals(
    bandyer: BandyerClient,
    breaker: CircuitBreaker,
    provider: RequestsMock,
    clock: WallClock,
    status: int,
) -> None:
    provider.post(ROOM_CREATE, status=status)
    clock.seconds += 10

    with pytest.raises(Exception, match="Bandyer"):  # whatever this answer means
        bandyer.create_room(participants=[])

    assert breaker.refused_seconds() == 0
    assert breaker.refused_seconds() == 0


@pytest.mark.usefixtures("opened")
def test_a_trial_without_an_answer_is_the_only_one_for_ten_seconds(
    bandyer: BandyerClient, provider: RequestsMock, clock: WallClock
) -> None:
    provider.post(ROOM_CREATE, body=NO_ANSWER)
    clock.seconds += 10

    with pytest.raises(ResponseTimeoutError):
        bandyer.create_room(participants=[])
    with pytest.raises(CircuitOpenError) as error:
        bandyer.create_room(participants=[])

    assert error.value.retry_after_seconds == 10
    assert len(provider.calls) == 1


@pytest.mark.usefixtures("opened")
def test_others_are_refused_while_the_trial_is_under_way(breaker: CircuitBreaker, clock: WallClock) -> None:
    clock.seconds += 10

    assert breaker.refused_seconds() == 0
    assert breaker.refused_seconds() == 10


@pytest.mark.usefixtures("opened")
def test_a_trial_that_is_never_heard_of_again_is_followed_by_another(
    breaker: CircuitBreaker, clock: WallClock
) -> None:
    clock.seconds += 10
    breaker.refused_seconds()
    clock.seconds += 10

    assert breaker.refused_seconds() == 0


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("jump", [-3600, 3600], ids=["back", "forth"])
def test_a_clock_that_was_set_does_not_extend_the_refusals(
    breaker: CircuitBreaker, clock: WallClock, jump: int
) -> None:
    clock.seconds += jump

    assert breaker.refused_seconds() == 0


def test_an_answer_between_two_timeouts_starts_the_count_again(
    bandyer: BandyerClient, provider: RequestsMock
) -> None:
    for _ in range(2):
        provider.get(COMPANY, body=NO_ANSWER)
        provider.get(COMPANY, json=FINE)

    assert [bandyer.company().name for _ in range(2)] == ["Acme", "Acme"]


@pytest.mark.parametrize(
    "failure", [{"status": 500}, {"body": requests.ConnectionError()}], ids=["500", "reset"]
)
def test_failures_that_come_at_once_are_no_reason_to_stop(
    bandyer: BandyerClient, provider: RequestsMock, failure: dict[str, Any]
) -> None:
    provider.get(COMPANY, **failure)

    for _ in range(2):
        with pytest.raises(UnavailableError):
            bandyer.company()

    assert len(provider.calls) == 6


def test_an_attempt_that_was_cut_short_says_nothing_of_the_provider(
    bandyer: BandyerClient, breaker: CircuitBreaker, provider: RequestsMock, time_left: Any
) -> None:
    time_left.seconds_left = 4.9
    provider.post(ROOM_CREATE, body=NO_ANSWER)

    for _ in range(3):
        with pytest.raises(ResponseTimeoutError):
            bandyer.create_room(participants=[])

    assert breaker.refused_seconds() == 0


def test_a_connection_that_takes_too_long_is_told_from_one_that_is_refused(
    bandyer: BandyerClient, provider: RequestsMock, time_left: Any
) -> None:
    time_left.seconds_left = 1.0
    provider.post(ROOM_CREATE, body=NEVER_ARRIVED)

    with pytest.raises(ConnectTimeoutError) as error:
        bandyer.create_room(participants=[])

    assert not error.value.outcome_unknown
