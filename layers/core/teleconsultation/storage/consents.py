"""Consents in DynamoDB: the port `Consents` over the same table.

A visit's consents have an item of their own: the visit's item is replaced as a whole by each change, and a
consent must not be lost to one. Each consent is an attribute of its own, so that two writes never meet.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime

from teleconsultation.domain.consent import Consent
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.dynamodb import ConditionFailedError, JsonObject
from teleconsultation.storage.items import Item
from teleconsultation.storage.repository import read_all
from teleconsultation.storage.transport import DynamoDB

PREFIX = "CONSENTS#"
GIVEN = "given:"


def consents_key(teleconsultation_id: str) -> Item:
    """Return the primary key of a teleconsultation's consents."""
    return {"pk": {"S": f"{PREFIX}{teleconsultation_id}"}}


class DynamoDBConsents:
    """The storage port (`ports.Consents`) over a DynamoDB transport."""

    def __init__(self, dynamodb: DynamoDB, *, table_name: str) -> None:
        """Keep what is needed to build requests; nothing is sent."""
        self._dynamodb = dynamodb
        self._table_name = table_name

    def give(
        self, teleconsultation_id: str, user_id: str, consent: Consent, *, expires_at: datetime
    ) -> Consent:
        """As `Consents.give`, in one write."""
        name = _name(user_id, version=consent.version)
        answer = self._send(
            "UpdateItem",
            teleconsultation_id,
            UpdateExpression="SET #given = if_not_exists(#given, :now), expiresAt = :expiry",
            ExpressionAttributeNames={"#given": name},
            ExpressionAttributeValues={
                ":now": {"S": to_text(consent.given_at)},
                ":expiry": {"N": str(int(expires_at.timestamp()))},
            },
            ReturnValues="ALL_NEW",
        )
        return Consent(version=consent.version, given_at=from_text(answer["Attributes"][name]["S"]))

    def of(self, teleconsultation_id: str) -> Mapping[str, tuple[Consent, ...]]:
        """As `Consents.of`."""
        consents: dict[str, tuple[Consent, ...]] = {}
        for name, value in self._item(teleconsultation_id).items():
            if name.startswith(GIVEN):
                user_id, _, version = name.removeprefix(GIVEN).rpartition(":")
                consent = Consent(version=version, given_at=from_text(value["S"]))
                consents[user_id] = (*consents.get(user_id, ()), consent)
        return {user_id: tuple(sorted(given, key=_order)) for user_id, given in consents.items()}

    def givers(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Collection[str]]:
        """As `Consents.givers`, with up to a hundred teleconsultations in each request."""
        keys = [consents_key(id_) for id_ in sorted(set(teleconsultation_ids))]
        items = read_all(keys, dynamodb=self._dynamodb, table_name=self._table_name)
        givers = ((item["pk"]["S"].removeprefix(PREFIX), set(map(_giver, item)) - {""}) for item in items)
        return {id_: user_ids for id_, user_ids in givers if user_ids}

    def forget(self, teleconsultation_id: str, user_ids: Collection[str]) -> None:
        """As `Consents.forget`."""
        item = self._item(teleconsultation_id)
        names = {f"#n{number}": name for number, name in enumerate(sorted(item)) if _giver(name) in user_ids}
        if names:
            # An item that has expired meanwhile must not come to life again.
            with suppress(ConditionFailedError):
                self._send(
                    "UpdateItem",
                    teleconsultation_id,
                    UpdateExpression="REMOVE " + ", ".join(names),
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames=names,
                )

    def _item(self, teleconsultation_id: str) -> Item:
        item: Item = self._send("GetItem", teleconsultation_id, ConsistentRead=True).get("Item", {})
        return item

    def _send(self, operation: str, teleconsultation_id: str, **request: object) -> JsonObject:
        key = consents_key(teleconsultation_id)
        return self._dynamodb.send(operation, {"TableName": self._table_name, "Key": key, **request})


def _name(user_id: str, *, version: str) -> str:
    return f"{GIVEN}{user_id}:{version}"


def _giver(name: str) -> str:
    """Return the user id in an attribute's name; empty if it is no consent. A version has no colon."""
    return name.removeprefix(GIVEN).rpartition(":")[0] if name.startswith(GIVEN) else ""


def _order(consent: Consent) -> tuple[datetime, str]:
    return consent.given_at, consent.version
