"""Where a list stands: what the vendor's lists have in common."""

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
    """Where a list stands: `has_more` says whether to ask again with a larger `skip`."""

    has_more: bool
    count: int
    skip: int
    limit: int


class Position(TypedDict):
    """The fields of a `Page`, as read."""

    has_more: bool
    count: int
    skip: int
    limit: int


def read_position(body: JsonObject) -> Position:
    """Read where a page stands."""
    has_more = read_flag(body, "has_more")
    if has_more is None:
        # Guessing "no" would let somebody who looks for a room conclude that it does not exist.
        raise UnreadableFieldError("has_more")
    return {
        "has_more": has_more,
        "count": read_number(body, "count") or 0,
        "skip": read_number(body, "skip") or 0,
        "limit": read_number(body, "limit") or 0,
    }
