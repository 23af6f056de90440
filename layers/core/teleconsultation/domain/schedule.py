"""The start and end of a teleconsultation."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.errors import FieldError, InvalidRequestError

MIN_DURATION_SECONDS = 300
MAX_DURATION_SECONDS = 86_400
"""A provider's room allows at most 24 h of call time."""

FIRST_YEAR = 2000
LAST_YEAR = 2999
"""A date outside these years is a typing error; near the ends of the calendar date arithmetic overflows."""


class EndSpelling(StrEnum):
    """The field in which the caller sent the end, so that a PATCH of the start alone keeps its value."""

    END_DATE = "end_date"
    DURATION = "duration_in_seconds"


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Start and end, both UTC with millisecond precision, `MIN_DURATION_SECONDS` to `MAX_DURATION_SECONDS`
    apart.
    """

    start_date: datetime
    end_date: datetime
    end_spelling: EndSpelling

    @classmethod
    def of(
        cls, *, start_date: datetime, end_date: datetime | None = None, duration_seconds: int | None = None
    ) -> "Schedule":
        """Return a schedule from exactly one of `end_date` and `duration_seconds`.

        Raises:
            InvalidRequestError: both or neither are given, the end is not after the start, or the duration is
                out of bounds.
        """
        start = _utc(start_date, field="start_date")
        if (end_date is None) == (duration_seconds is None):
            raise InvalidRequestError(
                [FieldError("end_date", "send exactly one of end_date and duration_in_seconds")]
            )
        if duration_seconds is not None:
            given_as = EndSpelling.DURATION
            if not MIN_DURATION_SECONDS <= duration_seconds <= MAX_DURATION_SECONDS:
                raise InvalidRequestError([_duration_error(given_as)])
            end = start + timedelta(seconds=duration_seconds)
        else:
            assert end_date is not None  # noqa: S101 - narrows the type; the check above ensures it
            given_as = EndSpelling.END_DATE
            end = _utc(end_date, field="end_date")
            if end <= start:
                raise InvalidRequestError([FieldError("end_date", "must be after start_date")])
            if (
                not timedelta(seconds=MIN_DURATION_SECONDS)
                <= end - start
                <= timedelta(seconds=MAX_DURATION_SECONDS)
            ):
                raise InvalidRequestError([_duration_error(given_as)])
        return cls(start_date=start, end_date=end, end_spelling=given_as)

    def moved(
        self,
        *,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        duration_seconds: int | None = None,
    ) -> "Schedule":
        """Return this schedule with the given values replaced; the others stay *as they were sent*.

        If only the start moves, a schedule with a duration keeps the duration, and one with an end keeps the
        end.

        Raises:
            InvalidRequestError: as `of`.
        """
        if end_date is None and duration_seconds is None:
            if self.end_spelling is EndSpelling.DURATION:
                duration_seconds = self.duration_seconds
            else:
                end_date = self.end_date
        return Schedule.of(
            start_date=start_date or self.start_date, end_date=end_date, duration_seconds=duration_seconds
        )

    @property
    def duration_seconds(self) -> int:
        """Whole seconds between start and end, rounded up so that the call does not end early."""
        return math.ceil((self.end_date - self.start_date).total_seconds())


def _utc(instant: datetime, *, field: str) -> datetime:
    error = InvalidRequestError([FieldError(field, f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")])
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as cause:
        raise error from cause
    if not FIRST_YEAR <= utc.year <= LAST_YEAR:
        raise error
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _duration_error(given_as: EndSpelling) -> FieldError:
    return FieldError(
        given_as,
        f"the duration must be {MIN_DURATION_SECONDS} to {MAX_DURATION_SECONDS} seconds (5 min to 24 h)",
    )
