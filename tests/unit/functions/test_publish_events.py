"""The function that publishes: batches in, what has to be sent again out."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from functions.publish_events.app import lambda_handler
from teleconsultation.bootstrap import events
from teleconsultation.domain.errors import EventsUnavailableError, StorageUnavailableError
from teleconsultation.domain.events import DoorCall, Event, EventType
from teleconsultation.edge.invocation import InvalidEventError
from teleconsultation.publishing.door_clock import call_message
from tests.fakes.api_gateway import lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import teleconsultation
from tests.fakes.service import Service
from tests.fakes.stream import stream_record

SAMPLES = Path(__file__).resolve().parents[3] / "events"


class Receivers:
    """What was told and set; full after as many events as it says."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.calls: list[DoorCall] = []
        self.takes = 100

    def publish(self, events: Sequence[Event]) -> None:
        if len(self.events) >= self.takes:
            raise EventsUnavailableError("full")
        self.events.extend(events)

    def put(self, events: Sequence[Any]) -> None:
        self.publish(events)

    def call_at(self, call: DoorCall) -> None:
        self.calls.append(call)


@pytest.fixture
def receivers(service: Service, monkeypatch: pytest.MonkeyPatch) -> Receivers:
    receivers = Receivers()
    monkeypatch.setattr(events, "event_publisher", lambda: receivers)
    monkeypatch.setattr(events, "door_clock", lambda: receivers)
    monkeypatch.setattr(events, "event_bus", lambda: receivers)
    return receivers


def run(*records: Any) -> Any:
    return lambda_handler({"Records": list(records)}, lambda_context())


def _message(call: DoorCall, *, number: int = 1) -> dict[str, Any]:
    return {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": json.dumps(call_message(call))}


def _opened(service: Service) -> DoorCall:
    one = service.create()
    opens = service.policy.door.opens_at(one.schedule)
    service.clock.now = opens
    return DoorCall(type=EventType.OPENED, teleconsultation_id=one.id, at=opens, door=opens)


def test_a_batch_of_the_stream_is_published_and_counted(receivers: Receivers, output: LambdaOutput) -> None:
    answer = run(stream_record(None, teleconsultation()), stream_record(None, teleconsultation(), number=2))

    assert answer == {"batchItemFailures": []}
    assert [event.type for event in receivers.events] == [EventType.CREATED, EventType.CREATED]
    assert len(receivers.calls) == 4
    [counted] = output.metrics
    assert (counted["EventsPublished"], counted["UnreadableChanges"]) == ([2], [0])


@pytest.mark.parametrize(
    ("name", "kind", "fact"),
    [
        ("no_show", EventType.NO_SHOW, {"seats": [1]}),
        ("recording_available", EventType.RECORDING_AVAILABLE, {"sessionId": "session_1"}),
        ("uploads_deleted", EventType.UPLOADS_DELETED, {"deleted": 2}),
    ],
)
def test_a_sample_of_what_follows_a_visit_is_published_once(
    receivers: Receivers, name: str, kind: EventType, fact: dict[str, object]
) -> None:
    sample = json.loads((SAMPLES / f"publish_events_{name}.json").read_text(encoding="utf-8"))

    assert run(*sample["Records"]) == {"batchItemFailures": []}

    [event] = receivers.events
    assert event.type is kind
    assert fact.items() <= event.data.items()
    assert receivers.calls == []


def test_the_stream_is_sent_again_from_the_first_record_that_failed(
    receivers: Receivers, output: LambdaOutput
) -> None:
    receivers.takes = 1

    answer = run(*(stream_record(None, teleconsultation(), number=number) for number in (7, 8, 9)))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "8"}]}
    assert "events are published later" in [line.get("message") for line in output.logs]


