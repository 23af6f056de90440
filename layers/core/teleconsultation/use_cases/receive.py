"""Use case: keep what an event of the provider says of a call, and have a room that is lost looked up.

An event may come twice, late or never, and in any order. So it becomes one fact, in one conditional write,
and the facts mean the same in whatever order they came. What got lost is made up for when the door has
closed: `call_records` asks the provider for its own record.

An event of a room replaces nothing: the visit becomes due, and the reconciler asks the provider.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from teleconsultation.domain.call import Fact, ProviderEvent, RoomMade, RoomTakenAway
from teleconsultation.domain.errors import TeleconsultationNotFoundError
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports, RoomOwner
from teleconsultation.domain.timestamps import to_text

OWNER_RETENTION = timedelta(days=30)
"""How long the owner that the provider named is remembered; then it is asked again."""


class Reception(StrEnum):
    """What has become of an event."""

    KEPT = "kept"
    LOOK_DUE = "look due"
    """The next run of the reconciler looks the room up."""
    NOT_NEEDED = "not needed"
    """Its room is none that a visit will have, or the door has opened."""
    REPEATED = "repeated"
    """It is known already, or its call has too many."""
    NOT_OURS = "not ours"
    """Its room is another program's, or its person or teleconsultation is there no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What has become of an event, and of which teleconsultation it is."""

    reception: Reception
    teleconsultation_id: str | None = None


def receive_event(
    event: ProviderEvent | RoomMade | RoomTakenAway, *, ports: Ports, retention: timedelta
) -> Receipt:
    """Take in an event, whose sender has been verified, and return what has become of it; safe to repeat.

    Raises:
        ProviderError: whose room it is is not known, and the provider cannot answer.
        StorageUnavailableError: the table cannot answer.
    """
    match event:
        case RoomMade():
            return _remember(event, ports=ports, retention=retention)
        case RoomTakenAway():
            return _let_look(event, ports=ports)
        case ProviderEvent():
            return _keep(event, ports=ports, retention=retention)


def _remember(made: RoomMade, *, ports: Ports, retention: timedelta) -> Receipt:
    """Remember whose room it is for as long as its visit: the provider does not say it of a deleted one."""
    teleconsultation = _existing(ports.rooms.made_for(made.description), ports=ports)
    if teleconsultation is None:
        return Receipt(reception=Reception.NOT_OURS)
    ports.calls.remember_owner(
        made.room_id,
        RoomOwner(teleconsultation_id=teleconsultation.id),
        until=max(ports.clock() + OWNER_RETENTION, expires_at(teleconsultation, retention=retention)),
    )
    return Receipt(reception=Reception.KEPT, teleconsultation_id=teleconsultation.id)


def _let_look(taken: RoomTakenAway, *, ports: Ports) -> Receipt:
    """Let the visit be due now, if it is to come and the room is the one that it has."""
    teleconsultation = _owner(taken.room_id, ports=ports)
    if teleconsultation is None:
        return Receipt(reception=Reception.NOT_OURS)
    room, door, now = teleconsultation.room, teleconsultation.door_times, ports.clock()
    is_current = room is not None and room.room_id == taken.room_id
    if not is_current or door is None or now >= door.opens_at:
        return Receipt(reception=Reception.NOT_NEEDED, teleconsultation_id=teleconsultation.id)
    is_due = ports.teleconsultations.report_room_gone(teleconsultation.id, room_id=taken.room_id, at=now)
    # Otherwise a change has put another room in its place meanwhile.
    return Receipt(
        reception=Reception.LOOK_DUE if is_due else Reception.NOT_NEEDED,
        teleconsultation_id=teleconsultation.id,
    )


def _keep(event: ProviderEvent, *, ports: Ports, retention: timedelta) -> Receipt:
    teleconsultation = _owner(event.room_id, ports=ports)
    if teleconsultation is None:
        return Receipt(reception=Reception.NOT_OURS)
    seat = _seat(event, teleconsultation=teleconsultation)
    if event.user_id is not None and seat is None:
        return Receipt(reception=Reception.NOT_OURS, teleconsultation_id=teleconsultation.id)
    is_new = ports.calls.add_fact(
        teleconsultation.id,
        Fact(
            id=_fact_id(event),
            kind=event.kind,
            at=event.at,
            session_id=event.session_id,
            seat=seat,
            sitter_id=None if seat is None else teleconsultation.participants[seat].sitter_id,
        ),
        version=teleconsultation.version,
        expires_at=expires_at(teleconsultation, retention=retention),
    )
    return Receipt(
        reception=Reception.KEPT if is_new else Reception.REPEATED, teleconsultation_id=teleconsultation.id
    )


def _owner(room_id: str, *, ports: Ports) -> Teleconsultation | None:
    """Return the teleconsultation of a room. The provider's events name only the room; its description leads
    back, and is asked for once.
    """
    owner = ports.calls.owner(room_id)
    if owner is None:
        look = ports.rooms.look(room_id)
        owner = RoomOwner(teleconsultation_id=look.teleconsultation_id if look else None)
        ports.calls.remember_owner(room_id, owner, until=ports.clock() + OWNER_RETENTION)
    return _existing(owner.teleconsultation_id, ports=ports)


def _existing(teleconsultation_id: str | None, *, ports: Ports) -> Teleconsultation | None:
    if teleconsultation_id is None:
        return None
    try:
        found = ports.teleconsultations.get(teleconsultation_id)
    except TeleconsultationNotFoundError:
        return None
    return found if found.deleted_at is None else None


def _seat(event: ProviderEvent, *, teleconsultation: Teleconsultation) -> int | None:
    return next(
        (
            seat
            for seat, person in enumerate(teleconsultation.participants)
            if person.bandyer_user_id == event.user_id
        ),
        None,
    )


def _fact_id(event: ProviderEvent) -> str:
    """Return an id of the event: the provider gives none."""
    parts = (event.kind, event.room_id, event.session_id, event.user_id or "", to_text(event.at))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
