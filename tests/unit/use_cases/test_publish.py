"""No event without a change and no change without its event, wherever a process ends or a receiver fails."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.call import Fact
from teleconsultation.domain.errors import EventsUnavailableError, TeleconsultationError
from teleconsultation.domain.events import DoorCall, Event, EventType
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.room_plan import Connection
from teleconsultation.storage.changes import read_news
from teleconsultation.use_cases.publish import Publication, publish_changes, publish_door
from tests.fakes.calls import InMemoryCalls
from tests.fakes.effects import Effects, KilledError, failing, killed
from tests.fakes.samples import START, teleconsultation
from tests.fakes.service import Service
from tests.fakes.stream import Record, Recorder, stream_record
from tests.fakes.teleconsultations import InMemoryTeleconsultations

MANY = 40


class StreamedTeleconsultations(InMemoryTeleconsultations):
    """The storage in memory, with the stream that DynamoDB writes."""

    def __init__(self, service: Service) -> None:
        super().__init__(clock=service.clock, effects=service.effects)
        self.stream = Recorder(lambda: service.clock().timestamp())

    def _put(self, teleconsultation: Teleconsultation) -> None:
        before = self._stored.get(teleconsultation.id)
        super()._put(teleconsultation)
        self.stream(before, teleconsultation)

    def remove(self, teleconsultation_id: str, *, expected_version: int) -> None:
        before = self._stored.get(teleconsultation_id)
        super().remove(teleconsultation_id, expected_version=expected_version)
        self.stream(before, self._stored.get(teleconsultation_id))


class StreamedCalls(InMemoryCalls):
    """The storage of calls in memory, with the same stream; what the close stores is no news."""

    def __init__(self, service: Service, *, stream: Recorder) -> None:
        super().__init__(clock=service.clock, effects=service.effects)
        self._stream = stream

    def add_fact(self, teleconsultation_id: str, fact: Fact, *, version: int, expires_at: datetime) -> bool:
        before = self.get(teleconsultation_id)
        try:
            return super().add_fact(teleconsultation_id, fact, version=version, expires_at=expires_at)
        finally:
            after = self.get(teleconsultation_id)
            self._stream.of_call(teleconsultation_id, before, after, version=version)


class StreamedService(Service):
    """The product in memory, with a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.streamed = StreamedTeleconsultations(self)
        self.teleconsultations = self.streamed
        self.calls = StreamedCalls(self, stream=self.streamed.stream)
        self.ports = replace(self.ports, teleconsultations=self.streamed, calls=self.calls)


@dataclass
class Receivers:
    """A publisher and a clock that record what reached them."""

    effects: Effects = field(default_factory=Effects)
    events: list[Event] = field(default_factory=list)
    calls: list[DoorCall] = field(default_factory=list)

    def publish(self, events: Sequence[Event]) -> None:
        with self.effects.of("publish"):
            self.events.extend(events)

    def call_at(self, call: DoorCall) -> None:
        with self.effects.of("call"):
            self.calls.append(call)

    def ids(self) -> list[str]:
        """The ids in the order in which they came first."""
        return list(dict.fromkeys(event.id for event in self.events))


def publish(records: Sequence[Record], receivers: Receivers) -> Publication:
    return publish_changes(records, read=read_news, publisher=receivers, door_clock=receivers)


def lambda_reads(records: Sequence[Record], receivers: Receivers) -> None:
    """Hand the records over until all are done, as Lambda does: again from the first that failed, and all
    again after a run that ended without an answer.
    """
    pending = list(records)
    for _ in range(MANY):
        try:
            done = publish(pending, receivers)
        except KilledError:
            continue
        if done.failed_at is None:
            return
        pending = pending[done.failed_at :]
    raise AssertionError("it never ends")


def story() -> list[Record]:
    """A visit that is booked, moved, loses its room and is deleted, and another one in between."""
    service = StreamedService()
    one = service.create()
    two = service.create()
    service.update(one.id, start_date=START + timedelta(hours=1))
    service.clock.advance(seconds=timedelta(hours=4, minutes=25).total_seconds())
    service.rooms.rooms.clear()
    service.check_room(one.id)
    service.delete(two.id)
    service.delete(one.id)
    return service.streamed.stream.records


