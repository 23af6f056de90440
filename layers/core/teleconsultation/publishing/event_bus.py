"""A bus of EventBridge."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.cloud_event import encoded

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "teleconsultation"
"""`source` in rules of EventBridge; the deployment is in `detail.source`."""
MAX_ENTRIES = 10
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
ATTEMPTS = 3
LONGEST_PAUSE_SECONDS = 0.5


class EventBus:
    """Puts events on one bus."""

    def __init__(
        self, name: str, *, client: "EventBridgeClient", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Keep the client; nothing is sent."""
        self._name = name
        self._client = client
        self._sleep = sleep

    def put(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Put CloudEvents on the bus, in their order. An entry that is refused alone is put again alone.

        Raises:
            EventsUnavailableError: at least one is not on the bus.
        """
        for first in range(0, len(events), MAX_ENTRIES):
            self._put([self._entry(event) for event in events[first : first + MAX_ENTRIES]])

    def _entry(self, event: Mapping[str, Any]) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event["type"],
            "Detail": encoded(dict(event)),
            "Time": event["time"],
        }

    def _put(self, entries: "list[PutEventsRequestEntryTypeDef]") -> None:
        pending = entries
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))  # noqa: S311 - nothing secret
            # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
            try:
                answer = self._client.put_events(Entries=pending)
            except ClientError as error:
                raise EventsUnavailableError(f"event bus: {error.response['Error']['Code']}") from None
            except BotoCoreError as error:
                raise EventsUnavailableError(f"event bus: {type(error).__name__}") from None
            if not answer["FailedEntryCount"]:
                return
            # The answer has one result for each entry, in the same order; only those that failed have a code.
            pending = [
                entry
                for entry, result in zip(pending, answer["Entries"], strict=True)
                if result.get("ErrorCode")
            ]
        raise EventsUnavailableError("event bus: entries left")
