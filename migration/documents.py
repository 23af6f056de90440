"""The original's documents as records: a visit, a row of the user map, a person of the directory.

The documents' form changed with the versions: `auth0Id` until 1.1, `userBandyerId` beside `bandyerId`,
`duration` before `endDate`, a flat list of participants or one under `data`. Each is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from migration.extended_json import (
    Document,
    UnreadableValueError,
    created_at_of,
    instant_of,
    number_of,
    object_id_of,
    text_of,
    value_of,
)
from teleconsultation.domain.language import language_tag
from teleconsultation.domain.texts import is_external_id, is_name

MAX_NAME_LENGTH: Final = 100
_PROVIDER_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


class State(StrEnum):
    """The CRUD Service's `__STATE__`."""

    PUBLIC = "PUBLIC"
    DRAFT = "DRAFT"
    TRASH = "TRASH"
    DELETED = "DELETED"


class UnreadableDocumentError(Exception):
    """A document cannot be imported; the text is the reason, without any of its content."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What a document says of a person; None or nothing where it is silent."""

    groups: tuple[str, ...] = field(default=(), repr=False)
    full_name: str | None = field(default=None, repr=False)
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """A participant of a visit: named by the provider's id, by the caller's, or by both."""

    provider_user_id: str | None = field(repr=False)
    external_id: str | None = field(repr=False)
    profile: Profile
    access_link: str | None = field(default=None, repr=False)
    """The link as it was stored. The provider's own answer decides; this one shows where links lead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitDocument:
    """A document of the collection of teleconsultations."""

    id: str
    state: State
    start_date: datetime
    end_date: datetime | None
    participants_number: int
    seats: tuple[Seat, ...]
    room_id: str | None
    created_at: datetime
    updated_at: datetime
    room_state: str | None = None
    """`teleconsultationState`, whose values are documented nowhere. Only the rehearsal reads it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedUser:
    """A row of the user map."""

    provider_user_id: str = field(repr=False)
    external_id: str = field(repr=False)
    profile: Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A person of the directory: the file `people`, which the clinic makes from its own list of users."""

    external_id: str = field(repr=False)
    profile: Profile


def read_visit(document: Document) -> VisitDocument:
    """Return a visit.

    Raises:
        UnreadableDocumentError: it cannot be imported.
    """
    try:
        id_ = object_id_of(document, "_id")
        if id_ is None:
            raise UnreadableDocumentError("it has no _id of 24 hex digits")
        start_date = instant_of(document, "startDate", "start_date")
        if start_date is None:
            raise UnreadableDocumentError("it has no startDate")
        created_at = instant_of(document, "createdAt") or created_at_of(id_)
        given_number, seats = _seats(document)
        unique = tuple(
            {(seat.provider_user_id or "", seat.external_id or ""): seat for seat in seats}.values()
        )
        # The original stored a person twice who was added twice.
        number = max((given_number or 0) - (len(seats) - len(unique)), len(unique))
        return VisitDocument(
            id=id_,
            state=_state(document),
            start_date=start_date,
            end_date=_end_date(document, start_date=start_date),
            participants_number=number,
            seats=unique,
            room_id=_provider_id(document, "bandyerRoomId"),
            created_at=created_at,
            updated_at=instant_of(document, "updatedAt") or created_at,
            room_state=text_of(document, "teleconsultationState"),
        )
    except UnreadableValueError as error:
        raise UnreadableDocumentError(str(error)) from None


def read_mapped_user(document: Document) -> MappedUser | None:
    """Return a row of the user map, or None if it is not in use.

    Raises:
        UnreadableDocumentError: it cannot be imported.
    """
    try:
        if _state(document) is not State.PUBLIC:
            return None
        provider_user_id = _provider_id(document, "bandyerId")
        external_id = _external_id(document, "receivedUserId", "auth0Id")
        if provider_user_id is None or external_id is None:
            raise UnreadableDocumentError("it lacks bandyerId or receivedUserId")
        return MappedUser(
            provider_user_id=provider_user_id, external_id=external_id, profile=_profile(document)
        )
    except UnreadableValueError as error:
        raise UnreadableDocumentError(str(error)) from None


def read_person(document: Document) -> Person:
    """Return a person of the directory.

    Raises:
        UnreadableDocumentError: it cannot be imported.
    """
    try:
        external_id = _external_id(document, "userExternalId", "userId", "id")
        if external_id is None:
            raise UnreadableDocumentError("it lacks userExternalId")
        return Person(external_id=external_id, profile=_profile(document))
    except UnreadableValueError as error:
        raise UnreadableDocumentError(str(error)) from None


def _state(document: Document) -> State:
    try:
        return State(text_of(document, "__STATE__") or State.PUBLIC)
    except ValueError:
        raise UnreadableValueError("__STATE__") from None


def _end_date(document: Document, *, start_date: datetime) -> datetime | None:
    end_date = instant_of(document, "endDate", "end_date")
    if end_date is not None:
        return end_date
    seconds = number_of(document, "duration", "duration_in_seconds")
    try:
        return start_date + timedelta(seconds=seconds) if seconds else None
    except OverflowError:
        raise UnreadableValueError("duration") from None


def _seats(document: Document) -> tuple[int | None, tuple[Seat, ...]]:
    """Return how many people are expected, if it says so, and those who are known."""
    participants = value_of(document, "participants") or []
    number = number_of(document, "participantsNumber")
    if isinstance(participants, dict):
        number = number if number is not None else number_of(participants, "number")
        participants = value_of(participants, "data") or []
    if not isinstance(participants, list):
        raise UnreadableValueError("participants")
    return number, tuple(map(_seat, participants))


def _seat(entry: Any) -> Seat:  # noqa: ANN401 - JSON
    if isinstance(entry, str):
        entry = {"bandyerId": entry}
    if not isinstance(entry, dict):
        raise UnreadableValueError("participants")
    seat = Seat(
        provider_user_id=_provider_id(entry, "userBandyerId", "bandyerId"),
        external_id=_external_id(entry, "userExternalId", "userId"),
        profile=_profile(entry),
        access_link=text_of(entry, "accessLinkURL"),
    )
    if seat.provider_user_id is None and seat.external_id is None:
        raise UnreadableDocumentError("a participant has no id")
    return seat


def _profile(document: Document) -> Profile:
    """Return what a document says of a person. A name or a language that we could not use is left out, since
    neither may cost a visit.
    """
    full_name = value_of(document, "fullName")
    language = value_of(document, "language")
    return Profile(
        groups=tuple(_groups(document)),
        full_name=_name(full_name) if isinstance(full_name, str) else None,
        language=language_tag(language) if isinstance(language, str) else None,
    )


def _groups(document: Document) -> Iterator[str]:
    groups = value_of(document, "groups", "group")
    for group in [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []:
        if isinstance(group, str) and is_name(group, max_length=MAX_NAME_LENGTH):
            yield group


def _name(text: str) -> str | None:
    one_line = " ".join(text.split())[:MAX_NAME_LENGTH].strip()
    return one_line if is_name(one_line, max_length=MAX_NAME_LENGTH) else None


def _provider_id(document: Document, *fields: str) -> str | None:
    text = text_of(document, *fields)
    # `.` and `..` have a meaning in a path.
    if text is not None and (not _PROVIDER_ID.fullmatch(text) or text in {".", ".."}):
        raise UnreadableValueError(fields[0])
    return text


def _external_id(document: Document, *fields: str) -> str | None:
    text = text_of(document, *fields)
    if text is not None and not is_external_id(text):
        raise UnreadableValueError(fields[0])
    return text
