"""The writers' transport ends in time: what it repeats, and when it sends nothing any more."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from teleconsultation import bootstrap
from teleconsultation.aws_clients import ANSWER_SECONDS, CONNECT_SECONDS
from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.storage.boto3_transport import (
    ATTEMPTS,
    FIRST_PAUSE_SECONDS,
    MAXIMUM_PAUSE_SECONDS,
    REPEATED_FOR_SECONDS,
    RESERVE_SECONDS,
    Boto3Transport,
)
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError

FUNCTION_SECONDS = 25.0
"""`Timeout` of the writing functions in template.yaml."""
LONGEST_ATTEMPT_SECONDS = CONNECT_SECONDS + ANSWER_SECONDS
NO_ANSWER = ReadTimeoutError(endpoint_url="https://dynamodb.test")


class Table:
    """A client of boto3 whose answers take their time, and the time until the request ends."""

    def __init__(self, *, seconds_left: float = FUNCTION_SECONDS) -> None:
        self.seconds_left = seconds_left
        self.attempts = 0
        self.pauses: list[float] = []
        self.answer: Callable[[], dict[str, Any]] = dict

    def get_item(self, **_: object) -> dict[str, Any]:
        self.attempts += 1
        return self.answer()

    put_item = get_item

    def takes(self, seconds: float, *, then: Exception | None = None, times: int | None = None) -> None:
        """Let each call take `seconds` and succeed, or fail with `then`, only the first `times`."""

        def answer() -> dict[str, Any]:
            self.seconds_left -= seconds
            if then is not None and (times is None or self.attempts <= times):
                raise then
            return {}

        self.answer = answer

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds_left -= seconds

    def transport(self) -> Boto3Transport:
        return Boto3Transport(
            self,  # type: ignore[arg-type]
            remaining_seconds=lambda: self.seconds_left,
            monotonic=lambda: -self.seconds_left,
            sleep=self.sleep,
        )


def refusal(code: str, *, status: int = 400) -> ClientError:
    error: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "PutItem")


def test_a_table_that_never_answers_is_given_up_before_the_function_ends() -> None:
    table = Table()
    table.takes(LONGEST_ATTEMPT_SECONDS, then=NO_ANSWER)
    transport = table.transport()

    # Five calls are the most that a POST makes, and a request ends with the first that fails.
    for _ in range(5):
        with pytest.raises(StorageUnavailableError):
            transport.send("GetItem", {})

    assert table.attempts > ATTEMPTS
    assert table.seconds_left >= RESERVE_SECONDS


def test_a_table_that_crawls_is_given_up_before_the_function_ends() -> None:
    table = Table()
    table.takes(LONGEST_ATTEMPT_SECONDS - 0.01)
    transport = table.transport()

    answered = 0
    with suppress(StorageUnavailableError):
        while answered < 20:
            transport.send("PutItem", {})
            answered += 1

    assert answered == 8
    assert table.seconds_left >= RESERVE_SECONDS


def test_nothing_is_sent_if_its_answer_might_come_too_late() -> None:
    table = Table(seconds_left=LONGEST_ATTEMPT_SECONDS + RESERVE_SECONDS - 0.01)

    with pytest.raises(StorageUnavailableError, match="no time left"):
        table.transport().send("PutItem", {})

    assert table.attempts == 0


def test_a_commit_has_two_attempts_after_the_provider_used_all_of_its_time() -> None:
    table = Table(seconds_left=bootstrap.RESERVE_SECONDS)
    table.takes(LONGEST_ATTEMPT_SECONDS, then=NO_ANSWER, times=1)

    table.transport().send("PutItem", {})

    assert table.attempts == 2
    assert table.seconds_left >= RESERVE_SECONDS


@pytest.mark.parametrize(
    "failure",
    [
        NO_ANSWER,
        refusal("ProvisionedThroughputExceededException"),
        refusal("InternalServerError", status=500),
        refusal("SomethingNobodyHasHeardOf", status=429),
    ],
    ids=["no answer", "throttled", "500", "429"],
)
def test_what_may_pass_is_repeated(failure: Exception) -> None:
    table = Table()
    table.takes(0.0, then=failure, times=ATTEMPTS - 1)

    assert table.transport().send("PutItem", {}) == {}
    assert table.attempts == ATTEMPTS


def test_a_table_that_is_throttled_for_three_seconds_takes_the_write() -> None:
    table = Table()

    def answer() -> dict[str, Any]:
        if table.seconds_left > FUNCTION_SECONDS - 3:
            raise refusal("ThrottlingException")
        return {}

    table.answer = answer

    assert table.transport().send("PutItem", {}) == {}


def test_what_comes_at_once_is_repeated_for_some_seconds_with_pauses_that_grow_to_one() -> None:
    table = Table()
    table.takes(0.0, then=refusal("ThrottlingException"))

    with pytest.raises(StorageUnavailableError, match="ThrottlingException"):
        table.transport().send("PutItem", {})

    assert table.attempts == len(table.pauses) + 1
    assert REPEATED_FOR_SECONDS <= sum(table.pauses) <= REPEATED_FOR_SECONDS + MAXIMUM_PAUSE_SECONDS
    for number, pause in enumerate(table.pauses):
        assert 0 <= pause <= min(FIRST_PAUSE_SECONDS * 2**number, MAXIMUM_PAUSE_SECONDS)
    assert len(set(table.pauses)) == len(table.pauses)


def test_what_takes_long_is_repeated_for_some_attempts() -> None:
    table = Table(seconds_left=60)
    table.takes(LONGEST_ATTEMPT_SECONDS, then=NO_ANSWER)

    with pytest.raises(StorageUnavailableError, match="ReadTimeoutError"):
        table.transport().send("PutItem", {})

    assert table.attempts == ATTEMPTS


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ConditionalCheckFailedException", ConditionFailedError), ("ValidationException", DynamoDBError)],
)
def test_a_refusal_is_not_repeated(code: str, expected: type[DynamoDBError]) -> None:
    table = Table()
    table.takes(0.0, then=refusal(code))

    with pytest.raises(expected):
        table.transport().send("PutItem", {})

    assert table.attempts == 1
