"""The vendor's contradictions, one by one."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bandyer.fields import (
    UnreadableFieldError,
    read_flag,
    read_moment,
    read_number,
    read_object,
    read_objects,
    read_optional_text,
    read_text,
)


@pytest.mark.parametrize("value", [1, True, "1", "true", "True"], ids=repr)
def test_yes_has_many_spellings(value: Any) -> None:
    assert read_flag({"record": value}, "record") is True


@pytest.mark.parametrize("value", [0, False, "0", "false", "FALSE"], ids=repr)
def test_no_has_many_spellings(value: Any) -> None:
    assert read_flag({"record": value}, "record") is False


@pytest.mark.parametrize("value", ["yes", 2, [], {}, ""], ids=repr)
def test_a_flag_of_no_known_spelling_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableFieldError, match="record"):
        read_flag({"record": value}, "record")


@pytest.mark.parametrize(
    ("value", "expected"), [(120, 120), (120.0, 120), ("120", 120), (0, 0), (None, None)], ids=repr
)
def test_numbers_come_in_several_types(value: Any, expected: int | None) -> None:
    assert read_number({"duration": value}, "duration") == expected


@pytest.mark.parametrize("value", [True, "two", "", [], {}, float("nan"), float("inf"), 10**400], ids=repr)
def test_what_is_not_a_number_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableFieldError, match="duration"):
        read_number({"duration": value}, "duration")


@pytest.fixture
def machine_in_rome(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Rome")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("machine_in_rome")
@pytest.mark.parametrize(
    "value", ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000", "2026-01-02T04:04:05+01:00"]
)
def test_moments_are_read_as_utc(value: str) -> None:
    assert read_moment({"creationDate": value}, "creation_date", "creationDate") == datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=UTC
    )


@pytest.mark.parametrize("value", [None, "", "yesterday", 1767322800, "2026-13-01"], ids=repr)
def test_a_moment_that_cannot_be_read_is_none(value: Any) -> None:
    assert read_moment({"creation_date": value}, "creation_date") is None


def test_the_first_name_that_holds_a_text_wins() -> None:
    body = {"key": None, "url": "value", "other": "no"}

    assert read_text(body, "key", "url", "other") == "value"
    assert read_optional_text(body, "key") is None


@pytest.mark.parametrize("value", [None, "", 17, ["a"]], ids=repr)
def test_a_needed_text_that_is_missing_is_unreadable_and_its_value_is_not_shown(value: Any) -> None:
    with pytest.raises(UnreadableFieldError) as error:
        read_text({"room_id": value}, "room_id")

    assert str(error.value) == "unreadable field: room_id"


@pytest.mark.parametrize("value", [None, [], "text", 1], ids=repr)
def test_a_needed_object_must_be_one(value: Any) -> None:
    with pytest.raises(UnreadableFieldError):
        read_object({"user": value}, "user")


@pytest.mark.parametrize("value", [None, {}, "text", [1], [{}, None]], ids=repr)
def test_a_needed_list_must_be_one_and_hold_objects(value: Any) -> None:
    with pytest.raises(UnreadableFieldError):
        read_objects({"rooms": value}, "rooms")
