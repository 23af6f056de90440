"""Dates and times as callers write them."""

import re
from calendar import monthrange
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.edge.date_times import PATTERN, InvalidDateTimeError, parse_date_time


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T15:30:00Z",
        "2026-12-01t15:30:00z",
        "2026-12-01 15:30:00Z",
        "2026-12-01T15:30:00-00:00",
        "2026-12-01T16:30:00+01:00",
        "2026-12-01T16:30:00+0100",
        "2026-12-01T16:30:00+01",
        "2026-12-01T16:30+01:00",
        "2026-12-01T15:30Z",
        "2026-12-01T00:30:00.000-15:00",
        "2026-12-01T15:30:00,000Z",
        "2026-12-01T15:30:00.000000000Z",
        "2026-12-02T15:29:00+23:59",
    ],
)
def test_the_forms_that_libraries_write_are_one_instant(text: str) -> None:
    assert parse_date_time(text) == datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert re.search(PATTERN, text)


def test_a_fraction_counts_to_the_microsecond() -> None:
    assert parse_date_time("2026-12-01T15:30:00.123456789Z").microsecond == 123_456
    assert parse_date_time("2026-12-01T15:30:00,5Z").microsecond == 500_000


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("2026-12-01T15:30:00", "no offset"),
        ("2026-12-01 15:30", "no offset"),
        ("2026-12-01T15:30:00.000", "no offset"),
        ("2026-12-01", "without a time"),
        ("2026-W49-2T15:30:00Z", "week date"),
        ("2026W492", "week date"),
        ("2026-335T15:30:00Z", "ordinal date"),
        ("20261201T153000Z", "hyphens"),
        ("1796139000", "number"),
        ("2026-12-01T16:30:00+01:00[Europe/Rome]", "time zone"),
        ("2026-12-01T15:30:00 CET", "time zone"),
        ("2026-12-01T15:30:00 Europe/Rome", "time zone"),
        ("2026-12-01T24:00:00Z", "hour 24"),
        ("2016-12-31T23:59:60Z", "leap second"),
        ("2026-12-01T15:30:00.1234567890Z", "more than 9 digits"),
        ("1999-12-31T23:59:59Z", "2000 to 2999"),
        ("3000-01-01T00:00:00Z", "2000 to 2999"),
        ("2026-02-29T00:00:00Z", "does not exist"),
        ("2026-13-01T00:00:00Z", "does not exist"),
        ("2026-12-01T25:00:00Z", "does not exist"),
        ("2026-12-01T15:30:00+24:00", "does not exist"),
        ("2026-12-01T15:30:00+00:60", "does not exist"),
        ("2026-12-01T15:30:00.Z", "is not a date"),
        ("2026-12-01T15:30:00Z\n", "is not a date"),
        ("\u0662\u0660\u0662\u0666-12-01T15:30:00Z", "is not a date"),
        ("tomorrow", "is not a date"),
        ("", "is not a date"),
        ("2026-12-01T15:30:00." + "0" * 1000 + "Z", "is not a date"),
    ],
)
def test_what_is_wrong_with_a_text_is_named(text: str, mistake: str) -> None:
    with pytest.raises(InvalidDateTimeError, match=mistake):
        parse_date_time(text)


@given(text=st.from_regex(PATTERN, fullmatch=True))
def test_of_what_the_document_accepts_only_days_that_no_month_has_are_refused(text: str) -> None:
    text = text.rstrip("\n")  # Python's `$` matches before a line break, that of JSON Schema does not.
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])

    if day <= monthrange(year, month)[1]:
        assert parse_date_time(text).day == day
    else:
        with pytest.raises(InvalidDateTimeError, match="does not exist"):
            parse_date_time(text)


@given(instant=st.datetimes(timezones=st.just(UTC)).filter(lambda instant: 2000 <= instant.year <= 2999))
def test_what_python_writes_is_read(instant: datetime) -> None:
    assert parse_date_time(instant.isoformat()) == instant
