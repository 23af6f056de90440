"""Instants as the wire and the table write them: ISO 8601, UTC, milliseconds, `Z`."""

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """Write an aware `instant` as `2026-12-01T15:30:00.000Z`, the form of the original API."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote.

    Raises:
        ValueError: `text` is not ISO 8601.
    """
    return datetime.fromisoformat(text).astimezone(UTC)
