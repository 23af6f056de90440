"""A request's body, read into a model; or else one list of all that is wrong with it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from teleconsultation.domain.errors import FieldError, InvalidRequestError

type Place = Sequence[str | int]
"""Steps that lead to a value in a document."""

MAX_REPORTED_ERRORS = 20


def parse_json[Body: BaseModel](model: type[Body], body: bytes) -> Body:
    """Read a document.

    Raises:
        InvalidRequestError: it is no JSON, says something twice, or is not what the model asks for.
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
    # Outside the handler, so that pydantic's error, which quotes the input, is not chained to ours.
    raise InvalidRequestError(errors)


def _doubles(body: bytes) -> Iterator[Place]:
    """Name the members that stand twice in an object of a document that pydantic has read. It believes the
    last one; another reader, the caller's own say, may believe the first (RFC 8259, section 4).
    """
    # Objects as tuples of pairs; numbers are of no interest, and some are longer than `int` takes.
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
        )  # without the tag of the form, which is pydantic's and not the caller's
    return FieldError(_path(place), message)


def _path(place: Place) -> str:
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
