"""What takes seconds to fail is left alone for a while: a batch that waits for it each time does not end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.ports import Clock

SLOW: Final = timedelta(seconds=1)
"""A failure that took so long was no refusal, but no answer."""
LEFT_ALONE_FOR: Final = timedelta(seconds=10)


class SlowFailures:
    """Runs actions of one service, and repeats its last slow failure for `LEFT_ALONE_FOR` instead."""

    def __init__(self, *, clock: Clock) -> None:
        """Start with a service that answers."""
        self._clock = clock
        self._failure = EventsUnavailableError()
        self._left_alone_until: datetime | None = None

    def run(self, action: Callable[[], None]) -> None:
        """Run the action.

        Raises:
            EventsUnavailableError: the action's, or the one of an action just before it.
        """
        began_at = self._clock()
        if self._left_alone_until is not None and began_at < self._left_alone_until:
            raise self._failure.with_traceback(None)
        try:
            action()
        except EventsUnavailableError as error:
            failed_at = self._clock()
            if failed_at - began_at >= SLOW:
                self._failure, self._left_alone_until = error, failed_at + LEFT_ALONE_FOR
            raise
