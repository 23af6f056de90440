"""Pages of the provider's lists: `skip`, `limit`, `has_more` and `count`, newest items first."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from local.bandyer_simulator.api.endpoint import Json
from local.bandyer_simulator.api.errors import ProviderError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class Dated(Protocol):
    """An item with a creation time."""

    @property
    def created_at(self) -> datetime:
        """The creation time."""


def newest_first[T: Dated](items: Iterable[T]) -> list[T]:
    """Return the items by creation time, latest first; at equal times the one added later comes first."""
    numbered = sorted(enumerate(items), key=lambda entry: (entry[1].created_at, entry[0]), reverse=True)
    return [item for _, item in numbered]


def whole_number(value: object) -> int | None:
    """Return an integer given as JSON number or query text, or None."""
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
    """Return one page with its items under the key `name`; `count` is their number.

    Raises:
        ProviderError: `refusal`, if skip or limit is not a number or out of range. Choice: a limit over 100
            is refused; lowering it would make clients miss items silently.
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
