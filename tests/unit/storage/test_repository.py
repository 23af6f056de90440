"""What is stored stays stored, whatever the table says of what comes after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.domain.model import Waiting
from teleconsultation.storage.dynamodb import DynamoDBError, JsonObject
from teleconsultation.storage.items import teleconsultation_item, waiting_name, waiting_value
from teleconsultation.storage.repository import DynamoDBTeleconsultations
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
