"""Keep the provider's own record of a teleconsultation's calls, and what follows from it."""

from dataclasses import replace
from datetime import datetime, timedelta

from teleconsultation.domain.call import Fact, FactKind, RoomRecord, Stay, attendance_of
from teleconsultation.domain.door import Door
from teleconsultation.domain.errors import ProviderError, RecordingOffError
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import Ending, Outcome, Teleconsultation
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import RoomLook

FIRST_RECORDING_LOOK = timedelta(minutes=10)
"""How long after the close of a call's rooms the first look for its recordings is."""
RECORDINGS_EXPECTED_FOR = timedelta(hours=25)
"""The provider may take 24 hours. A manual recording that nobody has started never comes."""


def with_calls_recorded(
    ended: Teleconsultation, *, ports: Ports, door: Door, retention: timedelta
) -> Teleconsultation:
    """Ask the provider what took place in the disabled rooms, store it in place of what is known of them, and
    return the teleconsultation with what follows from it, which is not stored.

    The rooms must be disabled before: while somebody may still enter, the provider's record is not complete.

    Raises:
        ProviderError: the provider cannot answer; nothing is stored.
        StorageUnavailableError: the table cannot answer.
    """
    looks = {room_id: ports.rooms.look(room_id) for room_id in sorted(ended.disabled_rooms)}
    records = {
        room_id: _record(look, of=ended)
        for room_id, look in looks.items()
        if look is not None and look.session_ids is not None
    }
    ports.calls.close(
        ended.id,
        records=records,
        is_certain=records.keys() == looks.keys(),
        closed_at=ports.clock(),
        expires_at=expires_at(ended, retention=retention),
    )
    call, now = ports.calls.get(ended.id), ports.clock()
    attendance = attendance_of(ended, call=call, door=door.times_of(ended.schedule), now=now)
    is_no_show = attendance.outcome is Outcome.NO_SHOW
    return replace(
        ended,
        ending=Ending(outcome=attendance.outcome, absent_seats=attendance.absent_seats if is_no_show else ()),
        recordings_due_at=now + FIRST_RECORDING_LOOK if call.expected_recordings else None,
    )


def look_for_recordings(
    teleconsultation: Teleconsultation, *, ports: Ports, retention: timedelta
) -> datetime | None:
    """Keep which expected recordings the provider has by now, and return when to look again; None if no more
    are expected. The pause doubles from look to look. A failure of the provider is a look that has found
    nothing, so that a session which it cannot find is given up like a recording that never comes.

    Raises:
        StorageUnavailableError: the table cannot answer.
    """
    call = ports.calls.get(teleconsultation.id)
    is_expected = [
        _is_expected(session_id, of=teleconsultation, ports=ports, retention=retention)
        for session_id in sorted(call.expected_recordings)
    ]
    now = ports.clock()
    if not any(is_expected) or call.closed_at is None or now >= call.closed_at + RECORDINGS_EXPECTED_FOR:
        return None
    return now + max(now - call.closed_at, FIRST_RECORDING_LOOK)


def _is_expected(session_id: str, *, of: Teleconsultation, ports: Ports, retention: timedelta) -> bool:
    """Keep that a recording is there if it is, and return whether it may still come."""
    try:
        # Only whether there is an address matters. It is a secret, and is valid for a second.
        is_there = ports.rooms.recording_url(session_id, valid_seconds=1) is not None
    except RecordingOffError:
        return False
    except ProviderError:
        return True
    if is_there:
        ports.calls.add_fact(
            of.id,
            Fact(
                id=f"recording-{session_id}",
                kind=FactKind.RECORDED,
                at=ports.clock(),
                session_id=session_id,
            ),
            version=of.version,
            expires_at=expires_at(of, retention=retention),
        )
    return not is_there


def _record(look: RoomLook, *, of: Teleconsultation) -> RoomRecord:
    """Return the record with seats in place of users, without those who have none, such as erased ones."""
    seats = {person.bandyer_user_id: seat for seat, person in enumerate(of.participants)}
    return RoomRecord(
        session_ids=look.session_ids or frozenset(),
        stays=tuple(
            Stay(
                session_id=connection.session_id,
                seat=seats[connection.user_id],
                began_at=connection.began_at,
                ended_at=connection.ended_at,
                sitter_id=of.participants[seats[connection.user_id]].sitter_id,
            )
            for connection in look.connections
            if connection.user_id in seats
        ),
        is_recorded=look.is_recorded,
    )
