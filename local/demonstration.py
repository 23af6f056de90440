"""Create the demonstration visit of a started stack through the API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests

from local.sign_in import DOCTOR_ID, PATIENT_ID, PEOPLE
from local.stack import Stack

BOOKING_SYSTEM_ID: Final = "booking-system"
_DURATION: Final = timedelta(hours=1)
# Less than the ten minutes by which the door opens early, so that the moved visit stays open.
_POSTPONEMENT: Final = timedelta(minutes=5)
_TIMEOUT_SECONDS: Final = 30.0


class DemonstrationError(Exception):
    """The API did not create the visit; the text has its answer."""


@dataclass(frozen=True)
class Demonstration:
    """Links and commands for a visit that is open now."""

    doctor_url: str
    patient_url: str
    sign_in_url: str
    """The page without anybody's secret, where a reader signs in."""
    curl: Mapping[str, str]


def create_demonstration(stack: Stack, *, now: datetime) -> Demonstration:
    """Create the visit and return its links and commands; `now` is an aware time.

    Raises:
        DemonstrationError: the API did not answer 201.
    """
    manager = stack.issuer.token(BOOKING_SYSTEM_ID, manage=True)
    doctor = stack.issuer.token(DOCTOR_ID)
    collection = f"{stack.api_url}/teleconsultation"
    created = _post(collection, token=manager, body=_visit(now))
    links = {person["userExternalId"]: person["joinUrl"] for person in created["participants"]}
    visit = f"{collection}/{created['roomId']}"
    tomorrow = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Demonstration(
        doctor_url=links[DOCTOR_ID],
        patient_url=links[PATIENT_ID],
        sign_in_url=links[PATIENT_ID].partition("#")[0],
        curl={
            "POST": _curl("POST", collection, token=manager, body=_visit(tomorrow)),
            "GET": _curl("GET", visit, token=doctor),
            "PATCH": _curl("PATCH", visit, token=manager, body=_dates(now + _POSTPONEMENT)),
            "DELETE": _curl("DELETE", visit, token=manager),
        },
    )


def _visit(start: datetime) -> dict[str, Any]:
    people = (
        {"userExternalId": DOCTOR_ID, "groups": ["doctor"], "fullName": PEOPLE[DOCTOR_ID], "language": "en"},
        {
            "userExternalId": PATIENT_ID,
            "groups": ["patient"],
            "fullName": PEOPLE[PATIENT_ID],
            "language": "it",
        },
    )
    return {"participants": {"number": len(people), "data": people}, **_dates(start)}


def _dates(start: datetime) -> dict[str, str]:
    return {
        name: f"{time:%Y-%m-%dT%H:%M:%S}Z"
        for name, time in (("start_date", start), ("end_date", start + _DURATION))
    }


def _curl(method: str, url: str, *, token: str, body: Mapping[str, Any] | None = None) -> str:
    """Return a shell command; its parts contain no single quote."""
    words = [f"curl -i -X {method} '{url}'", f"-H 'Authorization: Bearer {token}'"]
    if body is not None:
        words += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body)}'"]
    return " ".join(words)


def _post(url: str, *, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        response = requests.post(
            url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_SECONDS
        )
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
    except requests.HTTPError as error:
        raise DemonstrationError(
            f"The API answered {error.response.status_code} to its first request: {error.response.text}"
        ) from error
    except requests.RequestException as error:
        raise DemonstrationError("The API did not answer its first request.") from error
    return answer
