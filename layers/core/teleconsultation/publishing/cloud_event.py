"""An event as CloudEvents 1.0 in JSON; docs/events.md is its description for receivers.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import json
from typing import Any

from teleconsultation.domain.events import Event
from teleconsultation.domain.timestamps import to_text

CONTENT_TYPE = "application/cloudevents+json"
SCHEMA_VERSION = 1
"""Raised by a change that an existing receiver may fail at; a new member of `data` is none."""


def cloud_event(event: Event, *, deployment: str) -> dict[str, Any]:
    """Return the event's members. Its source is the deployment (the stack's name).

    `sequence` and `timestamp` are extensions: the one orders the events of one subject as text, the other has
    the name that Standard Webhooks gives `time`.
    """
    time = to_text(event.time)
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"urn:teleconsultation:{deployment}",
        "type": event.type.value,
        "subject": event.teleconsultation_id,
        "time": time,
        "timestamp": time,
        "sequence": f"{event.version:010}",
        "dataschema": f"urn:teleconsultation:schema:{event.type.value}:{SCHEMA_VERSION}",
        "datacontenttype": "application/json",
        "data": dict(event.data),
    }


def encoded(members: dict[str, Any]) -> str:
    """Return the JSON text, which is the same for the same event."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
