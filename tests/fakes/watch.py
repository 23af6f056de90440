"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Watch:
    """As `ports.Clock`."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, *, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
