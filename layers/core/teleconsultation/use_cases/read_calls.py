"""Use cases: read what the provider knows of a teleconsultation's room, calls and recordings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Never

from teleconsultation.domain.errors import (
    NotSupportedByProviderApiError,
    RecordingNotFoundError,
    RecordingOffError,
    RoomLostError,
    SessionNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports, Teleconsultations
from teleconsultation.domain.room_details import CallSession, RecordingState, RoomDetails
from teleconsultation.use_cases.admission import Caller, admit, admit_organiser

RECORDING_VALID_SECONDS = 60
"""How long the address of a recording opens it."""
RECORDING_RETRY_SECONDS = 900
"""When to look again for a recording that the provider is still processing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """How long somebody was in a call."""

    external_id: str | None = field(repr=False)
    """None for somebody who was erased or is no longer on the list."""
    seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSession:
    """One call of a teleconsultation."""

    session: CallSession
    people: tuple[Attendance, ...]
    recording: RecordingState


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingLink:
    """An address that opens a recording: a secret, which is neither stored nor logged."""

    url: str = field(repr=False)
    expires_at: datetime


def read_details(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, ports: Ports
) -> RoomDetails | None:
    """Return the room as the provider has it now: the living one, or else the one that was disabled last.
    None if there is none, or none any more.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError: as
            `admission.admit`.
        RoomLostError: the provider does not know the living room.
        ProviderError, StorageUnavailableError: one of them cannot answer.
    """
    current, _ = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=ports.teleconsultations
    )
    if current.room is not None:
        details = ports.rooms.details(current.room.room_id)
        if details is None:
            raise RoomLostError("unknown to the provider")
        return details
    if not current.disabled_rooms:
        return None
    return ports.rooms.details(
        max(current.disabled_rooms, key=lambda room_id: current.disabled_rooms[room_id])
    )


def read_sessions(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, ports: Ports
) -> list[ReadSession]:
    """Return the calls in all rooms of a teleconsultation that the provider still knows, in their order.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError,
            NotAPlusUserError: as `admission.admit_organiser`.
        ProviderError, StorageUnavailableError: one of them cannot answer.
    """
    current = admit_organiser(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=ports.teleconsultations
    )
    names = {person.bandyer_user_id: person.external_id for person in current.attendees}
    sessions = [
        ReadSession(
            session=session,
            people=tuple(
                Attendance(external_id=names.get(user_id), seconds=seconds)
                for user_id, seconds in session.seconds.items()
            ),
            recording=_recording_state(session, room=room, ports=ports),
        )
        for room, session in _sessions(current, ports=ports)
    ]
    return sorted(
        sessions, key=lambda one: (one.session.started_at or current.created_at, one.session.session_id)
    )


def read_recording(
    teleconsultation_id: str, session_id: str, *, caller: Caller, join_links: bool, ports: Ports
) -> RecordingLink:
    """Return an address that opens the recording of one of the teleconsultation's calls for a minute.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError,
            NotAPlusUserError: as `admission.admit_organiser`.
        SessionNotFoundError: no call of this teleconsultation has this id.
        RecordingOffError: calls of its room are not recorded.
        RecordingNotFoundError: it has no recording, or none yet.
        ProviderError, StorageUnavailableError: one of them cannot answer.
    """
    current = admit_organiser(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=ports.teleconsultations
    )
    found = next((one for one in _sessions(current, ports=ports) if one[1].session_id == session_id), None)
    if found is None:
        raise SessionNotFoundError("not a call of this teleconsultation")
    room, session = found
    if not room.is_recorded:
        raise RecordingOffError("not recorded")
    now = ports.clock()
    url = ports.rooms.recording_url(session_id, valid_seconds=RECORDING_VALID_SECONDS)
    if url is None:
        may_come = session.may_be_processed(now=now)
        raise RecordingNotFoundError(retry_after_seconds=RECORDING_RETRY_SECONDS if may_come else None)
    return RecordingLink(url=url, expires_at=now + timedelta(seconds=RECORDING_VALID_SECONDS))


def read_transcription(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, teleconsultations: Teleconsultations
) -> Never:
    """Refuse a transcription to whoever may ask for it: v1 of the provider's API has none.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError,
            NotAPlusUserError: as `admission.admit_organiser`.
        NotSupportedByProviderApiError: otherwise.
        StorageUnavailableError: the table cannot answer.
    """
    admit_organiser(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=teleconsultations
    )
    raise NotSupportedByProviderApiError("v1 has no transcriptions")


def _sessions(current: Teleconsultation, *, ports: Ports) -> Iterator[tuple[RoomDetails, CallSession]]:
    """Yield the calls of all rooms, each with its room. A room that the provider does not know has none."""
    rooms = current.ended_rooms | ({current.room.room_id} if current.room else set())
    for room_id in sorted(rooms):
        room = ports.rooms.details(room_id)
        if room is not None:
            yield from ((room, session) for session in room.sessions)


def _recording_state(session: CallSession, *, room: RoomDetails, ports: Ports) -> RecordingState:
    if not room.is_recorded:
        return RecordingState.NONE
    try:
        url = ports.rooms.recording_url(session.session_id, valid_seconds=RECORDING_VALID_SECONDS)
    except RecordingOffError:
        return RecordingState.NONE
    if url is not None:
        return RecordingState.AVAILABLE
    may_come = session.may_be_processed(now=ports.clock())
    return RecordingState.PROCESSING if may_come else RecordingState.NONE