def test_a_visits_story_is_told_in_order() -> None:
    receivers = Receivers()
    records = story()

    done = publish(records, receivers)

    one = receivers.events[0].teleconsultation_id
    assert [event.type.value for event in receivers.events if event.teleconsultation_id == one] == [
        "teleconsultation.created",
        "teleconsultation.updated",
        "room.lost",
        "room.replaced",
        "teleconsultation.deleted",
    ]
    assert (done.published, done.failed_at, done.unreadable) == (len(receivers.events), None, [])


def _disturbances(records: Sequence[Record]) -> Iterator[tuple[str, int, str, Callable[[], None]]]:
    undisturbed = Receivers()
    publish(records, undisturbed)
    for place in ("before", "after"):
        for effect in ("publish", "call"):
            for number in range(undisturbed.effects.log.count(effect)):
                yield place, number, effect, killed
                yield place, number, effect, failing(EventsUnavailableError("full"))


def test_wherever_the_publisher_is_disturbed_every_event_arrives_and_no_other(
    subtests: pytest.Subtests,
) -> None:
    records = story()
    undisturbed = Receivers()
    publish(records, undisturbed)
    cells = list(_disturbances(records))
    assert len(cells) > 40

    for place, number, effect, interruption in cells:
        with subtests.test(f"{interruption.__qualname__} {place} {effect} {number}"):
            receivers = Receivers()
            disturb = receivers.effects.before if place == "before" else receivers.effects.after
            for _ in range(number):
                disturb(effect, lambda: None)
            disturb(effect, interruption)

            lambda_reads(records, receivers)

            assert receivers.effects.calm(), "the disturbance did not happen"
            assert receivers.ids() == undisturbed.ids()
            # The last call of each kind is the one that stands.
            last = {(call.teleconsultation_id, call.type): call for call in receivers.calls}
            assert last == {(call.teleconsultation_id, call.type): call for call in undisturbed.calls}


def test_the_versions_of_a_visit_only_grow() -> None:
    receivers = Receivers()
    publish(story(), receivers)

    for visit in {event.teleconsultation_id for event in receivers.events}:
        versions = [event.version for event in receivers.events if event.teleconsultation_id == visit]
        assert versions == sorted(versions)


def _live(service: StreamedService) -> None:
    """Book, change and delete, and let each request be sent again until it is answered."""
    visit = _again(service, service.create).id
    _again(service, lambda: service.update(visit, start_date=START + timedelta(hours=2)))
    _again(service, lambda: service.update(visit, new_room=True))
    _again(service, lambda: service.delete(visit))
    service.clock.advance(seconds=timedelta(hours=1).total_seconds())
    _again(service, service.reconcile)


def _again[Answer](service: StreamedService, request: Callable[[], Answer]) -> Answer:
    for _ in range(MANY):
        # No two changes of one record are made within a millisecond.
        service.clock.advance(seconds=1)
        try:
            return request()
        except (KilledError, TeleconsultationError):
            service.clock.advance(seconds=timedelta(minutes=2).total_seconds())
    raise AssertionError("it never ends")


def _deaths(live: Callable[[StreamedService], None]) -> Iterator[tuple[str, StreamedService]]:
    """Give a service for each effect of a life, killed before it, and another one, killed after it."""
    calm = StreamedService()
    live(calm)
    effects = list(calm.effects.log)
    for place in ("before", "after"):
        for number, name in enumerate(effects):
            service = StreamedService()
            disturb = service.effects.before if place == "before" else service.effects.after
            for _ in range(effects[:number].count(name)):
                disturb(name, lambda: None)
            disturb(name, killed)
            yield f"killed {place} {name} ({number})", service


def test_wherever_a_request_dies_its_visits_are_told_of_as_they_are(subtests: pytest.Subtests) -> None:
    for death, service in _deaths(_live):
        with subtests.test(death):
            _live(service)

            receivers = Receivers()
            publish(service.streamed.stream.records, receivers)
            told = {
                visit: [event.type for event in receivers.events if event.teleconsultation_id == visit]
                for visit in {event.teleconsultation_id for event in receivers.events}
            }
            # Every visit that exists for a caller was created once, and is deleted once if it is.
            stored = {one.id: one for one in service.streamed.everything() if one.is_created}
            assert told.keys() == stored.keys()
            for visit, types in told.items():
                assert types[0] is EventType.CREATED
                assert types.count(EventType.CREATED) == 1
                deleted = stored[visit].deleted_at is not None
                assert types.count(EventType.DELETED) == int(deleted)
                assert EventType.ROOM_LOST not in types
            [whole] = [types for types in told.values() if EventType.DELETED in types]
            assert whole.count(EventType.UPDATED) >= 2
            assert len(receivers.ids()) == len(receivers.events)


