"""The original's documented requests and answers, one a line: the examples of its manual for 2.1, the errors
that its manual and its platform's library document, and the values that its validator took.

`{id}` stands for a visit that stands. An answer's body has exactly the members named, unless it is `Having`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from tests.fakes.jpeg import jpeg

DOCTOR: Final = "auth0|doctor-1"
PATIENT: Final = "auth0|patient-1"
RELATIVE: Final = "auth0|relative-1"
STRANGER: Final = "auth0|stranger-1"
BOOKING: Final = "booking-system"
ADMINISTRATOR: Final = "administrator"
"""May change what all calls of the company have in common, and nothing else."""
MISSING: Final = "0" * 24

type Visit = Literal[
    "tomorrow", "running", "deleted", "unreadable", "never there", "a seat is free", "a doctor is missing"
]


@dataclass(frozen=True)
class Having:
    """A body that has these members, and may have others."""

    members: Mapping[str, Any]


@dataclass(frozen=True)
class Image:
    """A form with an image, as the original took it."""

    content: bytes


@dataclass(frozen=True)
class Row:
    """One request, and the answer that the original documents.

    `answer` None is no body. `differs` says why the answer is another one here, where it is.
    """

    name: str
    what: str
    request: str
    body: Any
    status: int
    answer: Any
    visit: Visit = "tomorrow"
    by: str | None = BOOKING
    headers: Mapping[str, str] = field(default_factory=dict)
    differs: str = ""


def day(hours: float = 0) -> str:
    """Return an instant of tomorrow's visit as JavaScript writes it, so many hours after its start."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return f"{now + timedelta(days=1, hours=hours):%Y-%m-%dT%H:%M:%S}.000Z"


def spelt(pattern: str) -> dict[str, str]:
    """Return dates in another spelling: `pattern` is for `strftime`."""
    start = datetime.fromisoformat(day())
    return {"start_date": start.strftime(pattern), "end_date": (start + timedelta(hours=1)).strftime(pattern)}


