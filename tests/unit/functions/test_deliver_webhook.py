"""The function that delivers: messages in, what comes again out."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from deployment.template.intrinsics import parse_template
from functions.deliver_webhook.app import lambda_handler
from teleconsultation import bootstrap
from teleconsultation.bootstrap import events
from teleconsultation.domain.delivery import MOST_RECEIVES, EndpointState
from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.edge.invocation import InvalidEventError
from teleconsultation.publishing.endpoint_queue import EndpointQueue
from teleconsultation.publishing.endpoints import Endpoint
from teleconsultation.publishing.webhook_client import Answer
from tests.fakes.api_gateway import lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.watch import NOON, Watch

PROJECT = Path(__file__).resolve().parents[3]
URL = "https://billing.example/hooks?token=canary-token"
BODY = '{"id":"evt_1"}'


class Parts:
    """The queue, the endpoints, their states and the client, as a test wants them."""

    def __init__(self) -> None:
        self.answer = Answer(status=204)
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []
        self.hidden: list[tuple[str, int]] = []
        self.parked: list[str] = []
        self.queued: list[str] = []
        self.known = {"billing": Endpoint(id="billing", url=URL, keys=(b"k" * 24,))}
        self.state = EndpointState()

    def attempt(self, url: str, body: bytes, *, headers: dict[str, str]) -> Answer:
        self.sent.append((url, body, headers))
        return self.answer

    def hide(self, handle: str, *, seconds: int) -> None:
        self.hidden.append((handle, seconds))

    def park(self, record: Any) -> None:
        self.parked.append(record["messageId"])

    def send_message(self, **message: Any) -> None:
        self.queued.append(message["MessageGroupId"])

    def current(self) -> dict[str, Endpoint]:
        return self.known

    def get(self, _endpoint_id: str) -> EndpointState:
        return self.state

    def failed(self, _endpoint_id: str, **_facts: object) -> None:
        pass

    def disable(self, _endpoint_id: str, **_facts: object) -> None:
        pass

    def succeeded(self, _endpoint_id: str) -> None:
        pass


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    parts = Parts()
    monkeypatch.setattr(events, "delivery_queue", lambda: parts)
    queue = EndpointQueue(
        "https://sqs.test/d", client=cast("Any", parts), endpoint_ids=lambda: parts.current().keys()
    )
    monkeypatch.setattr(events, "endpoint_queue", lambda: queue)
    monkeypatch.setattr(events, "endpoints", lambda: parts)
    monkeypatch.setattr(events, "webhook_client", lambda: parts)
    monkeypatch.setattr(events, "endpoint_states", lambda *, remaining_seconds: parts)
    monkeypatch.setattr(bootstrap, "clock", Watch())
    return parts


def message(
    number: int = 1, *, endpoint: str = "billing", body: str | None = None, receives: int = 1
) -> dict[str, Any]:
    text = json.dumps({"endpoint": endpoint, "id": "evt_1", "body": BODY}) if body is None else body
    return {
        "messageId": f"m{number}",
        "receiptHandle": f"h{number}",
        "eventSource": "aws:sqs",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int(NOON.timestamp() * 1000)),
            "MessageGroupId": "billing.1",
        },
    }


def run(*records: Any) -> Any:
    return lambda_handler({"Records": list(records)}, lambda_context())


def counted(output: LambdaOutput) -> tuple[Any, Any]:
    [metrics] = output.metrics
    return metrics["EventsDelivered"], metrics["EventsParked"]


def test_an_event_for_nobody_in_particular_is_queued_for_each_endpoint(
    parts: Parts, output: LambdaOutput
) -> None:
    event = '{"id":"evt_1","subject":"visit"}'

    answer = run(message(body=json.dumps({"id": "evt_1", "body": event})))

    assert (answer, parts.queued, parts.sent) == ({"batchItemFailures": []}, ["billing.visit"], [])


def test_an_event_is_sent_signed_and_as_it_was_queued(parts: Parts, output: LambdaOutput) -> None:
    assert run(message()) == {"batchItemFailures": []}

    [(url, body, headers)] = parts.sent
    assert (url, body) == (URL, BODY.encode())
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["webhook-id"] == "evt_1"
    assert headers["webhook-signature"].startswith("v1,")
    assert counted(output) == ([1], [0])


def test_an_event_that_was_not_taken_is_hidden_and_comes_again(parts: Parts, output: LambdaOutput) -> None:
    parts.answer = Answer(status=500)

    assert run(message()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}

    [(handle, seconds)] = parts.hidden
    assert handle == "h1"
    assert 1 <= seconds <= 6
    assert counted(output) == ([0], [0])


def test_an_event_of_an_endpoint_that_is_gone_is_parked(parts: Parts, output: LambdaOutput) -> None:
    parts.answer = Answer(status=410)

    assert run(message()) == {"batchItemFailures": []}

    assert parts.parked == ["m1"]
    assert counted(output) == ([0], [1])
    [line] = [line for line in output.logs if line.get("message") == "endpoint is switched off"]
    assert (line["level"], line["endpoint"], line["status"]) == ("ERROR", "billing", 410)


def test_after_a_failure_the_rest_of_a_batch_waits(parts: Parts, output: LambdaOutput) -> None:
    parts.answer = Answer(status=500)

    answer = run(message(1), message(2))

    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["m1", "m2"]
    assert len(parts.sent) == 1


@pytest.mark.parametrize("body", ["{", "[]", '{"endpoint": "billing"}'])
def test_a_message_that_cannot_be_read_is_parked(parts: Parts, output: LambdaOutput, body: str) -> None:
    assert run(message(body=body)) == {"batchItemFailures": []}
    assert parts.parked == ["m1"]


def test_an_endpoint_that_was_taken_away_is_told_nothing_more(parts: Parts, output: LambdaOutput) -> None:
    assert run(message(endpoint="former")) == {"batchItemFailures": []}
    assert (parts.sent, parts.parked) == ([], [])


def test_a_secret_that_cannot_be_read_lets_the_event_come_again(
    parts: Parts, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise EventsUnavailableError("the endpoints' secret cannot be read")

    monkeypatch.setattr(parts, "current", fail)

    assert run(message()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert parts.hidden == []
    assert output.metrics[0]["EventsPutAside"] == [1]


@pytest.mark.parametrize("body", [None, json.dumps({"id": "evt_1", "body": '{"id":"evt_1","subject":"v"}'})])
def test_an_event_that_has_come_too_often_is_parked_and_counted_before_the_queue_parks_it(
    parts: Parts, output: LambdaOutput, body: str | None
) -> None:
    template = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    redrive = template["Resources"]["DeliveryQueue"]["Properties"]["RedrivePolicy"]
    last = run(message(body=body, receives=MOST_RECEIVES))
    assert (last, parts.parked) == ({"batchItemFailures": []}, [])

    assert run(message(body=body, receives=MOST_RECEIVES + 1)) == {"batchItemFailures": []}

    assert parts.parked == ["m1"]
    assert output.metrics[-1]["EventsParked"] == [1]
    assert redrive["maxReceiveCount"] > MOST_RECEIVES + 1


def test_no_log_line_has_the_endpoints_address_or_the_signature(parts: Parts, output: LambdaOutput) -> None:
    parts.answer = Answer(status=None, problem="no answer: TimeoutError")

    run(message())

    text = json.dumps(output.logs)
    assert "canary-token" not in text
    assert "billing.example" not in text
    assert "v1," not in text
    assert "no answer: TimeoutError" in text


@pytest.mark.parametrize("event", [{}, None, {"Records": []}, {"Records": [{"eventSource": "aws:dynamodb"}]}])
def test_what_comes_from_elsewhere_is_refused(parts: Parts, output: LambdaOutput, event: Any) -> None:
    with pytest.raises(InvalidEventError, match="endpoints' queue"):
        lambda_handler(event, lambda_context())
