"""The calendar file, read back by a library: what it says, to whom, and when it replaces an earlier one."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.edge.calendar_file import MAX_LINE_BYTES, calendar_file
from teleconsultation.edge.calendar_texts import TEXTS
from teleconsultation.use_cases.calendar_entry import CalendarEntry
from tests.fakes.samples import END, START, participant, teleconsultation
from tests.fakes.watch import NOON

PAGE = "https://visits.example"
SECRET = "mJ3b0bC7rXg2y5Qm_2v9XQ"
CLINICAL = re.compile(
    r"visit|doctor|patient|clinic|health|medic|consult|therap|hospital"
    r"|médic|pacient|salud|clínic|cita|paziente|dottor|salute|sanitar|arzt|ärzt|gesund|praxis|santé|médec"
    r"|saúde|utente|زيارة|طبيب|مريض|صح|عياد",
    re.IGNORECASE,
)


def written(
    visit: Teleconsultation,
    *,
    secret: str | None = SECRET,
    language: str | None = None,
    person: Participant | None = None,
) -> str:
    entry = CalendarEntry(teleconsultation=visit, participant=person, read_at=NOON)
    return calendar_file(entry, page_base_url=PAGE, join_secret=secret, language=language)


def read(text: str) -> tuple[Any, Any]:
    """Return the calendar and its event, as the library reads them."""
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    return calendar, event


def test_the_event_is_the_visit_with_the_readers_own_link() -> None:
    visit = teleconsultation()

    calendar, event = read(written(visit))

    link = f"{PAGE}/teleconsultation/{visit.id}#j={SECRET}"
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert event["UID"] == f"{visit.id}@teleconsultation"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (START, END)
    assert (event.decoded("DTSTAMP"), event.decoded("LAST-MODIFIED")) == (NOON, visit.updated_at)
    assert (event["STATUS"], event["CLASS"], event["ORGANIZER"]) == ("CONFIRMED", "PRIVATE", PAGE)
    assert (event["LOCATION"], event["URL"], event["CONFERENCE"]) == (link, link, link)
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert event["CONFERENCE"].params["FEATURE"] == ["AUDIO", "VIDEO"]
    assert f"\n{link}\n" in event["DESCRIPTION"]


def test_whoever_came_without_a_secret_gets_the_pages_link() -> None:
    visit = teleconsultation()

    _, event = read(written(visit, secret=None))

    assert event["URL"] == event["CONFERENCE"] == f"{PAGE}/teleconsultation/{visit.id}"
    assert TEXTS["en"].keep not in event["DESCRIPTION"]


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    visit = teleconsultation()
    moved = replace(visit, version=visit.version + 1, schedule=visit.schedule.moved(start_date=END))

    (_, before), (_, after) = read(written(visit)), read(written(moved))

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") == END


def test_a_deletion_cancels_with_a_higher_sequence_and_without_a_link() -> None:
    visit = teleconsultation()
    deleted = replace(visit, version=visit.version + 1, deleted_at=NOON)

    (_, before), (calendar, after) = read(written(visit)), read(written(deleted))

    assert (calendar["METHOD"], after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert not {"LOCATION", "URL", "CONFERENCE", "DESCRIPTION"} & after.keys()


@pytest.mark.parametrize(
    ("asked", "own", "expected"),
    [
        ("it", "de", "it"),
        ("pt-BR", None, "pt"),
        ("pt_BR", "de", "pt"),
        ("pl", "de-AT", "de"),
        ("not a tag", "fr", "fr"),
        (None, "ar", "ar"),
        (None, "pl", "en"),
        (None, None, "en"),
    ],
)
def test_the_texts_are_in_the_pages_language_or_else_in_the_persons_own(
    asked: str | None, own: str | None, expected: str
) -> None:
    person = replace(participant(), language=own)

    _, event = read(written(teleconsultation(), language=asked, person=person))

    assert event["SUMMARY"] == TEXTS[expected].summary
    assert event["SUMMARY"].params["LANGUAGE"] == expected


@pytest.mark.parametrize("language", TEXTS)
def test_no_text_says_that_somebody_sees_a_doctor_and_none_names_anybody(language: str) -> None:
    visit = teleconsultation()

    _, event = read(written(visit, language=language, person=visit.participants[1]))

    texts = [event["SUMMARY"], event["CONFERENCE"].params["LABEL"], event["DESCRIPTION"]]
    link = event["URL"]
    assert all(CLINICAL.search(text.replace(link, "")) is None for text in texts)
    text = written(visit, language=language, person=visit.participants[1])
    for person in visit.participants:
        assert person.full_name not in text
        assert person.external_id not in text.replace("\r\n ", "")
    assert "provider.test" not in text


@pytest.mark.parametrize("language", TEXTS)
@settings(max_examples=20)
@given(seconds=st.integers(min_value=1, max_value=10**8), secret=st.text("aA0-_", max_size=90))
def test_lines_are_short_and_whole_characters_and_read_back(language: str, seconds: int, secret: str) -> None:
    visit = teleconsultation()
    visit = replace(visit, schedule=visit.schedule.moved(start_date=START + timedelta(seconds=seconds)))

    text = written(visit, language=language, secret=secret)

    assert text.endswith("\r\n")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= MAX_LINE_BYTES
        assert "\n" not in line
    _, event = read(text)
    assert event["SUMMARY"] == TEXTS[language].summary
    assert event["URL"].endswith(f"#j={secret}" if secret else visit.id)
    assert event["CONFERENCE"].params["LABEL"] == TEXTS[language].enter
