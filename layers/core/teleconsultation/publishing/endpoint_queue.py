"""The queue of events for endpoints: FIFO, with a group for each visit of each endpoint, so that the events
of a visit stay in order and no visit or endpoint waits for another.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.domain.delivery import Delivery
from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.cloud_event import encoded
from teleconsultation.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


ANY_ENDPOINT: Final = "*"
"""In a group's name, where the endpoint is not known yet; no endpoint is called so."""


class EndpointQueue:
    """Queues each event for each endpoint.

    Args:
        endpoint_ids: Returns the endpoints that there are now.
        note: Is told why an event was queued for nobody in particular.
    """

    def __init__(
        self,
        queue_url: str,
        *,
        client: "SQSClient",
        endpoint_ids: Callable[[], Collection[str]],
        note: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        """Keep the client; nothing is sent."""
        self._queue_url = queue_url
        self._client = client
        self._endpoint_ids = endpoint_ids
        self._note = note

    def put(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Queue CloudEvents, in their order. Within five minutes SQS drops what is put again.

        While the endpoints cannot be read, each event is queued once, for whoever they will turn out to be;
        `distribute` does the rest.

        Raises:
            EventsUnavailableError: at least one is not in the queue.
        """
        endpoint_ids: Collection[str | None]
        try:
            endpoint_ids = sorted(self._endpoint_ids())
        except (EventsUnavailableError, SettingsError) as error:
            endpoint_ids = [None]
            self._note(str(error))
        for endpoint_id in endpoint_ids:
            for event in events:
                self._send(endpoint_id, event)

    def distribute(self, record: Mapping[str, Any]) -> bool:
        """Queue the event of a message for each endpoint if it is for nobody in particular, and return
        whether it was.

        Raises:
            EventsUnavailableError, SettingsError: the endpoints cannot be read, or the queue refuses.
            KeyError, TypeError, ValueError: the message is not readable.
        """
        message = json.loads(record["body"])
        if "endpoint" in message:
            return False
        event = json.loads(message["body"])
        for endpoint_id in sorted(self._endpoint_ids()):
            self._send(endpoint_id, event)
        return True

    def _send(self, endpoint_id: str | None, event: Mapping[str, Any]) -> None:
        message = {"id": event["id"], "body": encoded(dict(event))}
        if endpoint_id is not None:
            message = {"endpoint": endpoint_id, **message}
        group = endpoint_id or ANY_ENDPOINT
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(message),
                MessageGroupId=f"{group}.{event['subject']}",
                MessageDeduplicationId=f"{group}.{event['id']}",
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
