"""What a booking system is told of: events, and the rules by which a change of a record becomes events.

An event has ids and times only, the booking system's own reference among them. Whoever wants more reads the
teleconsultation.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from teleconsultation.domain.call import Fact, FactKind
from teleconsultation.domain.model import DoorTimes, Outcome, Teleconsultation
from teleconsultation.domain.timestamps import to_text

type Data = Mapping[str, str | int | Sequence[str] | Sequence[int]]


class EventType(StrEnum):
    """All types of events. docs/events.md and docs/openapi.yaml describe each."""

    CREATED = "teleconsultation.created"
    UPDATED = "teleconsultation.updated"
    DELETED = "teleconsultation.deleted"
    OPENED = "teleconsultation.opened"
    ENDED = "teleconsultation.ended"
    ROOM_LOST = "room.lost"
    ROOM_REPLACED = "room.replaced"
    CALL_STARTED = "call.started"
    CALL_ENDED = "call.ended"
    PARTICIPANT_WAITING = "participant.waiting"
    PARTICIPANT_JOINED = "participant.joined"
    PARTICIPANT_LEFT = "participant.left"
    NO_SHOW = "visit.no_show"
    RECORDING_AVAILABLE = "recording.available"
    UPLOADS_DELETED = "uploads.deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to one teleconsultation."""

    type: EventType
    teleconsultation_id: str
    version: int
    """The version of the record after it; events of one teleconsultation are sent in this order."""
    time: datetime
    change_id: str
    """What tells this occurrence from every other of its type in this teleconsultation."""
    data: Data = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The event's id: the same each time it is derived from the same change. It has no full stop, which
        the signed text of Standard Webhooks uses as its separator.
        """
        parts = (self.type, self.teleconsultation_id, self.change_id)
        return f"evt_{hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:32]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorCall:
    """An instant at which a door opens or closes, if the teleconsultation is not changed until then."""

    type: EventType
    """`OPENED` or `ENDED`."""
    teleconsultation_id: str
    at: datetime
    """When to look: the door's instant, or that of a change that came after it."""
    door: datetime
    """The door's instant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What follows from one change of the table."""

    events: tuple[Event, ...] = ()
    door_calls: tuple[DoorCall, ...] = ()


def news_of(
    before: Teleconsultation | None,
    after: Teleconsultation | None,
    *,
    change_id: str,
    written_at: datetime,
) -> News:
    """Return what follows from a write that replaced `before` by `after`.

    Intents, withdrawn creations and what the reconciler keeps for itself are no news, nor is a visit that was
    over or cancelled when it was imported. A record that the table deletes has been over for long.
    """
    if after is None or not after.is_created:
        return News()
    if before is not None and not before.is_created:
        before = None
    if before is None and _is_history(after, written_at=written_at):
        return News()
    happened = _happened(before, after, written_at=written_at)
    return News(
        events=tuple(
            Event(
                type=kind,
                teleconsultation_id=after.id,
                version=after.version,
                time=time,
                change_id=change_id,
                data={**facts(after), **more},
            )
            for kind, time, more in happened
        )
        + tuple(_who_began_to_wait(before, after)),
        door_calls=tuple(_door_calls(before, after, written_at=written_at)),
    )


_OF_FACTS: Mapping[FactKind, EventType] = {
    FactKind.STARTED: EventType.CALL_STARTED,
    FactKind.ENDED: EventType.CALL_ENDED,
    FactKind.JOINED: EventType.PARTICIPANT_JOINED,
    FactKind.LEFT: EventType.PARTICIPANT_LEFT,
    FactKind.RECORDED: EventType.RECORDING_AVAILABLE,
}


