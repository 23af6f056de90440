"""Events of every type, of a visit full of what must not be told."""

from dataclasses import replace

from teleconsultation.domain.events import DoorCall, Event, EventType, door_event, news_of
from teleconsultation.domain.model import Notice, Room
from tests.fakes.samples import START, teleconsultation
from tests.fakes.watch import NOON

NAMED = replace(teleconsultation(), notice=Notice(text="Dr. Neri is late", set_at=NOON))


def of_every_type() -> list[Event]:
    """Return an event of each type, of a visit full of what must not be told."""
    other = Room(room_id="room_2", duration_seconds=60, links={"usr_1": "https://provider.test/call/usr_1"})
    deleted = replace(NAMED, version=3, deleted_at=NOON, updated_at=START)
    changes = [(None, NAMED), (NAMED, replace(NAMED, version=2, room=other, notice=None)), (NAMED, deleted)]
    events = [
        event
        for before, after in changes
        for event in news_of(before, after, change_id="w", written_at=NOON).events
    ]
    door = NAMED.door_times
    assert door is not None
    for kind, instant in ((EventType.OPENED, door.opens_at), (EventType.ENDED, door.closes_at)):
        call = DoorCall(type=kind, teleconsultation_id=NAMED.id, at=instant, door=instant)
        if (event := door_event(call, current=NAMED)) is not None:
            events.append(event)
    return events
