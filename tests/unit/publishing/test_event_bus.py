"""PutEvents: what is sent, and what is done with entries that are refused alone."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.event_bus import ATTEMPTS, MAX_ENTRIES, EventBus

EVENTS: list[dict[str, Any]] = [
    {"type": "teleconsultation.created", "id": f"evt_{number}", "time": "2026-12-01T12:00:00.000Z"}
    for number in range(3)
]
TAKEN, REFUSED = {"EventId": "1"}, {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}


class Bus:
    """A bus whose answers a test gives."""

    def __init__(self) -> None:
        client = boto3.client(
            "events", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="a"
        )
        self.stub = Stubber(client)
        self.pauses: list[float] = []
        self.bus = EventBus("clinic", client=client, sleep=self.pauses.append)

    def answers(self, *results: dict[str, str], events: list[dict[str, Any]]) -> None:
        expected = [
            {
                "EventBusName": "clinic",
                "Source": "teleconsultation",
                "DetailType": event["type"],
                "Detail": json.dumps(event, separators=(",", ":")),
                "Time": event["time"],
            }
            for event in events
        ]
        failed = sum("ErrorCode" in result for result in results)
        answer = {"FailedEntryCount": failed, "Entries": list(results)}
        self.stub.add_response("put_events", answer, {"Entries": expected})


@pytest.fixture
def bus() -> Iterator[Bus]:
    bus = Bus()
    with bus.stub:
        yield bus
        bus.stub.assert_no_pending_responses()


def test_events_are_put_in_their_order(bus: Bus) -> None:
    bus.answers(TAKEN, TAKEN, TAKEN, events=EVENTS)

    bus.bus.put(EVENTS)

    assert bus.pauses == []


def test_only_what_was_refused_is_put_again(bus: Bus) -> None:
    bus.answers(TAKEN, REFUSED, TAKEN, events=EVENTS)
    bus.answers(TAKEN, events=[EVENTS[1]])

    bus.bus.put(EVENTS)

    assert len(bus.pauses) == 1


def test_an_entry_that_stays_refused_fails(bus: Bus) -> None:
    for _ in range(ATTEMPTS):
        bus.answers(REFUSED, events=EVENTS[:1])

    with pytest.raises(EventsUnavailableError):
        bus.bus.put(EVENTS[:1])


def test_a_bus_that_does_not_answer_fails_without_the_events_text(bus: Bus) -> None:
    bus.stub.add_client_error("put_events", "InternalException", "evt_0 is bad", http_status_code=500)

    with pytest.raises(EventsUnavailableError) as failure:
        bus.bus.put(EVENTS)

    assert "evt_0" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_more_events_than_one_request_takes_are_put_in_several(bus: Bus) -> None:
    many = [EVENTS[0]] * (MAX_ENTRIES + 1)
    bus.stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": ANY})
    bus.answers(TAKEN, events=many[:1])

    bus.bus.put(many)
