"""What is asked of every variant: the events of this project's samples, about a visit whose door is open."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from teleconsultation.domain.timestamps import to_text
from tests.deployment.sam import PROJECT

# Soon enough for the door to be open, long enough for every round.
STARTS_IN: Final = timedelta(minutes=2)
# What is about to begin cannot be moved any more.
DAYS_AHEAD: Final = timedelta(days=2)
LASTS: Final = timedelta(hours=4)

type Event = dict[str, Any]
type People = Sequence[dict[str, Any]]


def reading(visit_id: str) -> Event:
    """Give the event of a doctor who opens the page."""
    event = _sample("get_teleconsultation_doctor")
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/api/teleconsultation/{visit_id}"
    event["pathParameters"] = {"id": visit_id}
    return event


def creating(people: People | None = None, *, starts_in: timedelta = STARTS_IN) -> Event:
    """Give the event of a booking system that names these people, or a doctor and a patient."""
    event = _sample("create_teleconsultation")
    body = json.loads(event["body"])
    if people is not None:
        body["participants"] = {"number": len(people), "data": list(people)}
    return event | {"body": json.dumps(body | _dates(starts_in))}


def changing(visit_id: str, *, minutes: int) -> Event:
    """Give the event of a booking system that moves the visit by so many minutes."""
    event = copy.deepcopy(reading(visit_id))
    create = _sample("create_teleconsultation")
    event["routeKey"] = event["requestContext"]["routeKey"] = "PATCH /teleconsultation/{id}"
    event["requestContext"]["http"]["method"] = "PATCH"
    event["requestContext"]["authorizer"] = create["requestContext"]["authorizer"]
    event["headers"]["content-type"] = "application/json"
    return event | {"body": json.dumps(_dates(DAYS_AHEAD + timedelta(minutes=minutes)))}


def _dates(starts_in: timedelta) -> dict[str, str]:
    start = datetime.now(UTC) + starts_in
    return {"start_date": to_text(start), "end_date": to_text(start + LASTS)}


def _sample(name: str) -> Event:
    event: Event = json.loads((PROJECT / f"events/{name}.json").read_text(encoding="utf-8"))
    return event
