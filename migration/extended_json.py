"""Values in MongoDB's extended JSON, canonical and relaxed, and as the CRUD Service exports them.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

type Document = Mapping[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OBJECT_ID: Final = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_NUMBERS: Final = ("$numberInt", "$numberLong", "$numberDouble", "$numberDecimal")


class UnreadableValueError(ValueError):
    """A value has another type; the text names the field and never shows the value."""

    def __init__(self, field: str) -> None:
        """Keep the field's name, which is one of ours."""
        super().__init__(f"{field} cannot be read")


def value_of(document: Document, *fields: str) -> Any:  # noqa: ANN401 - JSON
    """Return the first of these fields that has a value; None if none has."""
    for field in fields:
        value = document.get(field)
        if value is not None and not (isinstance(value, dict) and value.get("$undefined")):
            return value
    return None


def text_of(document: Document, *fields: str) -> str | None:
    """Return a text; an empty one counts as none.

    Raises:
        UnreadableValueError: it is not a text.
    """
    value = value_of(document, *fields)
    if value is not None and not isinstance(value, str):
        raise UnreadableValueError(fields[0])
    return value or None


def object_id_of(document: Document, field: str) -> str | None:
    """Return the 24 hex digits of an ObjectId, in lower case.

    Raises:
        UnreadableValueError: it is none.
    """
    value = value_of(document, field)
    if isinstance(value, dict):
        value = value.get("$oid")
    if value is None:
        return None
    if not isinstance(value, str) or not _OBJECT_ID.fullmatch(value):
        raise UnreadableValueError(field)
    return value.lower()


def created_at_of(object_id: str) -> datetime:
    """Return when an ObjectId was made, to the second: its first four bytes.

    https://www.mongodb.com/docs/manual/reference/bson-types/#objectid
    """
    return datetime.fromtimestamp(int(object_id[:8], 16), tz=UTC)


def number_of(document: Document, *fields: str) -> int | None:
    """Return a whole number; a fraction is cut off.

    Raises:
        UnreadableValueError: it is not a number.
    """
    value = value_of(document, *fields)
    if isinstance(value, dict):
        value = next((value[name] for name in _NUMBERS if name in value), value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnreadableValueError(fields[0])
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        raise UnreadableValueError(fields[0]) from None


def instant_of(document: Document, *fields: str) -> datetime | None:
    """Return an instant in UTC. A date without an offset is in UTC, as MongoDB's are.

    Raises:
        UnreadableValueError: it is not a date.
    """
    value = value_of(document, *fields)
    if isinstance(value, dict):
        value = value.get("$date", value)
        if isinstance(value, dict):
            value = number_of(value, "$numberLong")
            if value is None:
                raise UnreadableValueError(fields[0])
        elif isinstance(value, str) and value.lstrip("-").isdigit():
            value = int(value)
    if value is None:
        return None
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=value)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise UnreadableValueError(fields[0])
