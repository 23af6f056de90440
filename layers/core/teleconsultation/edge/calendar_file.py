"""A calendar entry as a file that calendars import: iCalendar (RFC 5545, 5546, 7986).

Written without a library: see docs/decisions.md. A file is published and not sent as a request, because the
service knows no email addresses and answers no replies.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from teleconsultation.domain.language import language_tag
from teleconsultation.edge.calendar_texts import DEFAULT_LANGUAGE, TEXTS, CalendarTexts
from teleconsultation.use_cases.calendar_entry import CalendarEntry

CONTENT_TYPE = "text/calendar; charset=utf-8"
MAX_LINE_BYTES = 75
"""RFC 5545, section 3.1, without the line break."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar_file(
    entry: CalendarEntry, *, page_base_url: str, join_secret: str | None, language: str | None
) -> str:
    """Return the file: the visit at its present time, or its cancellation if it was deleted.

    The link is the page's, with `join_secret` if the caller came with one; the provider's link is never in a
    calendar. `language` is the page's language; without texts in it, the participant's own is taken.
    """
    return "".join(
        _folded(line)
        for line in _lines(
            entry, page_base_url=page_base_url, join_secret=join_secret, language=_language(entry, language)
        )
    )


def _lines(
    entry: CalendarEntry, *, page_base_url: str, join_secret: str | None, language: str
) -> Iterator[str]:
    visit = entry.teleconsultation
    texts = TEXTS[language]
    is_cancelled = visit.deleted_at is not None
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Teleconsultation Service//EN"
    yield f"METHOD:{'CANCEL' if is_cancelled else 'PUBLISH'}"
    yield "BEGIN:VEVENT"
    yield f"UID:{visit.id}@teleconsultation"
    # Each change of the record raises its version, so that no change of the time goes without a new number.
    yield f"SEQUENCE:{visit.version}"
    yield f"DTSTAMP:{_instant(entry.read_at)}"
    yield f"CREATED:{_instant(visit.created_at)}"
    yield f"LAST-MODIFIED:{_instant(visit.updated_at)}"
    yield f"DTSTART:{_instant(visit.schedule.start_date)}"
    yield f"DTEND:{_instant(visit.schedule.end_date)}"
    yield f"ORGANIZER:{page_base_url}"
    yield f"SUMMARY;LANGUAGE={language}:{_text(texts.summary)}"
    # The entry may hold a secret, and calendars are shared with colleagues and families.
    yield "CLASS:PRIVATE"
    if is_cancelled:
        yield "STATUS:CANCELLED"
    else:
        yield "STATUS:CONFIRMED"
        page_url = f"{page_base_url}/teleconsultation/{visit.id}"
        link = f"{page_url}#j={join_secret}" if join_secret else page_url
        yield from _entrance(link, texts=texts, language=language, is_personal=join_secret is not None)
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _entrance(link: str, *, texts: CalendarTexts, language: str, is_personal: bool) -> Iterator[str]:
    # Most calendars show the location and ignore the conference.
    yield f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL={texts.enter};LANGUAGE={language}:{link}"
    yield f"LOCATION:{_text(link)}"
    yield f"URL:{link}"
    sentences = f"{texts.keep} {texts.stays}" if is_personal else texts.stays
    yield f"DESCRIPTION;LANGUAGE={language}:{_text(f'{texts.enter}:\n{link}\n\n{sentences}')}"


def _language(entry: CalendarEntry, language: str | None) -> str:
    for tag in (language, entry.participant and entry.participant.language):
        primary = (language_tag(tag or "") or "").partition("-")[0].lower()
        if primary in TEXTS:
            return primary
    return DEFAULT_LANGUAGE


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    return text.translate(_ESCAPED)


def _folded(line: str) -> str:
    """Return a line with its breaks; a continued line begins with a space, and no character is divided."""
    parts = [""]
    size = 0
    for character in line:
        width = len(character.encode())
        if size + width > MAX_LINE_BYTES:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += width
    return "\r\n".join(parts) + "\r\n"
