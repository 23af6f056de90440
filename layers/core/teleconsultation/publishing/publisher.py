"""The port `EventPublisher`: everybody who is told of an event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.events import Event
from teleconsultation.publishing.cloud_event import cloud_event

type Receiver = Callable[[Sequence[Mapping[str, Any]]], None]


class Publisher:
    """Hands each event to each receiver, as CloudEvents."""

    def __init__(self, receivers: Sequence[Receiver], *, deployment: str) -> None:
        """Keep the receivers."""
        self._receivers = receivers
        self._deployment = deployment

    def publish(self, events: Sequence[Event]) -> None:
        """As `EventPublisher.publish`. A receiver that fails keeps no other from its events."""
        told = [cloud_event(event, deployment=self._deployment) for event in events]
        failures: list[EventsUnavailableError] = []
        for receive in self._receivers:
            try:
                receive(told)
            except EventsUnavailableError as error:
                failures.append(error)
        if failures:
            raise failures[0]
