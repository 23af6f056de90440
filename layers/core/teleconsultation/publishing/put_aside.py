"""What could not be published or set now, put aside in the queue of door calls.

A receiver that fails must hold up neither the stream nor the other receivers. The queue hands a message over
again until it is done.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.ports import Clock
from teleconsultation.publishing.cloud_event import encoded
from teleconsultation.publishing.slow_failures import SlowFailures

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY: Final = timedelta(minutes=15)
"""How long a queue can hold a message back."""
FIRST_DELAY: Final = timedelta(minutes=1)
"""When an event that was put aside is tried again. Later the queue's own time counts."""


class PutAside:
    """The queue, and why something was put into it.

    Args:
        queue_url: Returns the address of the queue.
    """

    def __init__(self, queue_url: Callable[[], str], *, client: "Callable[[], SQSClient]") -> None:
        """Keep the arguments; nothing is sent."""
        self._queue_url = queue_url
        self._client = client
        self._reasons: list[str] = []

    def put(self, message: Mapping[str, Any], *, delay: timedelta, reason: str) -> None:
        """Put a message aside for `delay`; `reason` is for the log and holds nothing personal.

        Raises:
            EventsUnavailableError: the queue does not take it either.
        """
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            self._client().send_message(
                QueueUrl=self._queue_url(),
                MessageBody=json.dumps(message),
                DelaySeconds=int(min(delay, LONGEST_DELAY).total_seconds()),
            )
        except ClientError as error:
            raise EventsUnavailableError(f"{reason}, queue: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise EventsUnavailableError(f"{reason}, queue: {type(error).__name__}") from None
        self.note(reason)

    def note(self, reason: str) -> None:
        """Remember that something was put aside elsewhere."""
        self._reasons.append(reason)

    def taken_reasons(self) -> list[str]:
        """Return why something was put aside since the last call."""
        reasons, self._reasons = self._reasons, []
        return reasons


class PatientReceiver:
    """Hands events to a receiver, and puts them aside if it does not take them."""

    def __init__(
        self, receive: Callable[[Sequence[Mapping[str, Any]]], None], *, put_aside: PutAside, clock: Clock
    ) -> None:
        """Keep the arguments."""
        self._receive = receive
        self._put_aside = put_aside
        self._slow_failures = SlowFailures(clock=clock)

    def put(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Hand events over; each of those that were refused is put aside alone.

        Raises:
            EventsUnavailableError: at least one is neither taken nor put aside.
        """
        try:
            self._slow_failures.run(lambda: self._receive(events))
        except EventsUnavailableError as error:
            for event in events:
                message = {"event": encoded(dict(event))}
                self._put_aside.put(message, delay=FIRST_DELAY, reason=str(error))


def read_event(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the CloudEvent of a message that was put aside; None if it has none.

    Raises:
        TypeError, ValueError: it is not readable.
    """
    if "event" not in message:
        return None
    event: Mapping[str, Any] = json.loads(message["event"])
    return event
