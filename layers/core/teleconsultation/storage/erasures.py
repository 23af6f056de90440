"""The port `Erasures` over the table: one item for an erasure, in a partition of the index `Unsettled` until
it is completed.
"""

from collections.abc import Iterator
from datetime import datetime

from teleconsultation.domain.erasure import INTERRUPTED, KEPT, RequestedErasure
from teleconsultation.domain.errors import ErasureNotFoundError
from teleconsultation.domain.ports import Clock
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.dynamodb import ConditionFailedError, JsonObject
from teleconsultation.storage.items import Item
from teleconsultation.storage.transport import DynamoDB

INDEX = "Unsettled"
PARTITION = "erasures"
"""Not one of `items.INDEX_PARTITIONS`, so the reconciler, also an earlier version's, does not see it."""
_KIND = "ERASURE#"


class DynamoDBErasures:
    """The requested erasures."""

    def __init__(self, dynamodb: DynamoDB, *, table_name: str, clock: Clock) -> None:
        """Keep what is needed to build requests; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._clock = clock

    def request(self, erasure_id: str, *, external_id: str, at: datetime) -> RequestedErasure:
        """As `Erasures.request`."""
        response = self._update(
            erasure_id,
            "SET externalId = :person, requestedAt = :at, unsettled = :partition, unsettledSince = :at"
            " REMOVE stoppedBy, resumeFrom, completedAt, expiresAt",
            {":person": {"S": external_id}, ":at": _instant(at), ":partition": {"S": PARTITION}},
        )
        return _read(response["Attributes"])

    def get(self, erasure_id: str) -> RequestedErasure:
        """As `Erasures.get`."""
        item = self._send("GetItem", Key=_key(erasure_id), ConsistentRead=True).get("Item")
        if item is None or self._is_expired(item):
            raise ErasureNotFoundError("no item")
        return _read(item)

    def due(self, *, now: datetime) -> Iterator[str]:
        """As `Erasures.due`, page by page, as the caller iterates."""
        page: JsonObject = {}
        while True:
            response = self._send(
                "Query",
                IndexName=INDEX,
                KeyConditionExpression="unsettled = :partition AND unsettledSince <= :now",
                ExpressionAttributeValues={":partition": {"S": PARTITION}, ":now": _instant(now)},
                **page,
            )
            for entry in response["Items"]:
                yield entry["pk"]["S"].removeprefix(_KIND)
            if "LastEvaluatedKey" not in response:
                return
            page = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def claim(self, erasure_id: str, *, now: datetime, until: datetime) -> RequestedErasure | None:
        """As `Erasures.claim`. A repetition of the request finds its own lease."""
        try:
            response = self._update(
                erasure_id,
                "SET unsettledSince = :until, stoppedBy = :interrupted",
                {":now": _instant(now), ":until": _instant(until), ":interrupted": {"S": INTERRUPTED}},
                condition="unsettledSince <= :now OR unsettledSince = :until",
            )
        except ConditionFailedError:
            return None
        return _read(response["Attributes"])

    def note_upcoming(self, erasure_id: str, teleconsultation_id: str) -> None:
        """As `Erasures.note_upcoming`."""
        self._update(erasure_id, "ADD upcoming :visit", {":visit": {"SS": [teleconsultation_id]}})

    def stop(
        self, erasure: RequestedErasure, *, stopped_by: str | None, resume_from: str | None, due_at: datetime
    ) -> None:
        """As `Erasures.stop`."""
        texts = {"stoppedBy": stopped_by, "resumeFrom": resume_from}
        kept = {name: text for name, text in texts.items() if text is not None}
        removed = sorted(texts.keys() - kept.keys())
        self._finish(
            erasure,
            ", ".join(["SET unsettledSince = :due", *(f"{name} = :{name}" for name in kept)])
            + (f" REMOVE {', '.join(removed)}" if removed else ""),
            {":due": _instant(due_at), **{f":{name}": {"S": text} for name, text in kept.items()}},
        )

    def complete(self, erasure: RequestedErasure, *, at: datetime) -> None:
        """As `Erasures.complete`."""
        self._finish(
            erasure,
            "SET completedAt = :at, expiresAt = :expiry"
            " REMOVE externalId, unsettled, unsettledSince, stoppedBy, resumeFrom",
            {":at": _instant(at), ":expiry": {"N": str(int((at + KEPT).timestamp()))}},
        )

    def _finish(self, erasure: RequestedErasure, expression: str, values: Item) -> None:
        try:
            self._update(
                erasure.id,
                expression,
                {**values, ":requested": _instant(erasure.requested_at)},
                condition="requestedAt = :requested",
            )
        except ConditionFailedError:
            return  # It was requested again meanwhile, so it is due from the beginning.

    def _update(
        self, erasure_id: str, expression: str, values: Item, *, condition: str | None = None
    ) -> JsonObject:
        return self._send(
            "UpdateItem",
            Key=_key(erasure_id),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            **({} if condition is None else {"ConditionExpression": condition}),
        )

    def _is_expired(self, item: Item) -> bool:
        # DynamoDB's TTL deletes an item up to days late.
        return "expiresAt" in item and int(item["expiresAt"]["N"]) <= self._clock().timestamp()

    def _send(self, operation: str, **request: object) -> JsonObject:
        return self._dynamodb.send(operation, {"TableName": self._table_name, **request})


def _key(erasure_id: str) -> Item:
    return {"pk": {"S": f"{_KIND}{erasure_id}"}}


def _read(item: Item) -> RequestedErasure:
    return RequestedErasure(
        id=item["pk"]["S"].removeprefix(_KIND),
        external_id=_text(item, "externalId"),
        requested_at=from_text(item["requestedAt"]["S"]),
        due_at=_optional_instant(item, "unsettledSince"),
        stopped_by=_text(item, "stoppedBy"),
        resume_from=_text(item, "resumeFrom"),
        upcoming=frozenset(item.get("upcoming", {}).get("SS", ())),
        completed_at=_optional_instant(item, "completedAt"),
    )


def _text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _instant(instant: datetime) -> Item:
    return {"S": to_text(instant)}


def _optional_instant(item: Item, name: str) -> datetime | None:
    return from_text(item[name]["S"]) if name in item else None
