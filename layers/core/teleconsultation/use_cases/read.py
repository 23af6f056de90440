"""Use case: read the data a participant needs to enter the call, or to wait for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

from teleconsultation.domain.door import Door, State
from teleconsultation.domain.language import language_tag
from teleconsultation.domain.model import (
    WAITING_SHOWN_FOR,
    BookingData,
    Ending,
    Notice,
    Participant,
    Teleconsultation,
)
from teleconsultation.use_cases.admission import Caller, admit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from teleconsultation.domain.ports import Clock, Teleconsultations

CALL_LANGUAGES = frozenset({"de", "en", "es", "fr", "it", "pl"})
"""Languages of the provider's call page: https://developers.kaleyra.io/reference/video-query-strings"""

HEARTBEAT_SECONDS = 60
"""Polling interval of a waiting page, to notice a reschedule or a cancellation."""
ARRIVAL_POLL_SECONDS = 15
"""Polling interval while the door opens as soon as the last participant is added."""
OPENING_SPREAD_SECONDS = 4
"""Pages that wait for one opening are told to come in this many slots of a second, a visit's pages in one."""
NAMES_SHOWN_AFTER_CLOSING = timedelta(hours=24)
"""How long after the door has closed the answer still says who took part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallData:
    """One teleconsultation as one caller may see it now."""

    teleconsultation: Teleconsultation
    state: State
    server_time: datetime
    opens_at: datetime
    closes_at: datetime
    retry_after_seconds: int | None
    """When to poll again; None if waiting changes nothing."""
    participant: Participant | None
    people: tuple[Participant, ...]
    """Everybody who takes part; nobody once the door has been closed for `NAMES_SHOWN_AFTER_CLOSING`."""
    waiting_since: Mapping[str, datetime] = field(repr=False)
    """Provider user id -> since when this person waits; nobody whose name is hidden."""
    notice: Notice | None
    """The clinic's sentence for those who wait; hidden with the names, since it may hold some."""
    access_link: str | None = field(repr=False)
    language: str | None
    booking: BookingData | None
    """The booking system's own data; None unless a manager asks."""
    ending: Ending | None
    """What became of the visit; None as long as this is not known, and unless a manager asks."""


def read_teleconsultation(
    teleconsultation_id: str,
    *,
    caller: Caller,
    language: str | None,
    background: bool | None,
    background_groups: frozenset[str],
    join_links: bool,
    teleconsultations: "Teleconsultations",
    door: Door,
    clock: "Clock",
) -> CallData:
    """Return the call data for a participant, or for a manager, who does not get a link.

    `join_links` says whether join links are switched on. `language` is the page's language; a language that
    the call page does not have is ignored, because it must not keep a participant out of the call. With
    `background` the link opens the call with the company's virtual background, and None leaves that to the
    participant's groups.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: there is none, or it was deleted.
        NotAParticipantError: the caller is not a participant.
        StorageUnavailableError: the table cannot answer.
    """
    teleconsultation, participant = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    now = clock()
    state = door.state_of(teleconsultation, now=now)
    opens_at = door.opens_at(teleconsultation.schedule)
    closes_at = door.closes_at(teleconsultation.schedule)
    language = _call_language(language) or (_call_language(participant.language) if participant else None)
    link = (
        teleconsultation.room.links.get(participant.bandyer_user_id)
        if participant and teleconsultation.room
        else None
    )
    shows_names = now < closes_at + NAMES_SHOWN_AFTER_CLOSING
    return CallData(
        teleconsultation=teleconsultation,
        state=state,
        server_time=now,
        opens_at=opens_at,
        closes_at=closes_at,
        retry_after_seconds=_retry_after_seconds(
            state, opens_at=opens_at, now=now, slot=_opening_slot(teleconsultation.id)
        ),
        participant=participant,
        people=teleconsultation.attendees if shows_names else (),
        waiting_since=_waiting_since(teleconsultation, now=now) if shows_names else {},
        notice=teleconsultation.notice if shows_names else None,
        access_link=_personal(
            link,
            participant=participant,
            language=language,
            background=not background_groups.isdisjoint(participant.groups)
            if background is None
            else background,
        )
        if link and participant and state is State.OPEN
        else None,
        language=language,
        booking=teleconsultation.booking if caller.is_manager else None,
        ending=teleconsultation.ending if caller.is_manager else None,
    )


def _waiting_since(teleconsultation: Teleconsultation, *, now: datetime) -> Mapping[str, datetime]:
    return {
        teleconsultation.participants[seat].bandyer_user_id: waiting.since
        for seat, waiting in teleconsultation.waiting.items()
        if now < waiting.seen_at + WAITING_SHOWN_FOR
    }


def _retry_after_seconds(state: State, *, opens_at: datetime, now: datetime, slot: int) -> int | None:
    seconds_to_opening = math.ceil((opens_at - now).total_seconds())
    if state is State.ENDED:
        return None
    if state is State.WAITING_FOR_PARTICIPANTS and seconds_to_opening <= 0:
        return ARRIVAL_POLL_SECONDS
    if 0 < seconds_to_opening <= HEARTBEAT_SECONDS:
        return seconds_to_opening + slot
    return HEARTBEAT_SECONDS


def _opening_slot(teleconsultation_id: str) -> int:
    """Return the second after an opening in which this teleconsultation's pages are told to come: the id is
    random, so that all slots get the same share.
    """
    return int(teleconsultation_id[-4:], 16) % OPENING_SPREAD_SECONDS


def _call_language(tag: str | None) -> str | None:
    primary = (language_tag(tag or "") or "").partition("-")[0].lower()
    return primary if primary in CALL_LANGUAGES else None


def _personal(link: str, *, participant: Participant, language: str | None, background: bool) -> str:
    """Return the link with the name to show, language and background, in the provider's query parameters.

    https://developers.kaleyra.io/reference/video-query-strings
    """
    parts = urlsplit(link)
    # A language is one of CALL_LANGUAGES and needs no quoting.
    added = (
        f"display_name={quote(participant.full_name, safe='')}" if participant.full_name else "",
        f"language={language}" if language else "",
        "virtual_background=image" if background else "",
    )
    # The provider's own query stays byte for byte.
    query = "&".join(filter(None, (parts.query, *added)))
    return urlunsplit(parts._replace(query=query))
