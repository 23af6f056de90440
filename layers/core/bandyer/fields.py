"""Tolerant readers for single fields of the vendor's JSON: the one place where its contradictions are known.

The v1 reference prints `record` as 1/0, true/false and "false", `creationDate` beside `creation_date`,
`alias` beside `background_alias` and an upload's `url` in place of its `key`
(https://docs.bandyer.com/Bandyer-RESTAPI/). Unknown fields are ignored; a field that is needed and missing,
or has a type nothing can be made of, raises `UnreadableFieldError`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

type JsonObject = Mapping[str, Any]

_FLAGS = {"1": True, "true": True, "0": False, "false": False}


class UnreadableFieldError(ValueError):
    """A field is not what the vendor promises. Names the field, never the value: it may be a link."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unreadable field: {name}")


def read_object(body: JsonObject, name: str) -> JsonObject:
    """The object under `name`, which must be there."""
    return _as_object(body.get(name), name)


def read_objects(body: JsonObject, name: str) -> list[JsonObject]:
    """The array of objects under `name`. A body without it must not pass for an empty list."""
    value = body.get(name)
    if not isinstance(value, list):
        raise UnreadableFieldError(name)
    return [_as_object(item, name) for item in value]


def read_text(body: JsonObject, *names: str) -> str:
    """The first of `names` that holds a text; one must."""
    value = read_optional_text(body, *names)
    if value is None:
        raise UnreadableFieldError(names[0])
    return value


def read_optional_text(body: JsonObject, *names: str) -> str | None:
    """The first of `names` that holds a non-empty text, or None."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def read_flag(body: JsonObject, name: str) -> bool | None:
    """A yes or no in any of the vendor's spellings; None when absent."""
    value = body.get(name)
    if value is None:
        return None
    flag = _FLAGS.get(str(value).lower())
    if flag is None:
        raise UnreadableFieldError(name)
    return flag


def read_number(body: JsonObject, name: str) -> int | None:
    """A number as a whole one; None when absent."""
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
    """A moment in UTC; None when absent or unreadable, for no decision hangs on one.

    Some samples lack the `Z` and mean UTC all the same.
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
