"""Teleconsultations in DynamoDB: the storage port over one table."""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import batched

from teleconsultation.domain.errors import (
    ConflictError,
    StorageUnavailableError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.lifetime import RUN_EVERY, expires_at, settles_at
from teleconsultation.domain.model import Teleconsultation, Waiting
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject
from teleconsultation.storage.items import (
    INDEX_PARTITIONS,
    Item,
    alias_item,
    alias_key,
    idempotency_item,
    index_entry,
    indexed_id,
    read_alias_item,
    read_idempotency_item,
    read_teleconsultation_item,
    read_user_item,
    read_walk_item,
    request_key,
    teleconsultation_item,
    teleconsultation_key,
    user_item,
    user_key,
    waiting_name,
    waiting_value,
    walk_item,
    walk_key,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from teleconsultation.domain.idempotency import IdempotencyRecord
    from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
    from teleconsultation.domain.people import User
    from teleconsultation.domain.ports import Clock
    from teleconsultation.domain.walk import Walk
    from teleconsultation.storage.transport import DynamoDB

PARTITIONS_A_RUN = 5
"""By so many partitions of 17 a run begins later than the one before. If each has time for a third of them,
none waits for more than four runs; with 1 it would be twelve.
"""
BATCH_PAUSES_SECONDS = (0.0, 0.1, 0.2, 0.4, 0.8)
"""The longest pause before each attempt at a batch, of which a random part is waited. DynamoDB leaves parts
of a batch unprocessed while a partition is throttled, and the transport does not see it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""
SIGN_ATTEMPTS = 3
"""How often signs that a write has overwritten are written again, at most."""
IDEMPOTENCY_RETENTION = timedelta(hours=24)
"""How long a request can be repeated with its Idempotency-Key."""
UNSETTLED_INDEX = "Unsettled"
READ_BATCH_SIZE = 100
"""Maximum number of keys in one BatchGetItem."""
WRITE_BATCH_SIZE = 25
"""Maximum number of items in one BatchWriteItem."""


class DynamoDBTeleconsultations:
    """The storage port (`ports.Teleconsultations`) over a DynamoDB transport."""

    def __init__(
        self,
        dynamodb: "DynamoDB",
        *,
        table_name: str,
        retention: timedelta,
        clock: "Clock",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep what is needed to build requests; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._retention = retention
        self._clock = clock
        self._sleep = sleep

    def get(self, teleconsultation_id: str) -> Teleconsultation:
        """As `Teleconsultations.get`; the read is strongly consistent, so that a GET right after a POST
        succeeds.
        """
        response = self._send("GetItem", Key=teleconsultation_key(teleconsultation_id), ConsistentRead=True)
        item = response.get("Item")
        if item is None or self._is_expired(item):
            raise TeleconsultationNotFoundError("no item")
        return read_teleconsultation_item(item)

    def get_all(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Teleconsultation]:
        """As `Teleconsultations.get_all`, with `READ_BATCH_SIZE` ids in each request."""
        keys = [
            teleconsultation_key(teleconsultation_id) for teleconsultation_id in set(teleconsultation_ids)
        ]
        return {
            item["id"]["S"]: read_teleconsultation_item(item)
            for item in self._read_all(keys)
            if not self._is_expired(item)
        }

    def add(self, teleconsultation: Teleconsultation) -> None:
        """As `Teleconsultations.add`."""
        self._put(teleconsultation, condition="attribute_not_exists(pk)", values={})

    def replace(self, teleconsultation: Teleconsultation, *, expected_version: int) -> None:
        """As `Teleconsultations.replace`; signs of people who wait, and a report on the room, that the write
        has overwritten are written again, into the same version. A failure of that is ignored: the record
        itself is stored, pages repeat their signs, and the room is looked up before the opening.
        """
        merged = self._put_over(teleconsultation, expected_version=expected_version)
        with suppress(ConflictError, DynamoDBError, StorageUnavailableError):
            for _ in range(SIGN_ATTEMPTS):
                if merged is None:
                    return
                # A sign that comes before this write is overwritten in its turn.
                merged = self._put_over(merged, expected_version=merged.version)

    def _put_over(
        self, teleconsultation: Teleconsultation, *, expected_version: int
    ) -> Teleconsultation | None:
        """Write the item in place of a version, and return the record with what that one had and it has not;
        None if that is nothing.
        """
        before = self._put(
            teleconsultation,
            condition="version = :expected",
            values={":expected": {"N": str(expected_version)}},
        )
        if before is None:
            return None
        merged = read_teleconsultation_item(before).merged_into(teleconsultation)
        return None if merged == teleconsultation else merged

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

    def postpone(self, stored: Teleconsultation, *, until: datetime, failures: int) -> None:
        """As `Teleconsultations.postpone`."""
        entry = index_entry(stored.id, settles_at=until)
        reported_at = stored.room.reported_gone_at if stored.room is not None else None
        is_done_with = reported_at is not None and not failures
        with suppress(ConditionFailedError):
            self._send(
                "UpdateItem",
                Key=teleconsultation_key(stored.id),
                UpdateExpression="SET unsettled = :partition, unsettledSince = :until,"
                " settleFailures = :failures" + (" REMOVE #room.reportedGoneAt" if is_done_with else ""),
                ConditionExpression="version = :expected AND "
                + (
                    "attribute_not_exists(#room.reportedGoneAt)"
                    if reported_at is None
                    else "#room.reportedGoneAt = :reported"
                ),
                ExpressionAttributeNames={"#room": "room"},
                ExpressionAttributeValues={
                    ":partition": entry["unsettled"],
                    ":until": entry["unsettledSince"],
                    ":failures": {"N": str(failures)},
                    ":expected": {"N": str(stored.version)},
                    **({} if reported_at is None else {":reported": {"S": to_text(reported_at)}}),
                },
            )

    def report_room_gone(self, teleconsultation_id: str, *, room_id: str, at: datetime) -> bool:
        """As `Teleconsultations.report_room_gone`."""
        entry = index_entry(teleconsultation_id, settles_at=at)
        try:
            self._send(
                "UpdateItem",
                Key=teleconsultation_key(teleconsultation_id),
                UpdateExpression="SET #room.reportedGoneAt = :at, unsettled = :partition,"
                " unsettledSince = :at",
                ConditionExpression="#room.roomId = :room",
                ExpressionAttributeNames={"#room": "room"},
                ExpressionAttributeValues={
                    ":at": {"S": to_text(at)},
                    ":partition": entry["unsettled"],
                    ":room": {"S": room_id},
                },
            )
        except ConditionFailedError:
            return False
        return True

    def note_waiting(
        self, teleconsultation_id: str, *, seat: int, waiting: Waiting, expected_version: int
    ) -> bool:
        """As `Teleconsultations.note_waiting`."""
        try:
            self._send(
                "UpdateItem",
                Key=teleconsultation_key(teleconsultation_id),
                UpdateExpression="SET #seat = :waiting",
                ConditionExpression="version = :expected",
                ExpressionAttributeNames={"#seat": waiting_name(seat)},
                ExpressionAttributeValues={
                    ":waiting": waiting_value(waiting),
                    ":expected": {"N": str(expected_version)},
                },
            )
        except ConditionFailedError:
            return False
        return True

    def reserve(
        self, record: "IdempotencyRecord", *, in_place_of: "IdempotencyRecord | None" = None
    ) -> "IdempotencyRecord | None":
        """As `Teleconsultations.reserve`."""
        write_id = {"S": os.urandom(8).hex()}
        now = self._clock()
        vacant = "attribute_not_exists(pk) OR expiresAt <= :now"
        values: JsonObject = {":now": {"N": str(int(now.timestamp()))}}
        if in_place_of is not None:
            vacant += " OR heldUntil = :before"
            values[":before"] = {"S": to_text(in_place_of.held_until)}
        expiry = {"N": str(int((now + IDEMPOTENCY_RETENTION).timestamp()))}
        try:
            self._send(
                "PutItem",
                Item=idempotency_item(record) | {"writeId": write_id, "expiresAt": expiry},
                ConditionExpression=vacant,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as error:
            standing = error.item
            if standing is None:
                raise ConflictError("the record changed meanwhile") from None
            return None if standing.get("writeId") == write_id else read_idempotency_item(standing)
        return None

    def reservation(self, key_digest: str) -> "IdempotencyRecord | None":
        """As `Teleconsultations.reservation`."""
        item = self._send("GetItem", Key=request_key(key_digest), ConsistentRead=True).get("Item")
        return None if item is None or self._is_expired(item) else read_idempotency_item(item)

    def due_for_settling(self, *, now: datetime) -> Iterator[tuple[str, datetime]]:
        """As `Teleconsultations.due_for_settling`; queries the sparse index partition by partition, page
        by page, as the caller iterates. Each run of the reconciler begins with another partition, so that
        runs that are short of time do not always leave the same ones.
        """
        run = int(now.timestamp() // RUN_EVERY.total_seconds())
        first = run * PARTITIONS_A_RUN % len(INDEX_PARTITIONS)
        for partition in (*INDEX_PARTITIONS[first:], *INDEX_PARTITIONS[:first]):
            page: JsonObject = {}
            while True:
                response = self._send(
                    "Query",
                    IndexName=UNSETTLED_INDEX,
                    KeyConditionExpression="unsettled = :partition AND unsettledSince <= :now",
                    ExpressionAttributeValues={":partition": {"S": partition}, ":now": {"S": to_text(now)}},
                    **page,
                )
                for entry in response["Items"]:
                    yield indexed_id(entry), from_text(entry["unsettledSince"]["S"])
                if "LastEvaluatedKey" not in response:
                    break
                page = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def starting(
        self, *, since: datetime, before: datetime, after: "ListPosition | None"
    ) -> "Iterator[ListedTeleconsultation]":
        """As `Teleconsultations.starting`; queries the index day by day."""
        from teleconsultation.storage import list_index  # noqa: PLC0415 - not needed by GET

        page: JsonObject = {} if after is None else {"ExclusiveStartKey": list_index.list_key(after)}
        day = since if after is None else max(since, after.start_date)
        while day < before:
            response = self._send("Query", **list_index.day_query(day, since=since, before=before), **page)
            for entry in response["Items"]:
                if list_index.is_created(entry) and not self._is_expired(entry):
                    yield list_index.read_listed(entry)
            page = {}
            if "LastEvaluatedKey" in response:
                page = {"ExclusiveStartKey": response["LastEvaluatedKey"]}
            else:
                day = list_index.next_day(day)

    def walk(self) -> "Walk | None":
        """As `Teleconsultations.walk`."""
        item = self._send("GetItem", Key=walk_key(), ConsistentRead=True).get("Item")
        return None if item is None else read_walk_item(item)

    def save_walk(self, walk: "Walk") -> None:
        """As `Teleconsultations.save_walk`."""
        self._send("PutItem", Item=walk_item(walk))

    def users(self, external_ids: Collection[str]) -> "Mapping[str, User]":
        """As `Teleconsultations.users`, in one BatchGetItem; in a second one for the owners of aliases.

        Ids and aliases are asked for together, because a new person costs one trip less.
        """
        asked = tuple(dict.fromkeys(external_ids))
        users: dict[str, User] = {}
        owners: dict[str, str] = {}
        for item in self._read_all([key(one) for key in (user_key, alias_key) for one in asked]):
            if alias := read_alias_item(item):
                owners |= [alias]
            else:
                users |= [_by_id(item)]
        further = {owner for alias, owner in owners.items() if alias not in users} - users.keys()
        users |= map(_by_id, self._read_all([user_key(one) for one in sorted(further)]))
        return {
            one: users[who] for one in asked if (who := one if one in users else owners.get(one)) in users
        }

    def save_users(self, users: "Collection[User]") -> None:
        """As `Teleconsultations.save_users`, with `WRITE_BATCH_SIZE` items in each request.

        The profiles go first: a batch may be written in part, and each alias must be in a profile that lists
        it.
        """
        aliases = [
            alias_item(alias, external_id=user.external_id)
            for user in users
            for alias in sorted(user.aliases)
        ]
        for items in ([user_item(user) for user in users], aliases):
            for batch in batched(items, WRITE_BATCH_SIZE, strict=False):
                self._write_batch([{"PutRequest": {"Item": item}} for item in batch])

    def delete_aliases(self, aliases: Collection[str]) -> None:
        """As `Teleconsultations.delete_aliases`."""
        for alias in sorted(aliases):
            self._send("DeleteItem", Key=alias_key(alias))

    def page(self, *, after: str | None, size: int) -> Sequence[Teleconsultation]:
        """As `Teleconsultations.page`; repeats the Scan until a page has a teleconsultation.

        A page starts after the key of a teleconsultation and not where the last Scan ended, because that may
        be the key of a profile, which is personal data and would have to be stored to resume.
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

    def delete_user(self, external_id: str) -> bool:
        """As `Teleconsultations.delete_user`; the profile goes last, because it lists the aliases."""
        for item in self._read_all([user_key(external_id)]):
            self.delete_aliases(read_user_item(item).aliases)
        response = self._send("DeleteItem", Key=user_key(external_id), ReturnValues="ALL_OLD")
        return bool(response.get("Attributes"))

    def _read_all(self, keys: Sequence[Item]) -> Iterator[Item]:
        return read_all(keys, dynamodb=self._dynamodb, table_name=self._table_name, sleep=self._sleep)

    def _write_batch(self, requests: Sequence[JsonObject]) -> None:
        pending = list(requests)
        for _ in _attempts(self._sleep):
            response = self._dynamodb.send("BatchWriteItem", {"RequestItems": {self._table_name: pending}})
            pending = response.get("UnprocessedItems", {}).get(self._table_name, [])
            if not pending:
                return
        raise StorageUnavailableError("items left unprocessed")

    def _put(self, teleconsultation: Teleconsultation, *, condition: str, values: JsonObject) -> Item | None:
        """Write the item, and return the one it replaces, if that is known."""
        # The transport repeats a write whose answer was lost. If the first attempt took effect, the condition
        # of the second fails; an equal write id shows that the stored item is this write's own.
        write_id = {"S": os.urandom(8).hex()}
        expiry = expires_at(teleconsultation, retention=self._retention)
        item = teleconsultation_item(teleconsultation) | {
            "writeId": write_id,
            "expiresAt": {"N": str(int(expiry.timestamp()))},
            **index_entry(
                teleconsultation.id, settles_at=settles_at(teleconsultation, retention=self._retention)
            ),
        }
        request: JsonObject = {
            "Item": item,
            "ConditionExpression": condition,
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            replaced: Item | None = self._send("PutItem", **request).get("Attributes")
        except ConditionFailedError as error:
            if error.item is None or error.item.get("writeId") != write_id:
                raise ConflictError("another version is stored") from None
            return None
        return replaced

    def _is_expired(self, item: Item) -> bool:
        # DynamoDB's TTL deletes an item up to days late, so the expiry is checked here too.
        return int(item["expiresAt"]["N"]) <= self._clock().timestamp()

    def _send(self, operation: str, **request: object) -> JsonObject:
        return self._dynamodb.send(operation, {"TableName": self._table_name, **request})


def read_all(
    keys: Sequence[Item],
    *,
    dynamodb: "DynamoDB",
    table_name: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Item]:
    """Yield the items of those keys that there are, with `READ_BATCH_SIZE` keys in each request.

    Raises:
        StorageUnavailableError: the table cannot answer, or not for all keys.
    """
    for batch in batched(keys, READ_BATCH_SIZE, strict=False):
        pending: Sequence[Item] = batch
        for _ in _attempts(sleep):
            response = dynamodb.send(
                "BatchGetItem",
                {"RequestItems": {table_name: {"Keys": list(pending), "ConsistentRead": True}}},
            )
            yield from response["Responses"].get(table_name, ())
            pending = response.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys", [])
            if not pending:
                break
        else:
            raise StorageUnavailableError("keys left unprocessed")


def _attempts(sleep: Callable[[float], None]) -> Iterator[None]:
    for longest_pause_seconds in BATCH_PAUSES_SECONDS:
        if longest_pause_seconds:
            # From 0 to 1; `random` would cost GET an import.
            jitter = int.from_bytes(os.urandom(4)) / 2**32
            sleep(longest_pause_seconds * jitter)
        yield


def _by_id(item: Item) -> "tuple[str, User]":
    user = read_user_item(item)
    return user.external_id, user
