"""Calls in DynamoDB: the port `Calls` over the same table."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from teleconsultation.domain.call import Call, Fact, FactKind, RoomRecord
from teleconsultation.domain.ports import Clock, RoomOwner
from teleconsultation.domain.timestamps import to_text
from teleconsultation.storage.call_items import (
    call_key,
    fact_name,
    fact_value,
    owner_item,
    owner_key,
    read_call_item,
    read_owner_item,
    record_name,
    record_value,
    without_seat,
)
from teleconsultation.storage.dynamodb import ConditionFailedError, JsonObject
from teleconsultation.storage.transport import DynamoDB

MAX_FACTS = 500
"""So many facts are kept of one teleconsultation, some 60 KB: a connection that comes and goes all the time
must not fill the item, whose every write costs as much as it is large. The provider's record makes up for it.
Recordings are kept beyond that, because there are no more of them than sessions in that record.
"""


class DynamoDBCalls:
    """The storage port (`ports.Calls`) over a DynamoDB transport."""

    def __init__(self, dynamodb: DynamoDB, *, table_name: str, clock: Clock) -> None:
        """Keep what is needed to build requests; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._clock = clock

    def owner(self, room_id: str) -> RoomOwner | None:
        """As `Calls.owner`."""
        item = self._send("GetItem", Key=owner_key(room_id), ConsistentRead=True).get("Item")
        if item is None or int(item["expiresAt"]["N"]) <= self._clock().timestamp():
            return None
        return read_owner_item(item)

    def remember_owner(self, room_id: str, owner: RoomOwner, *, until: datetime) -> None:
        """As `Calls.remember_owner`."""
        self._send("PutItem", Item=owner_item(room_id, owner) | {"expiresAt": _expiry(until)})

    def get(self, teleconsultation_id: str) -> Call:
        """As `Calls.get`."""
        item = self._item(teleconsultation_id)
        return Call() if item is None else read_call_item(item)

    def add_fact(self, teleconsultation_id: str, fact: Fact, *, version: int, expires_at: datetime) -> bool:
        """As `Calls.add_fact`, in one conditional write."""
        values = {":most": {"N": str(MAX_FACTS)}} if fact.kind is not FactKind.RECORDED else {}
        room_left = " AND (attribute_not_exists(facts) OR facts < :most)" if values else ""
        try:
            self._send(
                "UpdateItem",
                Key=call_key(teleconsultation_id),
                UpdateExpression="SET #fact = :fact, visitVersion = :version, expiresAt = :expiry"
                " ADD facts :one",
                ConditionExpression=f"attribute_not_exists(#fact){room_left}",
                ExpressionAttributeNames={"#fact": fact_name(fact.id)},
                ExpressionAttributeValues={
                    ":fact": fact_value(fact),
                    ":version": {"N": str(version)},
                    ":expiry": _expiry(expires_at),
                    ":one": {"N": "1"},
                    **values,
                },
            )
        except ConditionFailedError:
            return False
        return True

    def close(
        self,
        teleconsultation_id: str,
        *,
        records: Mapping[str, RoomRecord],
        is_certain: bool,
        closed_at: datetime,
        expires_at: datetime,
    ) -> None:
        """As `Calls.close`, in one conditional write."""
        with suppress(ConditionFailedError):
            self._set(
                teleconsultation_id,
                {
                    **{record_name(room_id): record_value(record) for room_id, record in records.items()},
                    "isCertain": {"BOOL": is_certain},
                    "closedAt": {"S": to_text(closed_at)},
                    "expiresAt": _expiry(expires_at),
                },
                closed_at=closed_at,
            )

    def forget_seat(self, teleconsultation_id: str, seat: int, *, sitter_id: str | None) -> None:
        """As `Calls.forget_seat`."""
        item = self._item(teleconsultation_id)
        if item is None:
            return
        facts, records = without_seat(item, seat=seat, sitter_id=sitter_id)
        if facts or records:
            values = {record_name(room_id): record_value(record) for room_id, record in records.items()}
            self._set(teleconsultation_id, values, remove=facts)

    def _item(self, teleconsultation_id: str) -> JsonObject | None:
        response = self._send("GetItem", Key=call_key(teleconsultation_id), ConsistentRead=True)
        item: JsonObject | None = response.get("Item")
        return item

    def _set(
        self,
        teleconsultation_id: str,
        values: Mapping[str, JsonObject],
        *,
        remove: list[str] | None = None,
        closed_at: datetime | None = None,
    ) -> None:
        names = {f"#v{number}": name for number, name in enumerate(values)}
        gone = {f"#r{number}": name for number, name in enumerate(remove or [])}
        clauses = []
        if names:
            clauses.append("SET " + ", ".join(f"{name} = :{name[1:]}" for name in names))
        if gone:
            clauses.append("REMOVE " + ", ".join(gone))
        request: JsonObject = {
            "Key": call_key(teleconsultation_id),
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": names | gone,
        }
        if names:
            request["ExpressionAttributeValues"] = {
                f":{short[1:]}": values[name] for short, name in names.items()
            }
        if closed_at is not None:
            request["ConditionExpression"] = "attribute_not_exists(closedAt) OR closedAt <= :closed"
            request["ExpressionAttributeValues"] |= {":closed": {"S": to_text(closed_at)}}
        self._send("UpdateItem", **request)

    def _send(self, operation: str, **request: object) -> JsonObject:
        return self._dynamodb.send(operation, {"TableName": self._table_name, **request})


def _expiry(instant: datetime) -> JsonObject:
    return {"N": str(int(instant.timestamp()))}