def _end(service: StreamedService) -> None:
    """Let a visit end to which only the doctor came, let its files be deleted and its recording come."""
    service.uploads_kept = timedelta(hours=1)
    service.rooms.is_recording = True
    service.rooms.recordings["s1"] = "https://provider.test/recording"
    visit = _again(service, service.create)
    assert visit.room is not None
    doctor = visit.participants[0].bandyer_user_id
    service.rooms.connections[visit.room.room_id] = (
        Connection(session_id="s1", user_id=doctor, began_at=START, ended_at=START + timedelta(minutes=9)),
    )
    service.rooms.uploads[visit.room.room_id] = 2
    service.clock.now = START + timedelta(hours=3)
    for _ in range(4):
        _again(service, service.reconcile)
        service.clock.advance(seconds=timedelta(hours=1).total_seconds())


def test_wherever_the_reconciler_dies_the_end_of_a_visit_is_told_once(subtests: pytest.Subtests) -> None:
    for death, service in _deaths(_end):
        with subtests.test(death):
            _end(service)

            receivers = Receivers()
            publish(service.streamed.stream.records, receivers)
            [no_show] = [event for event in receivers.events if event.type is EventType.NO_SHOW]
            # A POST that was killed has made a visit too, to which nobody came.
            told = [
                event.type
                for event in receivers.events
                if event.teleconsultation_id == no_show.teleconsultation_id
            ]
            assert no_show.data["seats"] == [1]
            assert told.count(EventType.UPLOADS_DELETED) == 1
            assert [
                event.data["sessionId"]
                for event in receivers.events
                if event.type is EventType.RECORDING_AVAILABLE
            ] == ["s1"]
            assert len(receivers.ids()) == len(receivers.events)
            assert service.rooms.uploads == dict.fromkeys(service.rooms.uploads, 0)


def test_a_record_that_cannot_be_read_keeps_no_other_back() -> None:
    receivers = Receivers()
    broken = stream_record(None, teleconsultation())
    del broken["dynamodb"]["NewImage"]["startDate"]

    done = publish([broken, stream_record(None, teleconsultation())], receivers)

    assert (done.unreadable, done.published) == ([0], 1)


class TestDoors:
    @staticmethod
    def call(service: Service, current: Teleconsultation) -> DoorCall:
        opens = service.policy.door.opens_at(current.schedule)
        return DoorCall(type=EventType.OPENED, teleconsultation_id=current.id, at=opens, door=opens)

    @staticmethod
    def publish(call: DoorCall, service: Service, receivers: Receivers) -> bool:
        return publish_door(
            call,
            teleconsultations=service.teleconsultations,
            publisher=receivers,
            door_clock=receivers,
            clock=service.clock,
        )

    def test_a_door_that_opened_is_told_of(self) -> None:
        service, receivers = Service(), Receivers()
        current = service.create()

        call = self.call(service, current)
        service.clock.now = call.at

        assert self.publish(call, service, receivers)

        assert [event.type for event in receivers.events] == [EventType.OPENED]

    @pytest.mark.parametrize("happens", ["moved", "deleted", "gone"])
    def test_a_call_that_a_change_has_overtaken_tells_nothing(self, happens: str) -> None:
        service, receivers = Service(), Receivers()
        current = service.create()
        call = self.call(service, current)
        if happens == "moved":
            service.update(current.id, start_date=START + timedelta(hours=1))
        elif happens == "deleted":
            service.delete(current.id)
        else:
            service.clock.advance(seconds=timedelta(days=300).total_seconds())

        was_so = self.publish(call, service, receivers)

        assert (was_so, receivers.events, receivers.calls) == (False, [], [])

    def test_a_call_that_comes_too_early_is_set_again(self) -> None:
        service, receivers = Service(), Receivers()
        call = self.call(service, service.create())
        service.clock.now = call.at - timedelta(seconds=1)

        was_so = self.publish(call, service, receivers)

        assert (was_so, receivers.events, receivers.calls) == (False, [], [call])
