"""The queue of events for endpoints: FIFO, with a group for each visit of each endpoint, so that the events
of a visit stay in order and no visit or endpoint waits for another.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.domain.delivery import Delivery
from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.cloud_event import encoded

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class EndpointQueue:
    """Queues each event for each endpoint.

    Args:
        endpoint_ids: Returns the endpoints that there are now.
    """

    def __init__(
        self, queue_url: str, *, client: "SQSClient", endpoint_ids: Callable[[], Collection[str]]
    ) -> None:
        """Keep the client; nothing is sent."""
        self._queue_url = queue_url
        self._client = client
        self._endpoint_ids = endpoint_ids

    def put(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Queue CloudEvents, in their order. Within five minutes SQS drops what is put again.

        Raises:
            EventsUnavailableError: at least one is not in the queue.
        """
        for endpoint_id in sorted(self._endpoint_ids()):
            for event in events:
                self._send(endpoint_id, event)

    def _send(self, endpoint_id: str, event: Mapping[str, Any]) -> None:
        message = {"endpoint": endpoint_id, "id": event["id"], "body": encoded(dict(event))}
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(message),
                MessageGroupId=f"{endpoint_id}.{event['subject']}",
                MessageDeduplicationId=f"{endpoint_id}.{event['id']}",
            )
        except ClientError as error:
            raise EventsUnavailableError(f"endpoints' queue: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise EventsUnavailableError(f"endpoints' queue: {type(error).__name__}") from None


def read_delivery(record: Mapping[str, Any]) -> Delivery:
    """Return the delivery in a message of the queue, as Lambda hands it over.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    message = json.loads(record["body"])
    return Delivery(
        endpoint_id=message["endpoint"],
        event_id=message["id"],
        body=message["body"],
        queued_at=datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, tz=UTC),
    )


class DeliveryQueue:
    """What the sender does with messages that it does not finish."""

    def __init__(self, *, queue_url: str, parked_queue_url: str, client: "SQSClient") -> None:
        """Keep the client; nothing is sent."""
        self._queue_url = queue_url
        self._parked_queue_url = parked_queue_url
        self._client = client

    def hide(self, receipt_handle: str, *, seconds: int) -> None:
        """Let a message come again after so many seconds, or after the queue's own time if that fails."""
        with suppress(ClientError, BotoCoreError):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )

    def park(self, record: Mapping[str, Any]) -> None:
        """Copy a message to the queue from which an operator replays."""
        self._client.send_message(
            QueueUrl=self._parked_queue_url,
            MessageBody=record["body"],
            MessageGroupId=record["attributes"]["MessageGroupId"],
            MessageDeduplicationId=record["messageId"],
        )
