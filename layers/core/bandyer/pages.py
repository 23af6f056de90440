"""The position of a page in a list, which all the vendor's lists share."""

from dataclasses import dataclass
from typing import TypedDict

from bandyer.fields import (
    JsonObject,
    UnreadableFieldError,
    read_flag,
    read_number,
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The position of a page; `has_more` says whether a larger `skip` returns more."""

    has_more: bool
    count: int
    skip: int
    limit: int


class Position(TypedDict):
    """The fields of a `Page`."""

    has_more: bool
    count: int
    skip: int
    limit: int


def read_position(body: JsonObject) -> Position:
    """Return the position in a page's body."""
    has_more = read_flag(body, "has_more")
    if has_more is None:
        # With a default of False, a search for a room could wrongly conclude that it does not exist.
        raise UnreadableFieldError("has_more")
    return {
        "has_more": has_more,
        "count": read_number(body, "count") or 0,
        "skip": read_number(body, "skip") or 0,
        "limit": read_number(body, "limit") or 0,
    }