def people(number: int | str, *data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object form of `participants`."""
    return {"participants": {"number": number, "data": list(data)}}


def patient(**changes: Any) -> dict[str, Any]:
    """Return a body of the standalone kind for tomorrow, whose second participant is changed."""
    return people(2, D, {**P, **changes}) | DATES


def standalone(**changes: Any) -> dict[str, Any]:
    """Return such a body with other members of its own; those that are `...` are left out."""
    body = people(2, D, P) | DATES | changes
    return {name: value for name, value in body.items() if value is not ...}


def refused(
    status: int, error: str | re.Pattern[str], message: str | re.Pattern[str] | None = None
) -> dict[str, Any]:
    """Return the body of an error; the original's own texts stand in `error` and `message`."""
    return {"statusCode": status, "error": error, "message": message or error}


def invalid(message: str) -> dict[str, Any]:
    """Return the body of a validation error, whose message is described by a pattern."""
    return refused(400, "Bad Request", re.compile(message))


DATES: Final = {"start_date": day(), "end_date": day(1)}
LASTING: Final = {"start_date": day(), "duration_in_seconds": 3600}
CREATED: Final = {"roomId": re.compile("[0-9a-f]{24}")}
DETAILS: Final = {"recording", "recordingStatus", "callType", "description", "status", "disabled"} | {
    *("creationDate", "durationInSeconds", "durationUsedInSeconds", "live"),
}
CALL: Final = {"bandyerUserId": str, "participantsBandyerCall": list, "details": DETAILS}
ALL_THREE: Final = {"participants": [DOCTOR, PATIENT, RELATIVE]}
D: Final = {"userId": DOCTOR, "groups": ["doctor"], "fullName": "Gregory House", "language": "it"}
P: Final = {"userId": PATIENT, "groups": ["customer"], "fullName": "Ada Verdi", "language": "it"}
DIRECTORY: Final = tuple(
    {
        "_id": one["userId"],
        "authUserId": one["userId"],
        **{name: one[name] for name in one if name != "userId"},
    }
    for one in (D, P, {**P, "userId": RELATIVE})
)
"""Everybody who is known: they are in the directory, and no request has introduced them."""
IDS: Final = [{"userId": one, "language": "it"} for one in (DOCTOR, PATIENT, RELATIVE)]
OLD_IDS: Final = [{"userExternalId": one} for one in (DOCTOR, PATIENT, RELATIVE)]
NOBODY_LEADS: Final = people(2, P, {**P, "userId": RELATIVE})
GONE: Final = re.compile("Room with id [0-9a-f]{24} not found on CRUD")
DELETED: Final = {"statusCode": 404, "error": GONE, "message": GONE}
NOT_FOUND: Final = refused(404, f"Room with id {MISSING} not found on CRUD")
NO_PLUS: Final = "Failed {} /teleconsultation: no plus user in room"

POST: Final = "POST /teleconsultation"
PATCH: Final = "PATCH /teleconsultation/{id}"
ADD: Final = "POST /teleconsultation/{id}/participants/data"
GET: Final = "GET /teleconsultation/{id}"
DELETE: Final = "DELETE /teleconsultation/{id}"
CREDENTIALS: Final = "POST /credentials"
SETTINGS: Final = "PATCH /settings/update"
BACKGROUND: Final = "POST /settings/background-image"
COMPANY: Final = {
    "name": str,
    "default_language": str,
    "default_background": {"alias": "simulator", "url": str, "creation_date": str},
    "end_call_redirect_url": str,
    # The original's example has one; none is set here.
    "user_details_provider_url": None,
    "end_call_redirect_timeout_ms": int,
}
TRANSCRIPTION: Final = "GET /transcription/{id}/session_1?format=srt"

EXAMPLES: Final = (
    Row("P1", "a list of ids", POST, ALL_THREE | DATES, 201, CREATED),
    Row("P2", "3 of 3 by id and language", POST, people(3, *IDS) | DATES, 201, CREATED),
    Row("P2b", "3 of 3 as in 1.2 to 1.7", POST, people(3, *OLD_IDS) | DATES, 201, CREATED),
    Row("P3", "2 of 3 by id", POST, people(3, *IDS[:2]) | DATES, 201, CREATED),
    Row("P4", "standalone, 2 of 3", POST, people(3, D, P) | DATES, 201, CREATED),
    Row("P5", "a list of ids and a duration", POST, ALL_THREE | LASTING, 201, CREATED),
    Row("PA1", "a list of ids", PATCH, ALL_THREE | DATES, 204, None),
    Row("PA2", "3 of 3 by id and language", PATCH, people(3, *IDS) | DATES, 204, None),
    Row("PA3", "2 of 3 by id", PATCH, people(3, *IDS[:2]) | DATES, 204, None),
    Row("PA4", "standalone, 2 of 3", PATCH, people(3, D, P) | DATES, 204, None),
    Row("PA5", "without an id, a slip", "PATCH /teleconsultation", DATES, 404, {"message": "Not Found"}),
    Row("PA6", "people alone", PATCH, {"participants": [DOCTOR, PATIENT]}, 204, None),
    Row("PD1", "one more by id, in 1.x", ADD, {"userId": PATIENT}, 201, None, visit="a seat is free"),
    Row("PD2", "one more, standalone, in 1.x", ADD, {**P, "group": "customer", "groups": None}, 201, None,
        visit="a seat is free"),
    Row("G1", "before the start", GET, None, 200, Having(CALL | {"accessLinkURL": None}), by=PATIENT),
    Row("G2", "background and language", f"{GET}?useBackground=true&language=it", None, 200,
        Having(CALL | {"accessLinkURL": re.compile(r"http.*&language=it&virtual_background=image")}),
        visit="running", by=PATIENT),
    Row("D1", "delete", DELETE, None, 204, None),
    Row("D2", "delete the files", f"{DELETE}/uploads", None, 200, Having({"total": 0, "deleted": 0})),
    Row("C1", "log an app in", CREDENTIALS, {}, 201,
        {"accessToken": str, "expiresAt": str, "bandyerUserId": str}, by=PATIENT),
    Row("C2", "of somebody of the directory alone", CREDENTIALS, {}, 201,
        {"accessToken": str, "expiresAt": str, "bandyerUserId": str}, by=RELATIVE),
    Row("S1", "add a background", BACKGROUND, Image(jpeg(width=1920, height=1440)), 200,
        {"virtual_background": {"background_alias": str, "url": str, "creation_date": str}},
        by=ADMINISTRATOR),
    Row("S2", "choose a background", SETTINGS, {"background_alias": "simulator"}, 200, {"company": COMPANY},
        by=ADMINISTRATOR),
    Row("T1", "the words of a call", TRANSCRIPTION, None, 501,
        Having({"statusCode": 501, "error": "Not Implemented"}),
        differs="200 there; version 1 of the provider's API has no transcription"),
)  # fmt: skip

ERRORS: Final = (
    Row("E1", "nobody leads", POST, NOBODY_LEADS | DATES, 400, refused(400, NO_PLUS.format("POST"))),
    Row("E2", "nobody leads", PATCH, NOBODY_LEADS, 400, refused(400, NO_PLUS.format("PATCH"))),
    Row("E2b", "nobody leads, with the last one", ADD, {**P, "userId": RELATIVE}, 400,
        refused(400, re.compile("Failed POST /teleconsultation/[0-9a-f]{24}/participants/data: no plus")),
        visit="a doctor is missing"),
    Row("E3", "who takes no part", GET, None, 401, refused(401, "Unauthorized user"), by=STRANGER),
    Row("E4", "a manager who takes no part", GET, None, 401, refused(401, "Unauthorized user")),
    Row("E5", "an unknown id", GET, None, 404, NOT_FOUND, visit="never there", by=PATIENT),
    Row("E6", "an unknown id", PATCH, DATES, 404, NOT_FOUND, visit="never there"),
    Row("E7", "deleted", GET, None, 404, DELETED, visit="deleted", by=PATIENT),
    Row("E8", "deleted", PATCH, DATES, 404, DELETED, visit="deleted"),
    Row("E9", "deleted", DELETE, None, 204, None, visit="deleted"),
    Row("E10", "past its retention", DELETE, None, 204, None, visit="never there"),
    Row("E11", "a validation error", POST, ALL_THREE, 400, invalid("body.start_date is missing")),
    Row("E12", "a person nobody knows", PATCH, {"participants": [DOCTOR, "x"]}, 400,
        invalid(r"body.participants\[1\] is not known")),
    Row("E13", "a failure of ours", GET, None, 500,
        refused(500, "Internal Server Error", "Something went wrong"), visit="unreadable", by=PATIENT),
    Row("E14", "no token", GET, None, 401, {"message": "Unauthorized"}, by=None),
    Row("E15", "in the immutable period", PATCH, people(2, D, {**P, "userId": RELATIVE}), 409,
        Having({"statusCode": 409, "error": "Conflict"}), visit="running",
        differs="refused there, with a status that is documented nowhere"),
    Row("E17", "no right to the settings", SETTINGS, {"background_alias": "simulator"}, 403,
        {"message": "Forbidden"}, differs="401 there; API Gateway refuses a token without the scope"),
    Row("E18", "no image", BACKGROUND, Image(b"text"), 400,
        invalid("body.virtual_background must be a JPEG image"), by=ADMINISTRATOR),
    Row("E19", "no such background", SETTINGS, {"background_alias": "beach"}, 400,
        invalid("body.background_alias is none of the company's backgrounds"), by=ADMINISTRATOR),
    Row("E20", "the settings' alias is empty", SETTINGS, {"background_alias": ""}, 400,
        invalid("body.background_alias is missing"), by=ADMINISTRATOR),
    Row("E16", "plain JSON, whatever is accepted", POST, ALL_THREE, 400, invalid("body.start_date"),
        headers={"accept": "text/html, application/problem+json"}),
)  # fmt: skip

VALUES: Final = (
    Row("V1", "numbers as texts", POST, people("2", D, P) | LASTING | {"duration_in_seconds": "3600"}, 201,
        CREATED),
    Row("V2", "null", POST, patient(groups=None, language=None, fullName=None), 201, CREATED),
    Row("V3", "the empty text", POST, patient(language="") | {"duration_in_seconds": ""}, 201, CREATED),
    Row("V4", "it_IT", POST, patient(language="it_IT"), 201, CREATED),
    Row("V5", "further members", POST, patient(email="ada@example.com") | {"tenant": 7}, 201, CREATED),
    Row("V6", "no seconds", POST, standalone(**spelt("%Y-%m-%dT%H:%MZ")), 201, CREATED),
    Row("V7", "+0100", POST, standalone(**spelt("%Y-%m-%dT%H:%M:%S+0100")), 201, CREATED),
    Row("V8", "a lower-case z", POST, standalone(**spelt("%Y-%m-%dt%H:%M:%Sz")), 201, CREATED),
    Row("V9", "no offset", POST, standalone(**spelt("%Y-%m-%dT%H:%M:%S")), 400,
        invalid("body.start_date must be a date"), differs="unknown there; a guess may be an hour off"),
    Row("V10", "28 hours", POST, standalone(end_date=day(28)), 400, invalid("body.end_date"),
        differs="accepted there (inferred); the provider's limit is 24 hours"),
    Row("V11", "4 minutes", POST, standalone(end_date=..., duration_in_seconds=240), 400,
        invalid("body.duration_in_seconds must be at least 300")),
    Row("V12", "the group customer", POST, patient(groups=["customer"]), 201, CREATED),
    Row("V13", "a name of 101 characters", POST, patient(fullName="x" * 101), 400,
        invalid(r"body.participants.data\[1\].fullName"), differs="accepted there (inferred); 100 here"),
    Row("V14", "both names of the id", POST, patient(userExternalId=PATIENT), 400,
        invalid(r"body.participants.data\[1\] must have exactly one"), differs="unknown there"),
    Row("V15", "in 2022", POST, standalone(start_date="2022-02-22T15:30Z", end_date="2022-02-22T16:30Z"), 400,
        invalid("body.end_date"), differs="accepted there, for a room that nobody could enter"),
    Row("V16", "an id that is a number", POST, patient(userId=17), 201, CREATED),
)  # fmt: skip
