"""Instants as text in answers and in the table: ISO 8601, UTC, milliseconds, `Z`."""

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """Return an aware `instant` as `2026-12-01T15:30:00.000Z`, the format of the original API."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Return the instant that `to_text` wrote.

    Raises:
        ValueError: `text` is not ISO 8601.
    """
    return datetime.fromisoformat(text).astimezone(UTC)


def to_optional_text(instant: datetime | None) -> str | None:
    """Return an instant as `to_text` writes it; None for None."""
    return None if instant is None else to_text(instant)
