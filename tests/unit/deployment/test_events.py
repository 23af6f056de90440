"""The replay of parked events, on queues in memory."""

from dataclasses import replace
from typing import Any

import pytest

from deployment.errors import DeploymentError
from deployment.events import Waiting, check_endpoint_id, count, replay
from deployment.stack import Outputs


class Account:
    """A session whose queues and table are in memory; a queue hands out what is not hidden."""

    def __init__(self, *groups: str) -> None:
        self.queues: dict[str, list[dict[str, Any]]] = {
            "parked": [
                {
                    "MessageId": f"m{number}",
                    "Body": f"b{number}",
                    "ReceiptHandle": f"r{number}",
                    "Group": group,
                }
                for number, group in enumerate(groups)
            ],
            "deliveries": [],
        }
        self.hidden: set[str] = set()
        self.deleted_items: list[Any] = []
        self.fails_at: str | None = None

    def client(self, _service: str) -> "Account":
        return self

    def delete_item(self, *, TableName: str, Key: Any) -> None:  # noqa: N803 - boto3's names
        self.deleted_items.append((TableName, Key["pk"]["S"]))

    def receive_message(self, *, QueueUrl: str, **_more: Any) -> dict[str, Any]:  # noqa: N803
        found = [one for one in self.queues[QueueUrl] if one["ReceiptHandle"] not in self.hidden][:2]
        self.hidden |= {one["ReceiptHandle"] for one in found}
        return {"Messages": [one | {"Attributes": {"MessageGroupId": one["Group"]}} for one in found]}

    def send_message(self, *, QueueUrl: str, **message: Any) -> None:  # noqa: N803
        if message["MessageBody"] == self.fails_at:
            raise KeyboardInterrupt
        self.queues[QueueUrl].append(message)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        self.queues[QueueUrl] = [
            one for one in self.queues[QueueUrl] if one["ReceiptHandle"] != ReceiptHandle
        ]

    def change_message_visibility(self, *, ReceiptHandle: str, **_more: Any) -> None:  # noqa: N803
        self.hidden.discard(ReceiptHandle)

    def get_queue_attributes(self, *, QueueUrl: str, **_more: Any) -> dict[str, Any]:  # noqa: N803
        of_queue = self.queues[QueueUrl]
        hidden = sum(one.get("ReceiptHandle") in self.hidden for one in of_queue)
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(len(of_queue) - hidden),
                "ApproximateNumberOfMessagesNotVisible": str(hidden),
            }
        }

    def bodies(self, queue: str) -> list[str]:
        return [one.get("MessageBody") or one["Body"] for one in self.queues[queue]]


@pytest.fixture
def of_stack(outputs: Outputs) -> Outputs:
    return replace(outputs, delivery_queue_url="deliveries", parked_queue_url="parked")


def test_an_endpoints_events_are_queued_again_in_order_and_it_is_on(of_stack: Outputs) -> None:
    account: Any = Account("billing.1", "archive.1", "billing.1", "billing.2")

    replayed = replay("billing", outputs=of_stack, session=account)

    assert (replayed, account.bodies("deliveries")) == (3, ["b0", "b2", "b3"])
    assert account.bodies("parked") == ["b1"]
    assert account.hidden.isdisjoint({"r1"})
    assert account.deleted_items == [(of_stack.table_name, "ENDPOINT#billing")]
    # Another id than the event had: SQS drops a repetition within five minutes.
    assert account.queues["deliveries"][0]["MessageDeduplicationId"] == "replay.m0"


def test_events_that_were_queued_for_nobody_in_particular_are_queued_again_too(of_stack: Outputs) -> None:
    # They are parked if the endpoints' secret cannot be read for two days.
    account: Any = Account("*.1", "billing.1")

    replay("billing", outputs=of_stack, session=account)

    assert [one["MessageGroupId"] for one in account.queues["deliveries"]] == ["*.1", "billing.1"]


def test_a_replay_that_stops_loses_nothing(of_stack: Outputs) -> None:
    account: Any = Account("billing.1", "billing.1")
    account.fails_at = "b1"

    with pytest.raises(KeyboardInterrupt):
        replay("billing", outputs=of_stack, session=account)

    assert account.bodies("deliveries") + account.bodies("parked") == ["b0", "b1"]


def test_what_waits_is_counted(of_stack: Outputs) -> None:
    account: Any = Account("billing.1", "archive.1")

    assert count(of_stack, session=account) == Waiting(on_their_way=0, parked=2)


@pytest.mark.parametrize("text", ["", "a b", "../x", "b\u00edlling"])
def test_what_is_no_endpoints_name_is_refused(text: str) -> None:
    with pytest.raises(DeploymentError, match="REPLAY=billing"):
        check_endpoint_id(text)
