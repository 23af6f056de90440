"""Visits that an earlier version has stored come into the list by the operator's command, once."""

from dataclasses import replace

from deployment.list_index import index_visits
from teleconsultation.domain.lifetime import DELETED_RETENTION
from teleconsultation.storage.items import teleconsultation_item, user_item
from teleconsultation.storage.repository import DynamoDBTeleconsultations
from tests.contract.storage.conftest import Emulator
from tests.fakes.samples import START, teleconsultation, user
from tests.fakes.watch import NOON, Watch


def test_old_visits_are_indexed_once_and_keep_their_version(
    emulator: Emulator, table_name: str, clock: Watch
) -> None:
    dynamodb = emulator.client("dynamodb")
    storage = DynamoDBTeleconsultations(
        emulator.transport(), table_name=table_name, retention=DELETED_RETENTION, clock=clock
    )
    old, new = teleconsultation(), replace(teleconsultation(), created_at=NOON)
    item = teleconsultation_item(old) | {"expiresAt": {"N": str(int(START.timestamp()) + 86_400)}}
    of_earlier = {name: value for name, value in item.items() if name not in {"startDay", "namedNumber"}}
    dynamodb.put_item(TableName=table_name, Item=of_earlier)
    dynamodb.put_item(TableName=table_name, Item=user_item(user()))
    storage.add(new)

    indexed = [index_visits(table_name, dynamodb=dynamodb) for _ in range(2)]

    assert indexed == [1, 0]
    listed = storage.starting(since=START, before=START.replace(hour=23), after=None)
    assert {one.id: (one.version, one.named_number) for one in listed} == {old.id: (1, 2), new.id: (1, 2)}
    assert storage.get(old.id) == old
