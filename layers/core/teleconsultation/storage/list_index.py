"""The index `ByDay` in DynamoDB's JSON: what a list reads. Its own module, because GET does without it."""

from datetime import UTC, datetime, timedelta

from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
from teleconsultation.domain.schedule import EndSpelling, Schedule
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.dynamodb import JsonObject
from teleconsultation.storage.items import Item, indexed_id, start_day, teleconsultation_key

DAY_INDEX = "ByDay"
_FINEST = timedelta(milliseconds=1)
"""Instants are stored in milliseconds."""


def day_query(day: datetime, *, since: datetime, before: datetime) -> JsonObject:
    """Return the query for one day's part of a period."""
    return {
        "IndexName": DAY_INDEX,
        "KeyConditionExpression": "startDay = :day AND startDate BETWEEN :since AND :last",
        "ExpressionAttributeValues": {
            ":day": {"S": start_day(day)},
            ":since": {"S": to_text(since)},
            ":last": {"S": to_text(before - _FINEST)},
        },
    }


def next_day(instant: datetime) -> datetime:
    """Return the beginning of the day in UTC after this instant."""
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def list_key(position: ListPosition) -> Item:
    """Return the key of the index at which a page ended."""
    return teleconsultation_key(position.teleconsultation_id) | {
        "startDay": {"S": start_day(position.start_date)},
        "startDate": {"S": to_text(position.start_date)},
    }


def read_listed(entry: Item) -> ListedTeleconsultation:
    """Return the teleconsultation of an entry."""
    return ListedTeleconsultation(
        id=indexed_id(entry),
        version=int(entry["version"]["N"]),
        schedule=Schedule(
            start_date=from_text(entry["startDate"]["S"]),
            end_date=from_text(entry["endDate"]["S"]),
            end_spelling=EndSpelling.END_DATE,
        ),
        participants_number=int(entry["participantsNumber"]["N"]),
        named_number=int(entry["namedNumber"]["N"]),
        reference=entry.get("reference", {}).get("S"),
        deleted_at=from_text(entry["deletedAt"]["S"]) if "deletedAt" in entry else None,
    )


def is_created(entry: Item) -> bool:
    """Return whether the creation was finished; items of early versions do not say so."""
    return bool(entry.get("isCreated", {}).get("BOOL", True))
