"""The queue of deliveries: groups, repetitions, and what is read back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from teleconsultation.domain.delivery import Delivery
from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.endpoint_queue import DeliveryQueue, EndpointQueue, read_delivery
from teleconsultation.settings import SettingsError
from tests.fakes.watch import NOON

EVENTS: list[dict[str, Any]] = [{"id": f"evt_{number}", "subject": "visit"} for number in (1, 2)]


class Queues:
    """The queues as SQS has them, and what a test expects of them."""

    def __init__(self) -> None:
        session = boto3.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="a")
        client = session.client("sqs")
        self.stub = Stubber(client)
        self.endpoints = ["billing", "archive"]
        self.problem: Exception | None = None
        self.queue = EndpointQueue("https://sqs.test/d", client=client, endpoint_ids=self.read)
        self.deliveries = DeliveryQueue(
            queue_url="https://sqs.test/d", parked_queue_url="https://sqs.test/p", client=client
        )

    def read(self) -> list[str]:
        if self.problem is not None:
            raise self.problem
        return self.endpoints

    def gets(self, endpoint: str, event: dict[str, Any]) -> None:
        body = json.dumps(event, separators=(",", ":"))
        self.stub.add_response(
            "send_message",
            {"MessageId": "1"},
            {
                "QueueUrl": "https://sqs.test/d",
                "MessageBody": json.dumps({"endpoint": endpoint, "id": event["id"], "body": body}),
                "MessageGroupId": f"{endpoint}.visit",
                "MessageDeduplicationId": f"{endpoint}.{event['id']}",
            },
        )


@pytest.fixture
def queues() -> Iterator[Queues]:
    queues = Queues()
    with queues.stub:
        yield queues
        queues.stub.assert_no_pending_responses()


def test_each_endpoint_has_each_event_in_its_own_group_of_the_visit(queues: Queues) -> None:
    for endpoint in ("archive", "billing"):
        for event in EVENTS:
            queues.gets(endpoint, event)

    queues.queue.put(EVENTS)


def test_without_endpoints_nothing_is_queued(queues: Queues) -> None:
    queues.endpoints = []

    queues.queue.put(EVENTS)


@pytest.mark.parametrize("error", [EventsUnavailableError("denied"), SettingsError("not JSON")])
def test_while_the_endpoints_cannot_be_read_an_event_is_queued_for_whoever_they_will_be(
    queues: Queues, error: Exception
) -> None:
    queues.problem = error
    body = json.dumps(EVENTS[0], separators=(",", ":"))
    message = json.dumps({"id": "evt_1", "body": body})
    queues.stub.add_response(
        "send_message",
        {"MessageId": "1"},
        {
            "QueueUrl": "https://sqs.test/d",
            "MessageBody": message,
            "MessageGroupId": "*.visit",
            "MessageDeduplicationId": "*.evt_1",
        },
    )
    queues.queue.put(EVENTS[:1])
    with pytest.raises(type(error)):
        queues.queue.distribute({"body": message})
    queues.problem = None
    for endpoint in ("archive", "billing"):
        queues.gets(endpoint, EVENTS[0])

    assert queues.queue.distribute({"body": message})


def test_a_message_for_one_endpoint_is_not_distributed(queues: Queues) -> None:
    body = json.dumps({"endpoint": "billing", "id": "evt_1", "body": "{}"})

    assert not queues.queue.distribute({"body": body})


def test_a_queue_that_refuses_fails_without_the_events_text(queues: Queues) -> None:
    queues.stub.add_client_error("send_message", "ServiceUnavailable", "evt_1", http_status_code=503)

    with pytest.raises(EventsUnavailableError) as failure:
        queues.queue.put(EVENTS)

    assert "evt_1" not in str(failure.value)


def test_a_delivery_is_read_as_it_was_queued() -> None:
    record = {
        "body": json.dumps({"endpoint": "billing", "id": "evt_1", "body": "{}"}),
        "attributes": {"SentTimestamp": str(int(NOON.timestamp() * 1000) + 5)},
    }

    assert read_delivery(record) == Delivery(
        endpoint_id="billing", event_id="evt_1", body="{}", queued_at=NOON + timedelta(milliseconds=5)
    )


def test_a_message_that_cannot_be_hidden_comes_again_by_itself(queues: Queues) -> None:
    queues.stub.add_client_error("change_message_visibility", "ReceiptHandleIsInvalid")

    queues.deliveries.hide("handle", seconds=5)


def test_a_parked_message_keeps_its_group_and_is_parked_once(queues: Queues) -> None:
    record = {"messageId": "m1", "body": "{}", "attributes": {"MessageGroupId": "billing.visit"}}
    queues.stub.add_response(
        "send_message",
        {"MessageId": "1"},
        {
            "QueueUrl": "https://sqs.test/p",
            "MessageBody": "{}",
            "MessageGroupId": "billing.visit",
            "MessageDeduplicationId": "m1",
        },
    )

    queues.deliveries.park(record)