def test_a_record_that_cannot_be_read_is_named_by_its_number_alone(
    receivers: Receivers, output: LambdaOutput
) -> None:
    broken = stream_record(None, teleconsultation(), number=5)
    broken["dynamodb"]["NewImage"]["startDate"] = {"S": "Joe Smith"}

    answer = run(broken)

    assert answer == {"batchItemFailures": []}
    [line] = [line for line in output.logs if line.get("message") == "change is not readable"]
    assert line["sequence_number"] == "5"
    assert "Joe Smith" not in json.dumps(output.logs)
    assert output.metrics[0]["UnreadableChanges"] == [1]


def test_a_door_that_opened_is_published(
    service: Service, receivers: Receivers, output: LambdaOutput
) -> None:
    assert run(_message(_opened(service))) == {"batchItemFailures": []}
    assert [event.type for event in receivers.events] == [EventType.OPENED]


def test_a_door_that_could_not_be_published_is_sent_again_alone(
    service: Service, receivers: Receivers, output: LambdaOutput
) -> None:
    receivers.takes = 1

    answer = run(_message(_opened(service)), _message(_opened(service), number=2))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


def test_an_event_that_was_put_aside_reaches_the_bus_alone(
    receivers: Receivers, output: LambdaOutput
) -> None:
    aside = {"messageId": "m1", "eventSource": "aws:sqs", "body": json.dumps({"event": '{"id": "evt_1"}'})}

    assert run(aside) == {"batchItemFailures": []}

    assert cast("Any", receivers.events) == [{"id": "evt_1"}]
    assert output.metrics[0]["EventsPutAside"] == [0]


def test_an_event_that_the_bus_refuses_again_is_counted_and_waits(
    receivers: Receivers, output: LambdaOutput
) -> None:
    receivers.takes = 0
    aside = {"messageId": "m1", "eventSource": "aws:sqs", "body": json.dumps({"event": '{"id": "evt_1"}'})}

    assert run(aside) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}

    assert output.metrics[0]["EventsPutAside"] == [1]
    assert "put aside" in [line.get("message") for line in output.logs]


def test_an_event_that_was_put_aside_is_dropped_when_the_deployment_has_no_bus_any_more(
    service: Service, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    events.event_bus.cache_clear()
    monkeypatch.setenv("EVENT_BUS_NAME", "")
    aside = {"messageId": "m1", "eventSource": "aws:sqs", "body": json.dumps({"event": '{"id": "evt_1"}'})}

    assert run(aside) == {"batchItemFailures": []}

    [line] = [line for line in output.logs if line.get("message") == "event bus is gone"]
    assert line["event_id"] == "evt_1"
    assert (output.metrics[0]["EventsPublished"], output.metrics[0]["EventsPutAside"]) == ([0], [0])


def test_a_table_that_does_not_answer_has_the_call_sent_again(
    service: Service, receivers: Receivers, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = _message(_opened(service))

    def fail(_id: str) -> None:
        raise StorageUnavailableError("throttled")

    monkeypatch.setattr(service.teleconsultations, "get", fail)

    assert run(message) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"type": "x", "roomId": "1", "at": "a", "door": "b"}'])
def test_a_call_that_cannot_be_read_is_counted_and_not_sent_again(
    receivers: Receivers, output: LambdaOutput, body: str
) -> None:
    assert run({"messageId": "m", "eventSource": "aws:sqs", "body": body}) == {"batchItemFailures": []}
    assert output.metrics[0]["UnreadableChanges"] == [1]


@pytest.mark.parametrize("event", [{}, [], None, {"Records": []}, {"Records": [{"eventSource": "aws:sns"}]}])
def test_what_comes_from_elsewhere_is_refused(receivers: Receivers, output: LambdaOutput, event: Any) -> None:
    with pytest.raises(InvalidEventError, match="Records must be"):
        lambda_handler(event, lambda_context())


def test_a_technical_write_publishes_nothing(receivers: Receivers, output: LambdaOutput) -> None:
    before = teleconsultation()

    run(stream_record(before, replace(before, version=2, settle_failures=1)))

    assert (receivers.events, receivers.calls) == ([], [])
