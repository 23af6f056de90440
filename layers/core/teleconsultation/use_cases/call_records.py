"""Keep the provider's own record of a teleconsultation's calls."""

from datetime import timedelta

from teleconsultation.domain.call import RoomRecord, Stay
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import RoomLook


def record_calls(ended: Teleconsultation, *, ports: Ports, retention: timedelta) -> None:
    """Ask the provider what took place in the disabled rooms, and store it in place of what is known of them.

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
            )
            for connection in look.connections
            if connection.user_id in seats
        ),
    )
