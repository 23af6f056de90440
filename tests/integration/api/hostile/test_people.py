"""The routes of single people: no id in a path and no body breaks them, or is repeated to anybody."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.api_gateway import routed_event
from tests.integration.api.hostile.bodies import distortions, mutants, places, with_fragment
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import EVERY, cases
from tests.integration.api.hostile.test_envelopes import ids
from tests.integration.api.hostile.values import CANARY, FRAGMENTS

PROFILE: Final = {
    "groups": ["patient", "vip"],
    "fullName": "Joe Smith",
    "language": "it",
    "aliases": ["p-17", "p-18"],
}
PERSON: Final = {
    "userExternalId": "doctor-1",
    "groups": ["doctor"],
    "fullName": "Anna Neri",
    "language": "it",
}
BODIES: Final[dict[str, Any]] = {
    "PUT /users/{userExternalId+}": PROFILE,
    "POST /teleconsultation/{id}/participants/data": PERSON,
}
REMOVAL: Final = "DELETE /teleconsultation/{id}/participants/{userExternalId+}"
ERASURE: Final = "DELETE /users/{userExternalId+}"
ANSWERS: Final = {200, 201, 202, 204, 400, 404, 409}
MAX_BODY_BYTES: Final = 256 * 1024


def send(
    functions: Functions, route: str, body: bytes | None, *, kind: str, external_id: str = "patient-1"
) -> int:
    """Send a body about a visit that waits for its doctor."""
    service = functions.deploy()
    waiting = service.create(number=3)
    method, _, path = route.partition(" ")
    parameters = {"id": waiting.id, "userExternalId": external_id}
    event = routed_event(
        method, path, parameters={name: value for name, value in parameters.items() if name in path}
    )
    if body is not None:
        event["body"] = body.decode("utf-8", "surrogateescape")
    response = functions.send(event, service=service, kind=kind)
    is_too_large = body is not None and len(body) > MAX_BODY_BYTES
    assert response.status in (ANSWERS | {413} if is_too_large else ANSWERS), (body or b"")[:200]
    return response.status


@pytest.mark.parametrize("route", BODIES)
def test_no_value_in_any_place(functions: Functions, route: str) -> None:
    for start, place in enumerate(places(BODIES[route])):
        for fragment in FRAGMENTS[start % EVERY :: EVERY]:
            send(
                functions,
                route,
                with_fragment(BODIES[route], at=place, fragment=fragment),
                kind="values in places of a person",
            )


@pytest.mark.parametrize("route", BODIES)
def test_no_changed_body_and_no_bytes(functions: Functions, route: str) -> None:
    @cases(200)
    @given(body=st.one_of(mutants((BODIES[route],)), distortions((BODIES[route],))))
    def try_it(body: bytes) -> None:
        send(functions, route, body, kind="changed people")

    try_it()


@pytest.mark.parametrize("route", ["PUT /users/{userExternalId+}", REMOVAL, ERASURE])
def test_no_id_in_a_path(functions: Functions, route: str) -> None:
    body = None if route in {REMOVAL, ERASURE} else b'{"groups": ["patient"], "fullName": "Joe Smith"}'

    @cases(300)
    @given(external_id=st.one_of(ids, st.sampled_from(["a/b", "/", "a//b", "%2F", "å", "a\u030a", " x"])))
    def try_it(external_id: str) -> None:
        send(functions, route, body, kind="ids of people in paths", external_id=external_id + CANARY)
        send(functions, route, body, kind="ids of people in paths", external_id=external_id)

    try_it()
