"""What is stored stays stored, whatever the table says of what comes after it, and a batch waits for a table
that is busy.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.domain.lifetime import RUN_EVERY
from teleconsultation.domain.model import Waiting
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject
from teleconsultation.storage.items import (
    INDEX_PARTITIONS,
    teleconsultation_item,
    waiting_name,
    waiting_value,
)
from teleconsultation.storage.repository import (
    BATCH_PAUSES_SECONDS,
    SIGN_ATTEMPTS,
    DynamoDBTeleconsultations,
)
from tests.fakes.pauses import Pauses
from tests.fakes.samples import teleconsultation, user
from tests.fakes.watch import NOON, Watch


def sign(minutes: int) -> Waiting:
    return Waiting(since=NOON, seen_at=NOON + timedelta(minutes=minutes))


class SignedTable:
    """A table in which a sign comes just before each of the first writes, by UpdateItem, which the writer may
    not use.
    """

    def __init__(self, *signs: Waiting, then: Exception | None = None) -> None:
        self.items: list[JsonObject] = []
        self._stored = teleconsultation_item(teleconsultation())
        self._signs = deque(signs)
        self._then = then

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        assert operation == "PutItem"
        if self.items and self._then is not None:
            raise self._then
        before = dict(self._stored)
        if self._signs:
            before[waiting_name(1)] = waiting_value(self._signs.popleft())
        assert request["ExpressionAttributeValues"] == {":expected": before["version"]}
        self._stored = request["Item"]
        self.items.append(request["Item"])
        return {"Attributes": before}

    def signs(self) -> list[object]:
        """The sign in each item that was written."""
        return [item.get(waiting_name(1)) for item in self.items]


def storage_over(table: SignedTable) -> DynamoDBTeleconsultations:
    return DynamoDBTeleconsultations(table, table_name="visits", retention=timedelta(days=365), clock=Watch())


def test_a_sign_that_a_write_has_overwritten_is_written_again_into_its_version() -> None:
    table = SignedTable(sign(1))

    storage_over(table).replace(replace(teleconsultation(), version=2), expected_version=1)

    assert table.signs() == [None, waiting_value(sign(1))]
    assert [item["version"] for item in table.items] == [{"N": "2"}, {"N": "2"}]


def test_so_is_one_that_comes_while_the_first_is_written_again() -> None:
    table = SignedTable(sign(1), sign(2))

    storage_over(table).replace(replace(teleconsultation(), version=2), expected_version=1)

    assert table.signs() == [None, waiting_value(sign(1)), waiting_value(sign(2))]


def test_signs_that_come_without_end_hold_nobody_up() -> None:
    table = SignedTable(*map(sign, range(50)))

    storage_over(table).replace(replace(teleconsultation(), version=2), expected_version=1)

    assert len(table.items) == 1 + SIGN_ATTEMPTS


@pytest.mark.parametrize(
    "refusal",
    [DynamoDBError("ValidationException"), StorageUnavailableError("slow"), ConditionFailedError(None)],
)
def test_a_sign_that_cannot_be_written_again_fails_no_write(refusal: Exception) -> None:
    table = SignedTable(sign(1), then=refusal)

    storage_over(table).replace(replace(teleconsultation(), version=2), expected_version=1)

    assert table.signs() == [None]


class EmptyTable:
    """A table in which nothing is due."""

    def __init__(self) -> None:
        self.partitions: list[str] = []

    def send(self, _operation: str, request: JsonObject) -> JsonObject:
        self.partitions.append(request["ExpressionAttributeValues"][":partition"]["S"])
        return {"Items": []}


def test_runs_with_time_for_a_third_of_the_partitions_leave_none_for_longer_than_four_runs() -> None:
    table = EmptyTable()
    storage = DynamoDBTeleconsultations(
        table, table_name="visits", retention=timedelta(days=365), clock=Watch()
    )
    reached: list[set[str]] = []

    for run in range(3 * len(INDEX_PARTITIONS)):
        table.partitions.clear()
        assert list(storage.due_for_settling(now=NOON + run * RUN_EVERY)) == []
        assert sorted(table.partitions) == sorted(INDEX_PARTITIONS)
        reached.append(set(table.partitions[:6]))

    fours = [reached[run : run + 4] for run in range(len(reached) - 3)]
    assert all(set().union(*four) == set(INDEX_PARTITIONS) for four in fours)


class WarmingTable:
    """A table that leaves batches unprocessed while a partition warms up."""

    def __init__(self) -> None:
        self._refusals = len(BATCH_PAUSES_SECONDS) - 1

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        left = request["RequestItems"] if self._refusals else {}
        self._refusals -= 1
        if operation == "BatchGetItem":
            return {"Responses": {}, "UnprocessedKeys": left}
        return {"UnprocessedItems": left}


def pauses_of(send: Callable[[DynamoDBTeleconsultations], object]) -> list[float]:
    """Return the pauses of a request to a table that warms up."""
    pauses = Pauses()
    storage = DynamoDBTeleconsultations(
        WarmingTable(),
        table_name="visits",
        retention=timedelta(days=365),
        clock=Watch(),
        sleep=pauses.sleep,
    )
    send(storage)
    return pauses.seconds


BATCHES = {
    "keys": lambda storage: storage.get_all(["5f0c9a1be2d34c7a8b6d0e1f"]),
    "items": lambda storage: storage.save_users([user()]),
}


@pytest.mark.parametrize("send", BATCHES.values(), ids=BATCHES.keys())
def test_what_is_left_of_a_batch_is_sent_again_after_pauses_that_grow(
    send: Callable[[DynamoDBTeleconsultations], object],
) -> None:
    pauses = pauses_of(send)

    assert len(pauses) == len(BATCH_PAUSES_SECONDS) - 1
    assert all(0 < pause <= longest for pause, longest in zip(pauses, BATCH_PAUSES_SECONDS[1:], strict=True))


@pytest.mark.parametrize("send", BATCHES.values(), ids=BATCHES.keys())
def test_two_requests_do_not_send_the_rest_of_their_batches_together(
    send: Callable[[DynamoDBTeleconsultations], object],
) -> None:
    assert pauses_of(send) != pauses_of(send)
