"""What a route writes of each request."""

from typing import Protocol

from teleconsultation.edge.http import Handler


class RouteLog(Protocol):
    """What a route writes of each request. GET's is `request_log`, all others' is `powertools_log`."""

    def watching(self, handler: Handler) -> Handler:
        """Return the handler with each of its requests named on every line."""

    def append_keys(self, **facts: object) -> None:
        """Add facts to every line of this request."""

    def warning(self, msg: str, **facts: object) -> None:
        """Write what somebody may have to look at."""

    def error(self, msg: str, **facts: object) -> None:
        """Write what somebody has to look at."""

    def answered(self, *, status: int, outcome: str) -> None:
        """Write how the request ended, and count it under its outcome, which is the metric's name."""
