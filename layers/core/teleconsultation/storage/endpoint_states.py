"""The port `EndpointStates` over the table: one item for an endpoint that has failed."""

from datetime import datetime

from teleconsultation.domain.delivery import EndpointState
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.items import Item
from teleconsultation.storage.transport import DynamoDB


class DynamoDBEndpointStates:
    """The states of endpoints."""

    def __init__(self, dynamodb: DynamoDB, *, table_name: str) -> None:
        """Keep the transport; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name

    def get(self, endpoint_id: str) -> EndpointState:
        """As `EndpointStates.get`; what another process wrote a second ago may be missing."""
        answer = self._dynamodb.send("GetItem", {"TableName": self._table_name, "Key": _key(endpoint_id)})
        item = answer.get("Item", {})
        return EndpointState(
            failures=int(item["failures"]["N"]) if "failures" in item else 0,
            failing_since=_instant(item, "failingSince"),
            paused_until=_instant(item, "pausedUntil"),
            disabled_at=_instant(item, "disabledAt"),
        )

    def failed(self, endpoint_id: str, *, at: datetime, paused_until: datetime | None) -> None:
        """As `EndpointStates.failed`."""
        values: Item = {":at": {"S": to_text(at)}}
        expression = "SET failingSince = if_not_exists(failingSince, :at)"
        if paused_until is not None:
            values |= {":until": {"S": to_text(paused_until)}, ":one": {"N": "1"}}
            expression += ", pausedUntil = :until ADD failures :one"
        self._update(endpoint_id, expression, values)

    def disable(self, endpoint_id: str, *, at: datetime) -> None:
        """As `EndpointStates.disable`."""
        self._update(
            endpoint_id, "SET disabledAt = if_not_exists(disabledAt, :at)", {":at": {"S": to_text(at)}}
        )

    def succeeded(self, endpoint_id: str) -> None:
        """As `EndpointStates.succeeded`."""
        self._dynamodb.send(
            "UpdateItem",
            {
                "TableName": self._table_name,
                "Key": _key(endpoint_id),
                "UpdateExpression": "REMOVE failures, failingSince, pausedUntil",
            },
        )

    def _update(self, endpoint_id: str, expression: str, values: Item) -> None:
        self._dynamodb.send(
            "UpdateItem",
            {
                "TableName": self._table_name,
                "Key": _key(endpoint_id),
                "UpdateExpression": expression,
                "ExpressionAttributeValues": values,
            },
        )


def _key(endpoint_id: str) -> Item:
    return {"pk": {"S": f"ENDPOINT#{endpoint_id}"}}


def _instant(item: Item, name: str) -> datetime | None:
    return from_text(item[name]["S"]) if name in item else None
