"""What is stored stays stored, whatever the table says of what comes after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.domain.model import Waiting
from teleconsultation.storage.dynamodb import DynamoDBError, JsonObject
from teleconsultation.storage.items import (
    INDEX_PARTITIONS,
    teleconsultation_item,
    waiting_name,
    waiting_value,
)
from teleconsultation.storage.repository import DynamoDBTeleconsultations
from teleconsultation.use_cases.settle import RUN_EVERY
from tests.fakes.samples import teleconsultation
from tests.fakes.watch import NOON, Watch


class SignedTable:
    """A table with a sign that the writer has not read, and which refuses to write one."""

    def __init__(self, refusal: Exception) -> None:
        self.asked: list[str] = []
        self._refusal = refusal

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        self.asked.append(operation)
        if operation == "UpdateItem":
            raise self._refusal
        sign = waiting_value(Waiting(since=NOON, seen_at=NOON + timedelta(hours=1)))
        return {"Attributes": teleconsultation_item(teleconsultation()) | {waiting_name(1): sign}}


@pytest.mark.parametrize("refusal", [DynamoDBError("AccessDeniedException"), StorageUnavailableError("slow")])
def test_a_sign_that_cannot_be_written_again_fails_no_write(refusal: Exception) -> None:
    table = SignedTable(refusal)
    storage = DynamoDBTeleconsultations(
        table, table_name="visits", retention=timedelta(days=365), clock=Watch()
    )

    storage.replace(replace(teleconsultation(), version=2), expected_version=1)

    assert table.asked == ["PutItem", "UpdateItem"]


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
