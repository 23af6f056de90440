"""Every fault the simulator knows, over real HTTP: what the client repeats, reports, and leaves behind."""

from typing import Any

import pytest

from bandyer import (
    BandyerClient,
    ConnectionLostError,
    MalformedResponseError,
    NotFoundError,
    RateLimitedError,
    ResponseTimeoutError,
    RoomParticipant,
    ServerError,
    UnavailableError,
    UserAlreadyExistsError,
)

# Long enough for an answer from loopback, short enough to wait for.
ONE_ATTEMPT_SECONDS = 1.2


@pytest.mark.parametrize("status", [500, 503])
def test_reading_survives_a_failing_server(bandyer: BandyerClient, simulator: Any, status: int) -> None:
    simulator.fail("GET", "/company", f"status:{status}", times=2)

    company = bandyer.company()

    assert company.name
    assert [seen[2] for seen in simulator.requests_seen()] == [status, status, 200]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_keeps_failing_is_reported(bandyer: BandyerClient, simulator: Any, status: int) -> None:
    simulator.fail("*", "/", f"status:{status}", times=9, retry_after=1)

    with pytest.raises(ServerError) as error:
        bandyer.company()

    assert (error.value.status, error.value.retry_after_seconds) == (status, 1)
    assert len(simulator.requests_seen()) == 3


def test_a_creation_a_failing_server_refused_is_sent_once(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    simulator.fail("POST", "/room/create", "status:503", times=9)

    with pytest.raises(ServerError) as error:
        bandyer.create_room(participants=people)

    assert error.value.outcome_unknown
    assert [path for _, path, _ in simulator.requests_seen()].count("/rest/room/create") == 1


def test_a_rate_limit_with_a_time_is_waited_out_even_for_a_creation(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant], time_left: Any
) -> None:
    simulator.fail("POST", "/room/create", "status:429", retry_after=2)

    bandyer.create_room(participants=people)

    assert len(simulator.state()["rooms"]) == 1
    assert [int(pause) for pause in time_left.pauses] == [2]


def test_a_rate_limit_without_a_time_is_reported(bandyer: BandyerClient, simulator: Any) -> None:
    simulator.fail("GET", "/company", "status:429")

    with pytest.raises(RateLimitedError) as error:
        bandyer.company()

    assert (error.value.status, error.value.retry_after_seconds) == (429, None)


def test_reading_survives_a_lost_answer(bandyer: BandyerClient, simulator: Any, time_left: Any) -> None:
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("GET", "/company", "timeout_before")

    company = bandyer.company()

    assert company.name


def test_a_creation_that_timed_out_may_not_have_happened(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant], time_left: Any
) -> None:
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("POST", "/room/create", "timeout_before")

    with pytest.raises(ResponseTimeoutError) as error:
        bandyer.create_room(participants=people, description="attempt")

    assert error.value.outcome_unknown
    assert bandyer.list_rooms().rooms == ()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("timeout_after_commit", ResponseTimeoutError),
        ("reset_after_commit", ConnectionLostError),
        ("malformed_body", MalformedResponseError),
        ("slow:2", ResponseTimeoutError),
    ],
)
def test_a_creation_whose_answer_is_lost_can_be_found_by_its_description(
    bandyer: BandyerClient,
    simulator: Any,
    people: list[RoomParticipant],
    time_left: Any,
    *,
    fault: str,
    expected: type[UnavailableError],
) -> None:
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("POST", "/room/create", fault)

    with pytest.raises(expected) as error:
        bandyer.create_room(participants=people, description="attempt")

    assert type(error.value) is expected
    assert error.value.outcome_unknown
    if fault != "slow:2":
        (room,) = bandyer.list_rooms().rooms
        assert room.description == "attempt"
        assert set(bandyer.room_info(room_id=room.room_id).links) == {p.user_id for p in people}


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_after_commit", "malformed_body"])
def test_a_user_whose_creation_was_lost_can_be_created_again_under_its_id(
    bandyer: BandyerClient, simulator: Any, time_left: Any, fault: str
) -> None:
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("POST", "/user/create", fault)

    with pytest.raises(UnavailableError) as error:
        bandyer.create_user(user_id="user_a", role="basic")
    with pytest.raises(UserAlreadyExistsError):
        bandyer.create_user(user_id="user_a", role="basic")

    assert error.value.outcome_unknown


@pytest.mark.parametrize("fault", ["timeout_before", "reset_before"])
def test_a_deletion_that_did_not_arrive_is_repeated(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant], time_left: Any, fault: str
) -> None:
    room = bandyer.create_room(participants=people)
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("DELETE", "/room/delete", fault)

    bandyer.delete_room(room_id=room.room_id)

    assert [room["deleted"] for room in simulator.state()["rooms"]] == [True]


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_after_commit"])
def test_a_repeated_deletion_finds_that_it_was_done(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant], time_left: Any, fault: str
) -> None:
    room = bandyer.create_room(participants=people)
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("DELETE", "/room/delete", fault)

    with pytest.raises(NotFoundError):
        bandyer.delete_room(room_id=room.room_id)

    assert [room["deleted"] for room in simulator.state()["rooms"]] == [True]


def test_a_deletion_does_not_need_a_readable_answer(
    bandyer: BandyerClient, simulator: Any, people: list[RoomParticipant]
) -> None:
    room = bandyer.create_room(participants=people)
    simulator.fail("DELETE", "/room/delete", "malformed_body")

    bandyer.delete_room(room_id=room.room_id)

    assert [room["deleted"] for room in simulator.state()["rooms"]] == [True]


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_before", "reset_after_commit"])
def test_a_change_is_repeated(bandyer: BandyerClient, simulator: Any, time_left: Any, fault: str) -> None:
    bandyer.create_user(user_id="user_a", role="basic")
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("PUT", "/user/update", fault)

    changed = bandyer.update_user(user_id="user_a", language="de")

    assert changed.language == "de"


def test_an_unreadable_answer_to_a_question_is_reported(bandyer: BandyerClient, simulator: Any) -> None:
    simulator.fail("GET", "/company", "malformed_body")

    with pytest.raises(MalformedResponseError) as error:
        bandyer.company()

    assert not error.value.outcome_unknown


def test_a_connection_that_keeps_breaking_is_reported(bandyer: BandyerClient, simulator: Any) -> None:
    simulator.fail("GET", "/company", "reset_before", times=3)

    with pytest.raises(ConnectionLostError) as error:
        bandyer.company()

    assert not error.value.outcome_unknown
    assert error.value.cause_name == "ConnectionResetError"


def test_a_slow_answer_is_waited_for(bandyer: BandyerClient, simulator: Any) -> None:
    simulator.fail("GET", "/company", "slow:0.3")

    company = bandyer.company()

    assert company.name
    assert len(simulator.requests_seen()) == 1


def test_a_server_that_never_answers_is_given_up_in_time(
    bandyer: BandyerClient, simulator: Any, time_left: Any
) -> None:
    time_left.seconds_left = ONE_ATTEMPT_SECONDS
    simulator.fail("GET", "/company", "timeout_before", times=3)

    with pytest.raises(ResponseTimeoutError) as error:
        bandyer.company()

    assert error.value.cause_name == "TimeoutError"
    assert len(simulator.requests_seen()) == 3
