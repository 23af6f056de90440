"""The port `EventPublisher`: everybody who is told of an event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
        """As `EventPublisher.publish`."""
        told = [cloud_event(event, deployment=self._deployment) for event in events]
        for receive in self._receivers:
            receive(told)
