"""When a teleconsultation may take place, and what a move of it keeps."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import InvalidRequestError
from teleconsultation.domain.schedule import FIRST_YEAR, LAST_YEAR, EndSpelling, Schedule

START = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)

offsets = st.integers(min_value=-23 * 60, max_value=23 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
sensible_starts = st.datetimes(
    min_value=datetime(FIRST_YEAR, 1, 3),  # noqa: DTZ001 - hypothesis adds the offset
    max_value=datetime(LAST_YEAR, 12, 29),  # noqa: DTZ001
    timezones=offsets,
)
any_instants = st.datetimes(timezones=offsets)
durations = st.integers(min_value=300, max_value=86_400)


def only_field(error: pytest.ExceptionInfo[InvalidRequestError]) -> str:
    [field_error] = error.value.errors
    return field_error.field


@pytest.mark.parametrize("seconds", [300, 301, 86_399, 86_400])
def test_durations_within_the_bounds_are_accepted_in_both_spellings(seconds: int) -> None:
    end = START + timedelta(seconds=seconds)

    by_duration = Schedule.of(start_date=START, duration_seconds=seconds)
    by_end = Schedule.of(start_date=START, end_date=end)

    assert by_duration.end_date == by_end.end_date == end
    assert by_duration.duration_seconds == by_end.duration_seconds == seconds


@pytest.mark.parametrize("seconds", [-1, 0, 299, 86_401])
def test_durations_out_of_bounds_are_refused_by_name(seconds: int) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=START, duration_seconds=seconds)

    assert only_field(error) == "duration_in_seconds"


@pytest.mark.parametrize("seconds", [299, 299.999, 86_400.001, 86_401])
def test_ends_out_of_bounds_are_refused_by_name(seconds: float) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=START, end_date=START + timedelta(seconds=seconds))

    assert only_field(error) == "end_date"
    assert "duration" in error.value.errors[0].message


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_an_end_that_is_not_after_the_start_says_so(seconds: int) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=START, end_date=START + timedelta(seconds=seconds))

    assert only_field(error) == "end_date"
    assert error.value.errors[0].message == "must be after start_date"


@pytest.mark.parametrize(
    ("end_date", "duration_seconds"),
    [(None, None), (START + timedelta(hours=1), 3600)],
    ids=["neither", "both"],
)
def test_exactly_one_of_end_and_duration_must_be_given(
    end_date: datetime | None, duration_seconds: int | None
) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=START, end_date=end_date, duration_seconds=duration_seconds)

    assert only_field(error) == "end_date"
    assert "exactly one" in error.value.errors[0].message


def test_instants_are_kept_in_utc_with_whole_milliseconds() -> None:
    start = datetime(2026, 12, 1, 17, 30, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))

    schedule = Schedule.of(start_date=start, end_date=start + timedelta(seconds=600))

    assert schedule.start_date == datetime(2026, 12, 1, 15, 30, 0, 123_000, tzinfo=UTC)
    assert schedule.start_date.tzinfo is UTC
    assert schedule.end_date.microsecond == 123_000


def test_part_of_a_second_counts_as_a_whole_one_so_that_nobody_is_cut_off_early() -> None:
    schedule = Schedule.of(start_date=START, end_date=START + timedelta(seconds=300, milliseconds=1))

    assert schedule.duration_seconds == 301


EAST = timezone(timedelta(hours=23))
WEST = timezone(timedelta(hours=-23))


@pytest.mark.parametrize(
    "start",
    [
        datetime(1, 1, 1, tzinfo=EAST),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, tzinfo=WEST),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2000, 1, 1, 12, tzinfo=EAST),
        datetime(3000, 1, 1, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_start_outside_the_sensible_years_is_refused(start: datetime) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=start, duration_seconds=3600)

    assert only_field(error) == "start_date"


@pytest.mark.parametrize(
    "end",
    [datetime(1, 1, 1, tzinfo=EAST), datetime(9999, 12, 31, 23, tzinfo=WEST)],
    ids=str,
)
def test_an_end_outside_the_sensible_years_is_refused(end: datetime) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Schedule.of(start_date=START, end_date=end)

    assert only_field(error) == "end_date"


def test_a_moved_start_keeps_a_duration_that_was_sent() -> None:
    schedule = Schedule.of(start_date=START, duration_seconds=1800)

    moved = schedule.moved(start_date=START + timedelta(days=1))

    assert moved.duration_seconds == 1800
    assert moved.end_spelling is EndSpelling.DURATION


def test_a_moved_start_keeps_an_end_that_was_sent() -> None:
    end = START + timedelta(hours=2)
    schedule = Schedule.of(start_date=START, end_date=end)

    moved = schedule.moved(start_date=START + timedelta(hours=1))

    assert moved.end_date == end
    assert moved.duration_seconds == 3600
    assert moved.end_spelling is EndSpelling.END_DATE


def test_a_start_moved_past_the_end_that_was_sent_is_refused() -> None:
    schedule = Schedule.of(start_date=START, end_date=START + timedelta(hours=1))

    with pytest.raises(InvalidRequestError):
        schedule.moved(start_date=START + timedelta(hours=1))


def test_the_other_spelling_replaces_the_one_that_was_sent() -> None:
    schedule = Schedule.of(start_date=START, end_date=START + timedelta(hours=1))

    by_duration = schedule.moved(duration_seconds=600)
    by_end = by_duration.moved(end_date=START + timedelta(minutes=20))

    assert (by_duration.duration_seconds, by_duration.end_spelling) == (600, EndSpelling.DURATION)
    assert (by_end.duration_seconds, by_end.end_spelling) == (1200, EndSpelling.END_DATE)
    assert by_end.start_date == START


def test_a_move_of_nothing_is_the_same_schedule() -> None:
    schedule = Schedule.of(start_date=START, end_date=START + timedelta(hours=1))

    assert schedule.moved() == schedule


@given(start=sensible_starts, seconds=durations)
def test_end_and_duration_say_the_same(start: datetime, seconds: int) -> None:
    by_duration = Schedule.of(start_date=start, duration_seconds=seconds)

    by_end = Schedule.of(start_date=start, end_date=by_duration.end_date)

    assert by_end.duration_seconds == seconds
    assert by_end.start_date == by_duration.start_date
    assert timedelta(0) <= start - by_duration.start_date < timedelta(milliseconds=1)


@given(start=sensible_starts, other=sensible_starts, seconds=durations)
def test_moving_there_and_back_changes_nothing(start: datetime, other: datetime, seconds: int) -> None:
    schedule = Schedule.of(start_date=start, duration_seconds=seconds)

    there = schedule.moved(start_date=other)

    assert there.moved(start_date=start) == schedule


@given(start=any_instants, end=any_instants)
def test_no_pair_of_instants_is_an_error_of_ours(start: datetime, end: datetime) -> None:
    try:
        schedule = Schedule.of(start_date=start, end_date=end)
    except InvalidRequestError:
        return

    assert 300 <= schedule.duration_seconds <= 86_400
