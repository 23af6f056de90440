"""Bodies that are right but for one thing, or but for a few, or not at all."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from hypothesis import strategies as st

from tests.integration.api.hostile.values import encoded, names, values

type Json = Any
type Place = tuple[str | int, ...]

_HERE: Final = "here"
_HERE_AS_JSON: Final = json.dumps(_HERE).encode()
_PEOPLE: Final = [
    {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Anna Neri", "language": "it"},
    {"userId": "patient-1", "group": "patient", "fullName": "Joe Smith"},
]
WHOLE: Final[Json] = {
    "participants": {"number": 2, "data": _PEOPLE},
    "start_date": "2030-12-03T15:30:00.000Z",
    "end_date": "2030-12-03T16:30:00.000Z",
    "reference": "A-17",
    "metadata": {"ward": "3B", "urgent": None},
}
KNOWN: Final[Json] = {
    "participants": ["doctor-1", "patient-1"],
    "start_date": "2030-12-03T15:30:00.000Z",
    "duration_in_seconds": 3600,
}
CHANGE: Final[Json] = WHOLE | {"renewJoinLinks": ["patient-1"], "notice": "We are late."}
VALID: Final[Mapping[str, tuple[Json, ...]]] = {"POST": (WHOLE, KNOWN), "PATCH": (CHANGE, KNOWN)}


def places(document: Json, *, at: Place = ()) -> Iterator[Place]:
    """Name every place of a document, itself first."""
    yield at
    if isinstance(document, dict | list):
        for step, child in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(child, at=(*at, step))


def with_fragment(document: Json, *, at: Place, fragment: bytes) -> bytes:
    """Write a document with raw JSON at one place."""
    return json.dumps(_with(document, at=at, value=_HERE)).encode().replace(_HERE_AS_JSON, fragment)


def with_double(document: Json, *, at: Place, fragment: bytes, first: bool) -> bytes:
    """Write a document in which the member at a place stands twice, once as raw JSON."""
    name = json.dumps(at[-1]).encode() + b": "
    text = json.dumps(_with(document, at=at, value=_HERE)).encode()
    value = json.dumps(_at(document, at)).encode()
    pair = (fragment, value) if first else (value, fragment)
    return text.replace(name + _HERE_AS_JSON, (b", ").join(name + one for one in pair))


def _at(document: Json, place: Place) -> Json:
    for step in place:
        document = document[step]
    return document


def _with(document: Json, *, at: Place, value: Json) -> Json:
    if not at:
        return value
    changed = deepcopy(document)
    _at(changed, at[:-1])[at[-1]] = value
    return changed


@st.composite
def mutants(draw: st.DrawFn, documents: tuple[Json, ...]) -> bytes:
    """Draw one of the documents with up to three changes anywhere in it."""
    document = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(min_value=1, max_value=3))):
        document = _mutated(draw, document)
    return encoded(document, ascii_only=draw(st.booleans()))


def _mutated(draw: st.DrawFn, document: Json) -> Json:
    place = draw(st.sampled_from(list(places(document))))
    change = draw(st.sampled_from(("replace", "add", "remove", "repeat")))
    target = _at(document, place)
    if change == "add" and isinstance(target, dict):
        return _with(document, at=place, value=target | {draw(names): draw(values)})
    if change == "add" and isinstance(target, list):
        return _with(document, at=place, value=[*target, draw(values)])
    if change == "repeat" and isinstance(target, list):
        return _with(document, at=place, value=target * draw(st.sampled_from((2, 13, 30))))
    if change == "remove" and place:
        parent = deepcopy(_at(document, place[:-1]))
        del parent[place[-1]]
        return _with(document, at=place[:-1], value=parent)
    return _with(document, at=place, value=draw(values))


@st.composite
def distortions(draw: st.DrawFn, documents: tuple[Json, ...]) -> bytes:
    """Draw bytes that were one of the documents before they were sent."""
    whole = encoded(draw(st.sampled_from(documents)), ascii_only=True)
    cut = draw(st.integers(min_value=0, max_value=len(whole)))
    junk = draw(st.binary(max_size=20))
    return draw(
        st.sampled_from(
            (
                whole[:cut],
                whole[:cut] + junk + whole[cut:],
                whole[:cut] + junk + whole[cut + len(junk) :],
                whole[:cut] + whole[:cut] + whole[cut:],
                junk,
                junk + whole,
                whole + junk,
                whole + whole,
                b"\xef\xbb\xbf" + whole,
                whole.decode().encode("utf-16"),
                whole.decode().encode("utf-16-be"),
                whole.decode().encode("utf-32"),
                whole.decode().encode("utf-7"),
                whole.replace(b'"', b"'"),
                whole.replace(b" ", b"\xc2\xa0"),
                whole.replace(b" ", b"\r\n\t "),
                whole.replace(b":", b"="),
            )
        )
    )
