"""Events of every type, of a visit full of what must not be told."""

from dataclasses import replace

from teleconsultation.domain.call import Fact, FactKind
from teleconsultation.domain.events import DoorCall, Event, EventType, door_event, news_of, news_of_facts
from teleconsultation.domain.model import Ending, Notice, Outcome, Room, UploadsReceipt, Waiting
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
    ending = Ending(outcome=Outcome.NO_SHOW, absent_seats=(1,))
    over = replace(NAMED, version=2, ending=ending, uploads=UploadsReceipt(deleted=3, completed_at=NOON))
    events += news_of(NAMED, over, change_id="w", written_at=NOON).events
    waiting = {1: Waiting(since=NOON, seen_at=NOON)}
    events += news_of(NAMED, replace(NAMED, waiting=waiting), change_id="w", written_at=NOON).events
    facts = [
        Fact(id=kind.value, kind=kind, at=NOON, session_id="s1", seat=seat)
        for kind, seat in (
            (FactKind.STARTED, None),
            (FactKind.ENDED, None),
            (FactKind.JOINED, 0),
            (FactKind.LEFT, 0),
            (FactKind.RECORDED, None),
        )
    ]
    events += news_of_facts(facts, teleconsultation_id=NAMED.id, version=2).events
    door = NAMED.door_times
    assert door is not None
    for kind, instant in ((EventType.OPENED, door.opens_at), (EventType.ENDED, door.closes_at)):
        call = DoorCall(type=kind, teleconsultation_id=NAMED.id, at=instant, door=instant)
        if (event := door_event(call, current=NAMED)) is not None:
            events.append(event)
    return events