def news_of_facts(new: Iterable[Fact], *, teleconsultation_id: str, version: int) -> News:
    """Return what follows from facts that were added to a call; a pause of the call is no news."""
    return News(
        events=tuple(
            Event(
                type=_OF_FACTS[fact.kind],
                teleconsultation_id=teleconsultation_id,
                version=version,
                time=fact.at,
                change_id=fact.id,
                data=_call_data(teleconsultation_id, version=version, seat=fact.seat)
                | ({"sessionId": fact.session_id} if fact.kind is FactKind.RECORDED else {}),
            )
            for fact in sorted(new, key=lambda fact: (fact.at, fact.id))
            if fact.kind in _OF_FACTS
        )
    )


def _call_data(teleconsultation_id: str, *, version: int, seat: int | None) -> dict[str, str | int]:
    of_seat = {} if seat is None else {"seat": seat}
    return {"roomId": teleconsultation_id, "version": version, **of_seat}


def _who_began_to_wait(before: Teleconsultation | None, after: Teleconsultation) -> Iterator[Event]:
    """Yield an event for each seat whose participant waits anew; a renewed sign is none."""
    for seat, waiting in after.waiting.items():
        known = before.waiting.get(seat) if before else None
        if known is None or known.since != waiting.since:
            yield Event(
                type=EventType.PARTICIPANT_WAITING,
                teleconsultation_id=after.id,
                version=after.version,
                time=waiting.since,
                change_id=f"{seat} {to_text(waiting.since)}",
                data=_call_data(after.id, version=after.version, seat=seat),
            )


def door_event(call: DoorCall, *, current: Teleconsultation) -> Event | None:
    """Return the event of a door's instant that has come, or None if the record was changed meanwhile: the
    change has made a call of its own.
    """
    door = current.door_times
    if door is None or not current.is_created or current.deleted_at is not None:
        return None
    if call.type is EventType.OPENED and (not current.is_complete or door.opens_at != call.door):
        return None
    if call.type is EventType.ENDED and door.closes_at != call.door:
        return None
    return Event(
        type=call.type,
        teleconsultation_id=current.id,
        version=current.version,
        time=call.at,
        change_id=to_text(call.at),
        data=facts(current),
    )


def facts(teleconsultation: Teleconsultation) -> dict[str, str | int | Sequence[str] | Sequence[int]]:
    """Return what every event says of its teleconsultation."""
    known: dict[str, str | int | Sequence[str] | Sequence[int]] = {
        "roomId": teleconsultation.id,
        "version": teleconsultation.version,
        "startDate": to_text(teleconsultation.schedule.start_date),
        "endDate": to_text(teleconsultation.schedule.end_date),
        "participantsNumber": teleconsultation.participants_number,
        "participantsKnown": len(teleconsultation.attendees),
    }
    if teleconsultation.booking.reference is not None:
        known["reference"] = teleconsultation.booking.reference
    if teleconsultation.door_times is not None:
        known["opensAt"] = to_text(teleconsultation.door_times.opens_at)
        known["closesAt"] = to_text(teleconsultation.door_times.closes_at)
    return known


def _is_history(imported: Teleconsultation, *, written_at: datetime) -> bool:
    """Return whether a new record is an imported visit that was over or cancelled before."""
    if imported.imported is None:
        return False
    door = imported.door_times
    return imported.deleted_at is not None or (door is not None and door.closes_at <= written_at)


type _Happened = tuple[EventType, datetime, Data]


def _happened(
    before: Teleconsultation | None, after: Teleconsultation, *, written_at: datetime
) -> list[_Happened]:
    if before is None:
        return [(EventType.CREATED, after.updated_at, {})]
    settled = _settled(before, after, written_at=written_at)
    if after.deleted_at is not None:
        return settled if before.deleted_at is not None else [(EventType.DELETED, after.deleted_at, {})]
    happened: list[_Happened] = []
    changed = changed_fields(before, after)
    # Only a caller's change moves `updated_at`; an erasure empties a seat and leaves it.
    is_callers = before.updated_at != after.updated_at
    if is_callers or changed:
        time = after.updated_at if is_callers else written_at
        happened.append((EventType.UPDATED, time, {"changed": changed}))
    if before.room is not None and after.room is not None and before.room.room_id != after.room.room_id:
        if not is_callers:
            happened.append((EventType.ROOM_LOST, written_at, {}))
        happened.append((EventType.ROOM_REPLACED, written_at, {}))
    return happened + settled


