"""Use case: publish what the table's stream and the clock say.

The stream is the outbox. A write puts its old and new image into it by itself, so there is no event without a
change and no change without its event; what is derived from the images has the same ids each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from teleconsultation.domain.errors import EventsUnavailableError, TeleconsultationNotFoundError
from teleconsultation.domain.events import DoorCall, News, door_event
from teleconsultation.domain.ports import Clock, DoorClock, EventPublisher, Teleconsultations


@dataclass(kw_only=True, slots=True)
class Publication:
    """The result of one run."""

    published: int = 0
    """Events that were accepted by all receivers."""
    unreadable: list[int] = field(default_factory=list)
    """Positions of records that could not be read. They are left out, because one of them would otherwise
    keep back all that follow it until the stream has lost them.
    """
    failed_at: int | None = None
    """Position of the record from which the stream has to be sent again; None if all is done."""


def publish_changes[Record](
    records: Sequence[Record],
    *,
    read: Callable[[Record], News],
    publisher: EventPublisher,
    door_clock: DoorClock,
) -> Publication:
    """Publish the events of these records in their order, and stop at the first that cannot be published."""
    done = Publication()
    for position, record in enumerate(records):
        try:
            news = read(record)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            done.unreadable.append(position)
            continue
        try:
            for call in news.door_calls:
                door_clock.call_at(call)
            if news.events:
                publisher.publish(news.events)
        except EventsUnavailableError:
            done.failed_at = position
            return done
        done.published += len(news.events)
    return done


def publish_door(
    call: DoorCall,
    *,
    teleconsultations: Teleconsultations,
    publisher: EventPublisher,
    door_clock: DoorClock,
    clock: Clock,
) -> bool:
    """Publish that a door has opened or closed, and return whether it was still so. A call that comes before
    its instant is set again.

    Raises:
        EventsUnavailableError: a receiver cannot accept the event now.
        StorageUnavailableError: the table cannot answer.
    """
    try:
        current = teleconsultations.get(call.teleconsultation_id)
    except TeleconsultationNotFoundError:
        return False
    event = door_event(call, current=current)
    if event is None:
        return False
    if clock() < call.at:
        door_clock.call_at(call)
        return False
    publisher.publish([event])
    return True
