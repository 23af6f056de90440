"""Tolerant readers for single fields of the vendor's JSON, which contradicts its own reference.

The v1 reference prints `record` as 1/0, true/false and "false", `creationDate` beside `creation_date`,
`alias` beside `background_alias` and an upload's `url` in place of its `key`
(https://docs.bandyer.com/Bandyer-RESTAPI/). Unknown fields are ignored. A required field that is missing, or
that has an unusable type, raises `UnreadableFieldError`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

type JsonObject = Mapping[str, Any]

_FLAGS = {"1": True, "true": True, "0": False, "false": False}


class UnreadableFieldError(ValueError):
    """A field breaks the vendor's contract. The text omits the value, which may be a link."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unreadable field: {name}")


def read_object(body: JsonObject, name: str) -> JsonObject:
    """Return the object under `name`, which is required."""
    return _as_object(body.get(name), name)


def read_objects(body: JsonObject, name: str) -> list[JsonObject]:
    """Return the array of objects under `name`. A body without it is an error, not an empty list."""
    value = body.get(name)
    if not isinstance(value, list):
        raise UnreadableFieldError(name)
    return [_as_object(item, name) for item in value]


def read_text(body: JsonObject, *names: str) -> str:
    """Return the first non-empty text under `names`; one is required."""
    value = read_optional_text(body, *names)
    if value is None:
        raise UnreadableFieldError(names[0])
    return value


def read_optional_text(body: JsonObject, *names: str) -> str | None:
    """Return the first non-empty text under `names`, or None."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def read_flag(body: JsonObject, name: str) -> bool | None:
    """Return a bool from any of the vendor's spellings; None if absent."""
    value = body.get(name)
    if value is None:
        return None
    flag = _FLAGS.get(str(value).lower())
    if flag is None:
        raise UnreadableFieldError(name)
    return flag


def read_number(body: JsonObject, name: str) -> int | None:
    """Return a number as an int; None if absent."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnreadableFieldError(name)
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        raise UnreadableFieldError(name) from None


def read_moment(body: JsonObject, *names: str) -> datetime | None:
    """Return an instant in UTC; None if absent or unreadable, because no decision requires one.

    Some of the vendor's samples lack the `Z` and mean UTC.
    """
    text = read_optional_text(body, *names)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _as_object(value: object, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise UnreadableFieldError(name)
    return value
