"""The routes of the company's settings: no form and no alias breaks them, or is repeated to anybody."""

import base64
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.api_gateway import http_event
from tests.fakes.jpeg import jpeg
from tests.integration.api.hostile.bodies import distortions, mutants, places, with_fragment
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import EVERY, cases
from tests.integration.api.hostile.values import CANARY, FRAGMENTS

ADMINISTRATOR: Final = {"sub": "administrator", "scope": "teleconsultation/settings"}
CHOICE: Final[dict[str, Any]] = {"background_alias": "own"}
CHANGE: Final = "PATCH /settings/update"
UPLOAD: Final = "POST /settings/background-image"
FORM: Final = "multipart/form-data; boundary=xyz"
IMAGE: Final = jpeg(width=1280, height=1280)
WHOLE: Final = (
    b'--xyz\r\nContent-Disposition: form-data; name="virtual_background"; filename="room.jpeg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n" + IMAGE + b"\r\n--xyz--\r\n"
)
ANSWERS: Final = {200, 400, 413, 415}
words: Final = st.sampled_from(
    [
        *("multipart/form-data", "multipart/mixed", "boundary", "xyz", "name", "virtual_background", CANARY),
        *('"', ";", "=", "*0*=", "utf-8''", ",", " ", "\\", "\r\n", "--", "%00", "\u00e9", "\x00", "\ud800"),
    ]
)


def send(
    functions: Functions, route: str, body: bytes, *, kind: str, content_type: str = "application/json"
) -> int:
    service = functions.deploy()
    method, _, path = route.partition(" ")
    event = http_event(method, claims=ADMINISTRATOR, headers={"content-type": content_type})
    event |= {"routeKey": route, "rawPath": f"/api{path}"}
    event["requestContext"]["http"]["path"] = event["rawPath"]
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    response = functions.send(event, service=service, kind=kind)
    assert response.status in ANSWERS, body[:200]
    return response.status


@pytest.mark.parametrize("place", list(places(CHOICE)), ids=str)
def test_no_value_in_any_place_of_a_choice(functions: Functions, place: tuple[str, ...]) -> None:
    for fragment in FRAGMENTS[len(place) % EVERY :: EVERY]:
        send(functions, CHANGE, with_fragment(CHOICE, at=place, fragment=fragment), kind="values of settings")


@cases(300)
@given(body=st.one_of(mutants((CHOICE,)), distortions((CHOICE,))))
def test_no_choice_that_was_changed_anywhere(functions: Functions, body: bytes) -> None:
    send(functions, CHANGE, body, kind="choices")


def test_the_whole_form_is_taken(functions: Functions) -> None:
    assert send(functions, UPLOAD, WHOLE, kind="forms", content_type=FORM) == 200


@cases(600)
@given(data=st.data())
def test_no_form_that_was_cut_or_mixed_up(functions: Functions, data: st.DataObject) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(WHOLE)))
    junk = data.draw(st.one_of(st.binary(max_size=30), st.lists(words).map(_written)))
    body = data.draw(
        st.sampled_from(
            [WHOLE[:at], WHOLE[at:], WHOLE[:at] + junk + WHOLE[at:], WHOLE[:at] + junk, junk, WHOLE + WHOLE]
        )
    )

    send(functions, UPLOAD, body, kind="forms", content_type=FORM)


@cases(600)
@given(parameters=st.lists(words, max_size=8).map("".join), start=st.sampled_from(["", FORM, f"{FORM};"]))
def test_no_content_type(functions: Functions, parameters: str, start: str) -> None:
    send(functions, UPLOAD, WHOLE, kind="content types", content_type=start + parameters)


def _written(parts: list[str]) -> bytes:
    return "".join(parts).encode("utf-8", "surrogatepass")
