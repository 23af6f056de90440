"""Logs errors that nobody expected, without what they may quote."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class ErrorLogger(Protocol):
        """The one of a logger's methods that is needed here."""

        def error(self, msg: str, **facts: Any) -> None:  # noqa: ANN401 - as Powertools types them
            """Write what somebody has to look at."""


def log_unexpected(error: Exception, *, logger: "ErrorLogger", reason: str | None = None) -> None:
    """Log the exception's type and the places it passed.

    Its text may quote data, so it is left out; a `reason` is a text of our own.
    """
    from traceback import extract_tb  # noqa: PLC0415 - used only after an unexpected exception

    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.error("unexpected error", error_type=type(error).__name__, places=places, reason=reason)
