"""Teleconsultations in DynamoDB: the storage port over one table."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from itertools import batched

from teleconsultation.dynamodb import ConditionFailedError, DynamoDB, JsonObject
from teleconsultation.errors import ConflictError, StorageUnavailableError, TeleconsultationNotFoundError
from teleconsultation.items import (
    read_teleconsultation_item,
    read_user_item,
    teleconsultation_item,
    teleconsultation_key,
    user_item,
    user_key,
)
from teleconsultation.model import Teleconsultation, User
from teleconsultation.ports import Clock

BATCH_ATTEMPTS = 4
"""How often a batch is sent again for what DynamoDB left unprocessed."""
DELETED_RETENTION_DAYS = 30
"""How long a deleted teleconsultation answers 410 rather than 404."""
WRITE_BATCH_SIZE = 25
"""Most items of one BatchWriteItem."""


class DynamoDBTeleconsultations:
    """The storage port (`ports.Teleconsultations`) over a DynamoDB transport."""

    def __init__(self, dynamodb: DynamoDB, *, table_name: str, retention_days: int, clock: Clock) -> None:
        """Keep what is needed to build requests; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._retention = timedelta(days=retention_days)
        self._clock = clock

    def get(self, teleconsultation_id: str) -> Teleconsultation:
        """As `Teleconsultations.get`; a strongly consistent read, so that a POST's answer is already true for
        whoever follows it.
        """
        response = self._send("GetItem", Key=teleconsultation_key(teleconsultation_id), ConsistentRead=True)
        item = response.get("Item")
        # DynamoDB's TTL deletes within days, not at once: time decides here, TTL only collects the garbage.
        if item is None or int(item["expiresAt"]["N"]) <= self._clock().timestamp():
            raise TeleconsultationNotFoundError("no item")
        return read_teleconsultation_item(item)

    def add(self, teleconsultation: Teleconsultation) -> None:
        """As `Teleconsultations.add`."""
        self._put(teleconsultation, condition="attribute_not_exists(pk)", values={})

    def replace(self, teleconsultation: Teleconsultation, *, expected_version: int) -> None:
        """As `Teleconsultations.replace`."""
        self._put(
            teleconsultation,
            condition="version = :expected",
            values={":expected": {"N": str(expected_version)}},
        )

    def remove(self, teleconsultation_id: str, *, expected_version: int) -> None:
        """As `Teleconsultations.remove`."""
        try:
            self._send(
                "DeleteItem",
                Key=teleconsultation_key(teleconsultation_id),
                ConditionExpression="attribute_not_exists(pk) OR version = :expected",
                ExpressionAttributeValues={":expected": {"N": str(expected_version)}},
            )
        except ConditionFailedError:
            raise ConflictError("another version is stored") from None

    def strike_off(self, teleconsultation_id: str, *, room_ids: Collection[str]) -> None:
        """As `Teleconsultations.strike_off`; taking elements out of a set commutes with every other write."""
        try:
            self._send(
                "UpdateItem",
                Key=teleconsultation_key(teleconsultation_id),
                UpdateExpression="DELETE roomsToDelete :gone",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":gone": {"SS": sorted(room_ids)}},
            )
        except ConditionFailedError:
            return

    def users(self, external_ids: Collection[str]) -> Mapping[str, User]:
        """As `Teleconsultations.users`, in one BatchGetItem."""
        users: dict[str, User] = {}
        pending = [user_key(external_id) for external_id in dict.fromkeys(external_ids)]
        for _ in range(BATCH_ATTEMPTS):
            if not pending:
                return users
            response = self._dynamodb.send(
                "BatchGetItem",
                {"RequestItems": {self._table_name: {"Keys": pending, "ConsistentRead": True}}},
            )
            for item in response["Responses"].get(self._table_name, ()):
                user = read_user_item(item)
                users[user.external_id] = user
            pending = response.get("UnprocessedKeys", {}).get(self._table_name, {}).get("Keys", [])
        if pending:
            raise StorageUnavailableError("keys left unprocessed")
        return users

    def remember(self, users: Collection[User]) -> None:
        """As `Teleconsultations.remember`, `WRITE_BATCH_SIZE` users a request."""
        for batch in batched(users, WRITE_BATCH_SIZE, strict=False):
            self._write_batch([{"PutRequest": {"Item": user_item(user)}} for user in batch])

    def page(self, *, after: str | None, size: int) -> Sequence[Teleconsultation]:
        """As `Teleconsultations.page`, in as many Scans as it takes to meet a teleconsultation.

        It begins at a teleconsultation and not where a Scan ended, which may be at somebody's profile, for
        nobody should have to write such a key down.
        """
        start = None if after is None else teleconsultation_key(after)
        while True:
            response = self._send(
                "Scan",
                ConsistentRead=True,
                Limit=size,
                FilterExpression="begins_with(pk, :kind)",
                ExpressionAttributeValues={":kind": teleconsultation_key("")["pk"]},
                **({} if start is None else {"ExclusiveStartKey": start}),
            )
            start = response.get("LastEvaluatedKey")
            if response["Items"] or not start:
                return [read_teleconsultation_item(item) for item in response["Items"]]

    def forget(self, external_id: str) -> bool:
        """As `Teleconsultations.forget`."""
        response = self._send("DeleteItem", Key=user_key(external_id), ReturnValues="ALL_OLD")
        return bool(response.get("Attributes"))

    def _write_batch(self, requests: Sequence[JsonObject]) -> None:
        pending = list(requests)
        for _ in range(BATCH_ATTEMPTS):
            response = self._dynamodb.send("BatchWriteItem", {"RequestItems": {self._table_name: pending}})
            pending = response.get("UnprocessedItems", {}).get(self._table_name, [])
            if not pending:
                return
        raise StorageUnavailableError("items left unprocessed")

    def _put(self, teleconsultation: Teleconsultation, *, condition: str, values: JsonObject) -> None:
        # The transport repeats a write whose answer was lost. If the first one had taken effect, the second
        # meets its own result: the write id tells that apart from somebody else's change.
        write_id = {"S": secrets.token_hex(8)}
        item = teleconsultation_item(teleconsultation) | {
            "writeId": write_id,
            "expiresAt": self._expiry(teleconsultation),
        }
        request: JsonObject = {
            "Item": item,
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            self._send("PutItem", **request)
        except ConditionFailedError as error:
            if error.item is None or error.item.get("writeId") != write_id:
                raise ConflictError("another version is stored") from None

    def _expiry(self, teleconsultation: Teleconsultation) -> JsonObject:
        if teleconsultation.deleted_at is not None:
            expiry = teleconsultation.deleted_at + timedelta(days=DELETED_RETENTION_DAYS)
        else:
            expiry = max(teleconsultation.schedule.end_date, teleconsultation.updated_at) + self._retention
        return {"N": str(int(expiry.timestamp()))}

    def _send(self, operation: str, **request: object) -> JsonObject:
        return self._dynamodb.send(operation, {"TableName": self._table_name, **request})
