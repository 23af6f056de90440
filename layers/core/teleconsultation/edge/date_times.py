"""Dates and times of a request: RFC 3339, and the forms of ISO 8601 that libraries write without being told.

https://www.rfc-editor.org/rfc/rfc3339#section-5.6
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from teleconsultation.domain.schedule import FIRST_YEAR, LAST_YEAR

EXAMPLE = "2026-12-01T15:30:00Z"
MAX_LENGTH = 64
"""Longer than every date and time, and than what a mistaken one usually has behind it."""
MAX_FRACTION_DIGITS = 9

PATTERN = (
    r"^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]"
    r"(:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)$"
)
"""The accepted texts, for the API document. Of these, only days that a month does not have are refused."""

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)",
    re.ASCII,
)
_MISTAKES = tuple(
    (re.compile(pattern, re.ASCII), message)
    for pattern, message in (
        (r"[+-]?\d+(?:\.\d+)?", "is a number; send a date and time"),
        (r"\d{4}-?W\d.*", "is a week date; send month and day"),
        (r"\d{4}-\d{3}(?:[Tt ].*)?", "is an ordinal date; send month and day"),
        (r"\d{8}[Tt].*", "lacks the hyphens and colons"),
        (r"\d{4}-\d\d-\d\d", "is a date without a time"),
        (r".*\[.*\]", "names a time zone; send its offset in figures"),
        (r"\d{4}-\d\d-\d\d[Tt ][\d:.,]+ ?[A-Za-z/_]{2,}.*", "names a time zone; send its offset in figures"),
        (r"\d{4}-\d\d-\d\d[Tt ]\d\d(?::?\d\d){0,2}(?:[.,]\d+)?", "has no offset; Z means UTC"),
    )
)


class InvalidDateTimeError(ValueError):
    """A text is not an accepted date and time; the message says why, and repeats nothing of the text."""


def parse_date_time(text: str) -> datetime:
    """Return the instant of a text; what is finer than microseconds is cut off.

    Raises:
        InvalidDateTimeError: the text is in no accepted form, or names a time that does not exist.
    """
    match = _DATE_TIME.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise InvalidDateTimeError(_mistake(text))
    year, month, day, hour, minute, second, fraction, sign, offset_hour, offset_minute = match.groups()
    if hour == "24":
        raise InvalidDateTimeError("has the hour 24; send 00:00 of the next day")
    if second == "60":
        raise InvalidDateTimeError("has the second 60; leap seconds are not accepted")
    if len(fraction or "") > MAX_FRACTION_DIGITS:
        raise InvalidDateTimeError(f"has more than {MAX_FRACTION_DIGITS} digits after the second")
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise InvalidDateTimeError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    if int(offset_hour or 0) > 23 or int(offset_minute or 0) > 59:
        raise InvalidDateTimeError("has an offset that does not exist")
    offset = timedelta(hours=int(offset_hour or 0), minutes=int(offset_minute or 0))
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "").ljust(6, "0")[:6]),
            timezone(-offset if sign == "-" else offset) if offset else UTC,
        )
    except ValueError:
        raise InvalidDateTimeError("names a day or a time that does not exist") from None


def _mistake(text: str) -> str:
    if len(text) <= MAX_LENGTH:
        for pattern, message in _MISTAKES:
            if pattern.fullmatch(text):
                return message
    return "is not a date and time"
