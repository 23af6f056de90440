"""Events that endpoints have not taken: how many there are, and their replay."""

from dataclasses import dataclass
from typing import Any, Final

import boto3

from deployment.errors import DeploymentError
from deployment.stack import Outputs, explained

_BATCH: Final = 10
_ANY_ENDPOINT: Final = "*"
"""In a group's name: an event that was queued while the endpoints could not be read, for all of them."""
_HELD_SECONDS: Final = 120
"""How long a replay may take for a batch of the parked queue."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many events wait, as SQS estimates."""

    on_their_way: int
    """New ones, and ones that are tried again by themselves."""
    parked: int


def count(outputs: Outputs, *, session: boto3.Session) -> Waiting:
    """Return how many events wait.

    Raises:
        DeploymentError: AWS refuses or cannot be reached.
    """
    with explained():
        client = session.client("sqs")
        return Waiting(
            on_their_way=_messages(outputs.delivery_queue_url, client=client),
            parked=_messages(outputs.parked_queue_url, client=client),
        )


def replay(endpoint_id: str, *, outputs: Outputs, session: boto3.Session) -> int:
    """Switch an endpoint on, queue its parked events again, in their order, and return how many there were.

    A message is deleted from the one queue when it is in the other, so a replay that stops can be repeated.

    Raises:
        DeploymentError: AWS refuses or cannot be reached.
    """
    with explained():
        table = session.client("dynamodb")
        table.delete_item(TableName=outputs.table_name, Key={"pk": {"S": f"ENDPOINT#{endpoint_id}"}})
        client = session.client("sqs")
        replayed = 0
        others: dict[str, str] = {}
        while messages := _received(outputs.parked_queue_url, client=client):
            for message in messages:
                handle = message["ReceiptHandle"]
                group = message["Attributes"]["MessageGroupId"]
                if group.partition(".")[0] not in {endpoint_id, _ANY_ENDPOINT}:
                    # Hidden until the end, so that they are not received again and again.
                    others[message["MessageId"]] = handle
                    continue
                client.send_message(
                    QueueUrl=outputs.delivery_queue_url,
                    MessageBody=message["Body"],
                    MessageGroupId=group,
                    # Not the event's own id, which SQS may still drop as a repetition.
                    MessageDeduplicationId=f"replay.{message['MessageId']}",
                )
                client.delete_message(QueueUrl=outputs.parked_queue_url, ReceiptHandle=handle)
                replayed += 1
        for handle in others.values():
            client.change_message_visibility(
                QueueUrl=outputs.parked_queue_url, ReceiptHandle=handle, VisibilityTimeout=0
            )
        return replayed


def check_endpoint_id(text: str) -> str:
    """Return an endpoint's name.

    Raises:
        DeploymentError: it is none.
    """
    if not text or not text.isascii() or not text.replace("-", "").isalnum():
        raise DeploymentError("Name the endpoint, as in its secret: make events ENV=dev REPLAY=billing")
    return text


def _received(queue_url: str, *, client: Any) -> list[Any]:  # noqa: ANN401 - boto3 makes its classes at run time
    answer = client.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=_BATCH,
        VisibilityTimeout=_HELD_SECONDS,
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    messages: list[Any] = answer.get("Messages", [])
    return messages


def _messages(queue_url: str, *, client: Any) -> int:  # noqa: ANN401 - as above
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)
