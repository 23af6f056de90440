"""Parse a request's body into a model, or report all its errors in one list.

The original's callers may send more (`OriginalJson`), as its validator took it: a number as a text and the
reverse, unknown members, which are ignored, and null and the empty text, which count as not sent.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError, from_json

from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.edge.original import OriginalJson

type Place = Sequence[str | int]
"""Path to a value in a document, step by step."""

MAX_REPORTED_ERRORS = 20

_BROKEN_RULE = "broken_rule"
_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "bool_parsing": "must be true or false",
        "bool_type": "must be true or false",
        "extra_forbidden": "unknown field",
        "finite_number": "must be a whole number",
        "greater_than_equal": "must be at least {ge}",
        "int_from_float": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_parsing_size": "must be a whole number",
        "int_type": "must be a whole number",
        "less_than_equal": "must be at most {le}",
        "list_type": "must be a list",
        "missing": "is missing",
        "model_type": "must be an object",
        "string_type": "must be a text",
        "too_long": "must have at most {max_length} entries",
        "too_short": "must have at least {min_length} entries",
    }
)
"""Our text for each error type of pydantic that the models can produce."""
_OTHER_MESSAGE = "is not what the API document says"
_POSITION = re.compile(r"( at line \d+ column \d+)$", re.ASCII)


def broken_rule(message: str) -> PydanticCustomError:
    """Return the error of a value that breaks a rule of ours; the caller reads the message as it is."""
    return PydanticCustomError(_BROKEN_RULE, "{message}", {"message": message})


def parse_json[Body: BaseModel](model: type[Body], body: bytes) -> Body:
    """Return a JSON document as a model.

    Raises:
        InvalidRequestError: it is not JSON, has duplicate members, or does not match the model.
    """
    try:
        if isinstance(body, OriginalJson):
            return model.model_validate(_sent(_any_json(body)), strict=False, extra="ignore")
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        errors = [_field_error(detail) for detail in details[:MAX_REPORTED_ERRORS]]
    else:
        doubles = islice(_doubles(body), MAX_REPORTED_ERRORS)
        errors = [FieldError(_path(place), "must not be there twice") for place in doubles]
        if not errors:
            return parsed
    # Raised outside the handler, so that pydantic's error, which quotes the input, is not chained.
    raise InvalidRequestError(errors)


def _any_json(body: bytes) -> object:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        message = _not_json(str(error))
    raise InvalidRequestError([FieldError("", message)])


def _sent(value: object) -> object:
    """Return a value of the original's callers without the members that are null or the empty text: some
    programs write these for what they do not have.
    """
    if isinstance(value, dict):
        return {name: _sent(member) for name, member in value.items() if member is not None and member != ""}
    return [_sent(entry) for entry in value] if isinstance(value, list) else value


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
    place: tuple[str | int, ...] = detail["loc"]
    if place[:1] == ("participants",) and place[1:2] in {("object",), ("list",)}:
        place = (
            place[0],
            *place[2:],
        )  # without the tag of the form, which pydantic adds
    return FieldError(_path(place), _message(detail))


def _message(detail: Mapping[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == _BROKEN_RULE:
        return str(context["message"])
    if kind == "json_invalid":
        return _not_json(context["error"])
    return _MESSAGES.get(kind, _OTHER_MESSAGE).format_map(context)


def _not_json(reason: str) -> str:
    position = _POSITION.search(reason)
    return f"must be JSON in UTF-8; it is not{position[1] if position else ''}"


def _path(place: Place) -> str:
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
