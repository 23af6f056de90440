"""No body breaks a function, does a thing when it is refused, or is repeated to anybody."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gateway.exchange import Response
from tests.fakes import samples
from tests.fakes.api_gateway import http_event
from tests.fakes.service import Service
from tests.integration.api.hostile.bodies import (
    VALID,
    Place,
    distortions,
    mutants,
    places,
    with_double,
    with_fragment,
)
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import EVERY, cases
from tests.integration.api.hostile.values import CANARY, FRAGMENTS, encoded, odd_characters, values

KIB = 1024
METHODS = ["POST", "PATCH"]
REQUEST_SCHEMAS = {
    "POST": "#/components/schemas/CreateTeleconsultation",
    "PATCH": "#/components/schemas/UpdateTeleconsultation",
}
PLACES = [
    (method, number, place)
    for method, documents in VALID.items()
    for number, document in enumerate(documents)
    for place in places(document)
]
MEMBERS = [case for case in PLACES if case[2] and isinstance(case[2][-1], str)]


def name_of(part: object) -> str:
    return ".".join(map(str, part)) or "whole" if isinstance(part, tuple) else str(part)


def send(
    functions: Functions,
    method: str,
    body: bytes,
    *,
    kind: str,
    is_base64: bool | None = None,
    state: str = "waiting",
) -> Response:
    """Send a body as API Gateway does: as text if it is one, in base64 if not, unless said otherwise."""
    service = functions.deploy()
    visit_id = None if method == "POST" else prepared(service, state=state)
    event = http_event(method, teleconsultation_id=visit_id)
    try:
        event["body"] = body.decode()
    except UnicodeDecodeError:
        is_base64 = True if is_base64 is None else is_base64
        event["body"] = body.decode("utf-8", "surrogateescape")
    if is_base64:
        event["body"] = base64.b64encode(body).decode()
    event["isBase64Encoded"] = bool(is_base64)
    response = functions.send(event, service=service, kind=kind)
    if response.status < 300:
        # What is taken is what the document says may be sent.
        functions.contract.check_schema(
            json.loads(body), pointer=REQUEST_SCHEMAS[method], where=f"{method} {body!r}"
        )
    return response


def prepared(service: Service, *, state: str) -> str:
    """Make a visit of doctor-1 and patient-1, in one of its states."""
    incomplete = state == "incomplete"
    people = (samples.patient(),) if incomplete else (samples.doctor(), samples.patient())
    visit = service.create(people, number=2)
    if state == "open":
        service.clock.now = samples.START
    if state == "deleted":
        service.delete(visit.id)
    return visit.id


def errors_of(response: Response) -> list[str]:
    fields: list[str] = [error["field"] for error in json.loads(response.body).get("errors", ())]
    return fields


def test_there_are_enough_of_them() -> None:
    assert len(PLACES) * len(FRAGMENTS) >= 10_000


@pytest.mark.parametrize(("method", "number", "place"), PLACES, ids=name_of)
def test_no_value_in_any_place(functions: Functions, method: str, number: int, place: Place) -> None:
    start = PLACES.index((method, number, place)) % EVERY
    for fragment in FRAGMENTS[start::EVERY]:
        body = with_fragment(VALID[method][number], at=place, fragment=fragment)

        response = send(functions, method, body, kind="values in places")

        assert response.status in (201, 204, 400), (response.status, fragment)


@pytest.mark.parametrize(("method", "number", "place"), MEMBERS, ids=name_of)
def test_no_member_twice(functions: Functions, method: str, number: int, place: Place) -> None:
    """Readers differ in which of two equal members they believe (RFC 8259, section 4)."""
    for fragment in (b"null", b"0", b'"x"', b"[]", b"{}", b'{"a":1,"a":2}', b"NaN", b"9" * 5000):
        for first in (True, False):
            body = with_double(VALID[method][number], at=place, fragment=fragment, first=first)

            response = send(functions, method, body, kind="members twice")

            assert response.status == 400, body
            assert errors_of(response) != []


@pytest.mark.parametrize(
    ("method", "state"),
    [("POST", "waiting"), ("PATCH", "waiting"), ("PATCH", "incomplete"), ("PATCH", "open")],
)
def test_no_mixture_of_changes(functions: Functions, method: str, state: str) -> None:
    @cases(400)
    @given(body=mutants(VALID[method]))
    def try_it(body: bytes) -> None:
        send(functions, method, body, kind="changed bodies", state=state)

    try_it()


@pytest.mark.parametrize("method", METHODS)
def test_no_document_of_any_kind(functions: Functions, method: str) -> None:
    @cases(200)
    @given(document=values, ascii_only=st.booleans())
    def try_it(*, document: Any, ascii_only: bool) -> None:
        send(functions, method, encoded(document, ascii_only=ascii_only), kind="documents of any kind")

    try_it()


@pytest.mark.parametrize("method", METHODS)
def test_no_bytes(functions: Functions, method: str) -> None:
    @cases(500)
    @given(
        body=st.one_of(st.binary(), distortions(VALID[method])),
        is_base64=st.sampled_from((None, True, False)),
    )
    def try_it(*, body: bytes, is_base64: bool | None) -> None:
        send(functions, method, body, kind="bytes", is_base64=is_base64)

    try_it()


@pytest.mark.parametrize("method", METHODS)
def test_no_text_that_says_it_is_base64(functions: Functions, method: str) -> None:
    @cases(100)
    @given(text=st.text(odd_characters))
    def try_it(text: str) -> None:
        service = functions.deploy()
        visit_id = None if method == "POST" else prepared(service, state="waiting")
        event = http_event(method, teleconsultation_id=visit_id, body=text + CANARY)
        event["isBase64Encoded"] = True
        functions.send(event, service=service, kind="false base64")

    try_it()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [256 * KIB - 1, 256 * KIB, 256 * KIB + 1])
@pytest.mark.parametrize("padding", [b" ", b"\t\n", b"[", b'"', b"\\", b"0", b"\xc3\xa9", b'{"":', b"\xff"])
def test_no_body_of_any_size(functions: Functions, method: str, size: int, padding: bytes) -> None:
    whole = encoded(VALID[method][0], ascii_only=True)
    long_padding = padding * (size // len(padding) + 1)
    in_a_name = with_fragment(
        VALID[method][0],
        at=("participants", "data", 0, "fullName"),
        fragment=b'"' + long_padding.replace(b'"', b"'").replace(b"\\", b"/")[: size - len(whole)] + b'"',
    )

    for body in ((whole + long_padding)[:size], (long_padding + whole)[-size:], in_a_name):
        for is_base64 in (None, True):
            response = send(functions, method, body, kind="large bodies", is_base64=is_base64)

            assert (response.status == 413) is (len(body) > 256 * KIB)
