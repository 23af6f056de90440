"""Pages of the provider's lists: `skip`, `limit`, `has_more`, `count`, newest first."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from local.bandyer_simulator.api.endpoint import Json
from local.bandyer_simulator.api.errors import ProviderError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class Dated(Protocol):
    """Anything with a time of creation."""

    @property
    def created_at(self) -> datetime:
        """When it came to be."""


def newest_first[T: Dated](items: Iterable[T]) -> list[T]:
    """Latest creation first; of two of the same moment, the one added later."""
    numbered = sorted(enumerate(items), key=lambda entry: (entry[1].created_at, entry[0]), reverse=True)
    return [item for _, item in numbered]


def whole_number(value: object) -> int | None:
    """An integer given as JSON number or as query text, or None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def page[T](
    items: list[T],
    *,
    fields: Mapping[str, Any],
    name: str,
    render: Callable[[T], Json],
    refusal: ProviderError,
) -> Json:
    """One page under the key `name`; `count` is the number of items on it.

    Raises:
        ProviderError: `refusal`, when skip or limit is no number or out of range. Choice: a limit over 100 is
            refused, not lowered, because a client that asks for it would silently miss items.
    """
    skip = whole_number(fields.get("skip", 0))
    limit = whole_number(fields.get("limit", DEFAULT_LIMIT))
    if skip is None or skip < 0 or limit is None or not 1 <= limit <= MAX_LIMIT:
        raise refusal
    shown = items[skip : skip + limit]
    return {
        "skip": skip,
        "limit": limit,
        "has_more": len(items) > skip + limit,
        "count": len(shown),
        name: [render(item) for item in shown],
    }
