"""Instants on the wire."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.timestamps import from_text, to_text


def test_an_instant_is_written_in_utc_with_milliseconds_and_z() -> None:
    rome = timezone(timedelta(hours=1))

    assert to_text(datetime(2026, 12, 1, 16, 30, tzinfo=rome)) == "2026-12-01T15:30:00.000Z"
    assert to_text(datetime(2026, 12, 1, 15, 30, 1, 999_999, tzinfo=UTC)) == "2026-12-01T15:30:01.999Z"


@given(instant=st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_back_to_the_millisecond(instant: datetime) -> None:
    read = from_text(to_text(instant))

    assert read == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert read.tzinfo is UTC