def _settled(before: Teleconsultation, after: Teleconsultation, *, written_at: datetime) -> list[_Happened]:
    """Return what became of a visit that is over, and of its files."""
    happened: list[_Happened] = []
    ending, uploads = after.ending, after.uploads
    if ending is not None and ending.outcome is Outcome.NO_SHOW and ending != before.ending:
        happened.append((EventType.NO_SHOW, written_at, {"seats": list(ending.absent_seats)}))
    if uploads is not None and uploads.completed_at is not None and uploads != before.uploads:
        happened.append((EventType.UPLOADS_DELETED, uploads.completed_at, {"deleted": uploads.deleted}))
    return happened


def changed_fields(before: Teleconsultation, after: Teleconsultation) -> list[str]:
    """Return the names of the request's fields that were changed."""
    passes = {person.external_id: person.join_pass for person in before.participants}
    compared = {
        "start_date": before.schedule.start_date != after.schedule.start_date,
        "end_date": before.schedule.end_date != after.schedule.end_date,
        "participants": before.participants_number != after.participants_number
        or _seats(before) != _seats(after),
        "renewJoinLinks": any(
            person.join_pass != passes[person.external_id]
            for person in after.participants
            if passes.get(person.external_id) is not None
        ),
        "notice": before.notice != after.notice,
        "reference": before.booking.reference != after.booking.reference,
        "metadata": before.booking.metadata != after.booking.metadata,
    }
    return [name for name, is_different in compared.items() if is_different]


def _seats(teleconsultation: Teleconsultation) -> list[object]:
    return [
        (person.external_id, person.role, person.groups, person.full_name, person.language, person.is_erased)
        for person in teleconsultation.participants
    ]


def _door_calls(
    before: Teleconsultation | None, after: Teleconsultation, *, written_at: datetime
) -> list[DoorCall]:
    """Return the calls for a door whose times are new, and for one that a completed list lets open. A door
    that was closed for good before and after the change has been told of.
    """
    door = after.door_times
    if door is None or after.deleted_at is not None:
        return []
    past = None if before is None else before.door_times
    calls = []
    could_open = before is not None and before.is_complete
    is_over = door.closes_at <= written_at
    if after.is_complete and not is_over:
        if before is None or past is None or not could_open:
            calls.append((EventType.OPENED, max(door.opens_at, written_at), door.opens_at))
        elif past.opens_at != door.opens_at:
            calls += _reopening(past, door, changed_at=before.updated_at, written_at=written_at)
    if past is None or past.closes_at != door.closes_at:
        was_over = past is not None and past.closes_at <= written_at
        if not (was_over and is_over):
            calls.append((EventType.ENDED, max(door.closes_at, written_at), door.closes_at))
    return [
        DoorCall(type=kind, teleconsultation_id=after.id, at=at, door=instant) for kind, at, instant in calls
    ]


def _reopening(
    past: DoorTimes, door: DoorTimes, *, changed_at: datetime, written_at: datetime
) -> list[tuple[EventType, datetime, datetime]]:
    """Return the call for a door with another instant of opening.

    If it was open and stays so, nothing opens. But the call of its opening may still be on the way, and will
    not find its instant in the record any more: so it is set again, and its event has the same id. Who
    `changed_at` after the opening has had that done.
    """
    was_open = past.opens_at <= written_at < past.closes_at
    if not was_open or door.opens_at > written_at:
        return [(EventType.OPENED, max(door.opens_at, written_at), door.opens_at)]
    if changed_at < past.opens_at:
        return [(EventType.OPENED, past.opens_at, door.opens_at)]
    return []
