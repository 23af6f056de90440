"""Parse a request's body into a model, or report all its errors in one list."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from teleconsultation.domain.errors import FieldError, InvalidRequestError

type Place = Sequence[str | int]
"""Path to a value in a document, step by step."""

MAX_REPORTED_ERRORS = 20


def parse_json[Body: BaseModel](model: type[Body], body: bytes) -> Body:
    """Return a JSON document as a model.

    Raises:
        InvalidRequestError: it is not JSON, has duplicate members, or does not match the model.
    """
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        errors = [_field_error(detail) for detail in details[:MAX_REPORTED_ERRORS]]
    else:
        doubles = islice(_doubles(body), MAX_REPORTED_ERRORS)
        errors = [FieldError(_path(place), "must not be there twice") for place in doubles]
        if not errors:
            return parsed
    # Raised outside the handler, so that pydantic's error, which quotes the input, is not chained.
    raise InvalidRequestError(errors)


def _doubles(body: bytes) -> Iterator[Place]:
    """Yield the duplicate members of objects in a document that pydantic accepts. Pydantic uses the last one;
    another parser, such as the caller's own, may use the first (RFC 8259, section 4).
    """
    # Objects become tuples of pairs. Numbers stay texts, because some have more digits than `int` accepts.
    return _doubles_in(json.loads(body, object_pairs_hook=tuple, parse_int=str), place=())


def _doubles_in(value: object, *, place: Place) -> Iterator[Place]:
    if isinstance(value, tuple):
        yield from ((*place, name) for name, count in Counter(name for name, _ in value).items() if count > 1)
    members = value if isinstance(value, tuple) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from _doubles_in(member, place=(*place, step))


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    message = "unknown field" if detail["type"] == "extra_forbidden" else detail["msg"]
    place: tuple[str | int, ...] = detail["loc"]
    if place[:1] == ("participants",) and place[1:2] in {("object",), ("list",)}:
        place = (
            place[0],
            *place[2:],
        )  # without the tag of the form, which pydantic adds
    return FieldError(_path(place), message)


def _path(place: Place) -> str:
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
