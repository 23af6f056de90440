"""What the query of a list may say, and what its cursor is good for."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from teleconsultation.domain.errors import InvalidRequestError
from teleconsultation.domain.listing import ListPosition
from teleconsultation.domain.model import Outcome
from teleconsultation.edge.list_query import ListQuery, cursor, next_link
from tests.fakes.samples import START

FROM = {"from": "2030-12-01T00:00:00Z"}
POSITION = ListPosition(start_date=START, teleconsultation_id="0123456789abcdef01234567")


def refused(query: dict[str, str]) -> dict[str, str]:
    with pytest.raises(InvalidRequestError) as error:
        ListQuery.parse(query)
    return {one.field: one.message for one in error.value.errors}


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2030-12-01T00:00:00Z", 0),
        ("2030-12-01T02:00:00+02:00", 0),
        ("2030-12-01T02:00:00 0200", 0),
        ("2030-12-01 02:00:00 02:00", 0),
        ("2030-12-01 02:00 02", 0),
    ],
    ids=["UTC", "an offset", "a plus that became a space", "a space for the T too", "in short"],
)
def test_the_period_begins_at_an_instant_and_has_31_days(text: str, hour: int) -> None:
    query = ListQuery.parse({"from": text})

    assert query.wanted.since == datetime(2030, 12, 1, hour, tzinfo=UTC)
    assert query.wanted.before - query.wanted.since == timedelta(days=31)
    assert (query.size, query.after) == (100, None)


@pytest.mark.parametrize(("limit", "size"), [("1", 1), ("100", 100), ("0", 100), ("5000", 100)])
def test_a_large_limit_is_lowered(limit: str, size: int) -> None:
    assert ListQuery.parse(FROM | {"limit": limit}).size == size


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "from"),
        ({"from": "2030-12-01"}, "from"),
        ({"from": ""}, "from"),
        (FROM | {"to": "yesterday"}, "to"),
        (FROM | {"to": FROM["from"]}, "to"),
        (FROM | {"to": "2031-01-01T00:00:00.001Z"}, "to"),
        (FROM | {"state": "open"}, "state"),
        (FROM | {"state": ""}, "state"),
        (FROM | {"reference": ""}, "reference"),
        (FROM | {"reference": "x" * 129}, "reference"),
        (FROM | {"limit": "-1"}, "limit"),
        (FROM | {"limit": "ten"}, "limit"),
        (FROM | {"limit": "1" * 10}, "limit"),
        (FROM | {"outcome": "HELD"}, "outcome"),
        (FROM | {"outcome": ""}, "outcome"),
        (FROM | {"outcome": "held,no_show"}, "outcome"),
        (FROM | {"participant": ""}, "participant"),
        (FROM | {"participant": " patient-1"}, "participant"),
        (FROM | {"participant": "x" * 256}, "participant"),
        (FROM | {"participant": "\ud800"}, "participant"),
        (FROM | {"participants": "patient-1"}, "participants"),
        (FROM | {"From": "x"}, "From"),
    ],
    ids=repr,
)
def test_each_mistake_is_one_error_at_its_parameter(query: dict[str, str], field: str) -> None:
    assert list(refused(query)) == [field]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("2030-12-01T00:00:00 CET", "names a time zone"),
        ("2030-12-01 00:00:00 Europe/Rome", "names a time zone"),
        ("2030-12-01 00:00", "has no offset"),
    ],
)
def test_what_is_wrong_with_an_instant_is_named(text: str, mistake: str) -> None:
    assert mistake in refused({"from": text})["from"]


def test_a_cursor_leads_back_to_where_its_page_ended() -> None:
    query = FROM | {"state": "OPEN", "limit": "7"}

    text = cursor(POSITION, query=query)

    assert ListQuery.parse(query | {"cursor": text}).after == POSITION
    assert ListQuery.parse(query | {"cursor": text, "limit": "9"}).after == POSITION
    assert text.isascii()
    assert "=" not in text


@pytest.mark.parametrize(
    "other",
    [
        {"state": "ENDED"},
        {"to": "2030-12-02T00:00:00Z"},
        {"reference": "x"},
        {"outcome": "held"},
        {"participant": "patient-1"},
    ],
)
def test_a_cursor_belongs_to_one_list(other: dict[str, str]) -> None:
    text = cursor(POSITION, query=FROM)

    assert "another list" in refused(FROM | other | {"cursor": text})["cursor"]


def test_a_cursor_of_a_person_is_not_one_of_another_and_does_not_have_their_id() -> None:
    query = FROM | {"participant": "patient-1"}

    text = cursor(POSITION, query=query)

    assert ListQuery.parse(query | {"cursor": text}).after == POSITION
    assert "another list" in refused(query | {"participant": "patient-2", "cursor": text})["cursor"]
    assert "another list" in refused(FROM | {"cursor": text})["cursor"]
    assert "patient" not in base64.urlsafe_b64decode(text + "==").decode()


def test_who_is_looked_for_is_in_no_representation() -> None:
    wanted = ListQuery.parse(FROM | {"participant": "patient-1", "outcome": "no_show"}).wanted

    assert (wanted.participant, wanted.outcome) == ("patient-1", Outcome.NO_SHOW)
    assert "patient-1" not in repr(wanted)


def _encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "!!!!",
        "äö",
        "W10",
        _encoded({}),
        _encoded(5),
        _encoded(["2030-12-01T00:00:00.000Z", "no id", "f"]),
        _encoded(["no date", POSITION.teleconsultation_id, "f"]),
        _encoded([None, POSITION.teleconsultation_id, "f"]),
        _encoded(["2030-12-01T00:00:00.000Z", 7, "f"]),
        _encoded(["2030-12-01T00:00:00.000Z", POSITION.teleconsultation_id]),
        _encoded([[[[]]]]),
        cursor(POSITION, query=FROM)[:-2],
        "A" * 257,
    ],
    ids=[f"no cursor {number}" for number in range(15)],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    assert "unchanged" in refused(FROM | {"cursor": text})["cursor"]


def test_the_link_has_every_parameter_and_the_next_cursor() -> None:
    query = {"from": "2030-12-01T00:00:00+01:00", "reference": "a&b>", "cursor": "old"}

    link = next_link("/api/teleconsultation", query=query, next_cursor="new")

    assert link == (
        "</api/teleconsultation?from=2030-12-01T00%3A00%3A00%2B01%3A00&reference=a%26b%3E&cursor=new>; "
        'rel="next"'
    )
