"""Receivers of events do not wait for each other, and what one refuses is put aside."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.events import Event, EventType
from teleconsultation.publishing.publisher import Publisher
from teleconsultation.publishing.put_aside import PatientReceiver, PutAside, read_event
from tests.fakes.watch import Watch

EVENT = Event(
    type=EventType.CREATED,
    teleconsultation_id="5f0c9a1be2d34c7a8b6d0e1f",
    version=1,
    time=datetime(2026, 12, 1, tzinfo=UTC),
    change_id="write-1",
    data={"roomId": "5f0c9a1be2d34c7a8b6d0e1f"},
)


class Receiver:
    """A receiver that may refuse."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.taken: list[str] = []

    def put(self, events: Sequence[Mapping[str, Any]]) -> None:
        if self.refuses:
            raise EventsUnavailableError("event bus: ResourceNotFoundException")
        self.taken += [event["id"] for event in events]


class Queue:
    """The client of the queue, which may be down."""

    def __init__(self) -> None:
        self.is_down = False
        self.messages: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> None:
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="https://sqs.test")
        self.messages.append(message)


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def put_aside(queue: Queue) -> PutAside:
    return PutAside(lambda: "https://sqs.test/doors", client=lambda: cast("Any", queue))


@pytest.mark.parametrize("first_refuses", [True, False])
def test_a_receiver_that_refuses_keeps_no_other_from_its_events(*, first_refuses: bool) -> None:
    receivers = [Receiver(refuses=first_refuses), Receiver(refuses=not first_refuses)]
    publisher = Publisher([receiver.put for receiver in receivers], deployment="clinic")

    with pytest.raises(EventsUnavailableError):
        publisher.publish([EVENT])

    assert [receiver.taken for receiver in receivers if not receiver.refuses] == [[EVENT.id]]


def test_what_a_patient_receiver_refuses_is_put_aside_and_nobody_repeats_it(
    queue: Queue, put_aside: PutAside
) -> None:
    bus, endpoints = Receiver(refuses=True), Receiver()
    publisher = Publisher(
        [PatientReceiver(bus.put, put_aside=put_aside, clock=Watch()).put, endpoints.put], deployment="clinic"
    )

    publisher.publish([EVENT])

    [message] = queue.messages
    event = read_event(json.loads(message["MessageBody"]))
    assert event is not None
    assert (event["id"], message["DelaySeconds"], endpoints.taken) == (EVENT.id, 60, [EVENT.id])
    assert put_aside.taken_reasons() == ["event bus: ResourceNotFoundException"]
    assert put_aside.taken_reasons() == []


def test_what_the_queue_does_not_take_either_is_to_be_sent_again(queue: Queue, put_aside: PutAside) -> None:
    queue.is_down = True
    patient = PatientReceiver(Receiver(refuses=True).put, put_aside=put_aside, clock=Watch())

    with pytest.raises(EventsUnavailableError, match="EndpointConnectionError"):
        patient.put([{"id": "evt_1"}])


def test_a_call_of_a_door_has_no_event() -> None:
    assert read_event({"type": "teleconsultation.opened"}) is None
