"""The manner of the original, the Mia-Platform Teleconsultation Service: how its callers are answered, and
what they may send.

A request has this manner if it came through API Gateway's stage for the original's address
(`Request.is_for_original`). GET loads this module only to refuse such a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from teleconsultation.domain.errors import (
    InsufficientScopeError,
    InvalidRequestError,
    MissingCredentialsError,
    NotAParticipantError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.edge.problems import UNEXPECTED
from teleconsultation.use_cases.lookup import is_teleconsultation_id

DELETION = "DELETE /teleconsultation/{id}"
HEADERS = ("Idempotency-Key", "If-Match", "If-None-Match")
UNAUTHORIZED = "Unauthorized user"
UNEXPECTED_MESSAGE = "Something went wrong"
"""What the original said, and what programs of its platform show, when it had failed itself."""


class OriginalJson(bytes):
    """A body that is read as the original read it: see `documents.parse_json`."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The answer to an error: a status, and a body unless the original had none."""

    status: int
    body: Mapping[str, Any] | None = field(repr=False)


def refusal(
    document: Mapping[str, Any], *, error: Exception, route_key: str, teleconsultation_id: str
) -> Refusal:
    """Return the original's answer to an error: its documented texts where it has some, and those of our
    problem document elsewhere.
    """
    if isinstance(error, MissingCredentialsError | InsufficientScopeError | NotAParticipantError):
        return _own_text(401, UNAUTHORIZED)
    if isinstance(error, TeleconsultationNotFoundError | TeleconsultationDeletedError):
        # The original kept every record for ever, so that a deletion could be repeated a year later.
        if route_key == DELETION and is_teleconsultation_id(teleconsultation_id):
            return Refusal(status=204, body=None)
        return _own_text(404, f"Room with id {teleconsultation_id} not found on CRUD")
    body = {name: document[name] for name in ("statusCode", "error", "message")}
    if isinstance(error, InvalidRequestError) and error.errors:
        # The form of the messages of the platform's validator.
        first = error.errors[0]
        part = "headers" if first.field in HEADERS else "body"
        body["message"] = f"{part}{'.' if first.field else ''}{first.field} {first.message}"
    elif document["code"] == UNEXPECTED.code:
        body["message"] = UNEXPECTED_MESSAGE
    return Refusal(status=document["status"], body=body)


def _own_text(status: int, text: str) -> Refusal:
    # The original's own errors had their text in `error`, those of its platform in `message`.
    return Refusal(status=status, body={"statusCode": status, "error": text, "message": text})
