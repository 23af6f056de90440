"""No id, header, query or user id breaks a function, does a thing when it is refused, or is repeated."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import samples
from tests.fakes.api_gateway import MANAGER, http_event
from tests.integration.api.hostile.bodies import CHANGE, KNOWN, WHOLE, Json
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import EVERY, cases
from tests.integration.api.hostile.values import CANARY, TEXTS, texts

LONG = 10_000
BODIES = {
    "POST": [WHOLE, KNOWN],
    "PATCH": [CHANGE, {"start_date": WHOLE["start_date"]}],
    "DELETE": [None],
    "GET": [None],
}
ROUTES = [
    pytest.param("POST", False, id="POST"),
    pytest.param("PATCH", False, id="PATCH"),
    pytest.param("DELETE", False, id="DELETE"),
    pytest.param("GET", False, id="GET"),
    pytest.param("GET", True, id="GET join"),
]

long_texts = st.builds(lambda text, times: (text * times)[:LONG], texts, st.integers(1, LONG))
odd_texts = st.one_of(texts, long_texts)
ids = st.one_of(
    odd_texts,
    st.from_regex(r"[0-9a-f]{23,25}", fullmatch=True),
    st.sampled_from(
        ["0" * 24, "A" * 24, "0" * 24 + "\n", "\u0660" * 24, "0" * 23 + "\0", "..", "%2e%2e", "{id}", "null"]
    ),
)
entity_tags = st.one_of(
    st.sampled_from(
        ['"2"', "*", 'W/"2"', '"1", "2"', '""', '"', "2", ",", '"2",', '"*"', "*, *", '"2" "2"', '"2"\0']
    ),
    st.lists(st.sampled_from(['"2"', 'W/"', '"', ",", " ", "*", "\t", "x", "é", "\x80"]), max_size=2000).map(
        "".join
    ),
    st.integers(1, 3000).map(lambda count: ", ".join(['"7"'] * count)),
    st.integers(1, 9000).map(lambda count: '"' + " " * count),
    odd_texts,
)
preferences = st.one_of(
    st.sampled_from(
        [
            *("return=representation", 'return="representation"', "RETURN=REPRESENTATION; a=b"),
            *("include=invitations", 'Include="Invitations"; x, return=representation'),
            *("return", "include", "=,;="),
        ]
    ),
    st.lists(
        st.sampled_from(["return", "include", "=", "representation", "invitations", ",", ";", '"', " "]),
        max_size=500,
    ).map("".join),
    odd_texts,
)
media_types = st.one_of(
    st.sampled_from(
        [
            *(
                "application/json",
                "APPLICATION/JSON;charset=utf-7",
                "application/json;",
                "application/json, text/html",
            ),
            *(
                "application/merge-patch+json",
                "application/problem+json",
                "application/fhir+json",
                "application/fhir+json; fhirVersion=4.0; q=0.5, */*",
                "text/plain",
                "*/*",
                "application/x-json",
            ),
        ]
    ),
    odd_texts,
)
idempotency_keys = st.one_of(
    st.sampled_from(
        [
            "8e03978e-40d5-43e8-bc93-6894a57f9324",
            "k",
            '"k"',
            "",
            " ",
            "k,k",
            "k" * 255,
            "k" * 256,
            "k" * 254 + "\x7f",
            f'"{"k" * 255}"',
            '"' + '\\"' * 255 + '"',
            '"' + '\\"' * 4000,
        ]
    ),
    odd_texts,
)
schemes = st.sampled_from(
    ["Bearer ", "bearer ", "BEARER\t", "Bearer", "Basic ", "Token ", "", "Bearer  ", "Bearer,"]
)


@st.composite
def headers(draw: st.DrawFn, secret: str) -> dict[str, str]:
    """Draw headers; the first ones are those the functions read."""
    secrets = st.one_of(
        odd_texts,
        st.just(secret),
        st.builds(lambda text: secret + text, texts),
        st.just(secret[:-1]),
        st.just(secret.upper()),
    )
    read = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "accept": media_types,
                "if-match": entity_tags,
                "if-none-match": entity_tags,
                "prefer": preferences,
                "content-type": media_types,
                "idempotency-key": idempotency_keys,
                "authorization": st.builds(str.__add__, schemes, secrets),
            },
        )
    )
    return read | draw(st.dictionaries(texts, odd_texts, max_size=3))


@pytest.mark.parametrize(("method", "join"), ROUTES)
@pytest.mark.parametrize(
    "name",
    [
        *("accept", "if-match", "if-none-match", "prefer", "content-type"),
        *("idempotency-key", "authorization", "x"),
    ],
)
def test_no_text_in_a_header(functions: Functions, method: str, name: str, *, join: bool) -> None:
    service = functions.deploy()
    for text in TEXTS[len(method + name) % EVERY :: EVERY]:
        sent = {name: f"Bearer {text}{CANARY}" if name == "authorization" else text + CANARY}
        event = _event(BODIES[method][0], method, service.create().id, join=join, headers=sent)

        functions.send(event, service=service, kind="texts in headers")


@pytest.mark.parametrize(("method", "join"), ROUTES)
def test_no_header(functions: Functions, method: str, *, join: bool) -> None:
    @cases(400)
    @given(data=st.data())
    def try_it(data: st.DataObject) -> None:
        service = functions.deploy()
        visit = service.create()
        sent = data.draw(headers(service.secrets(visit.id)["patient-1"]))
        body = data.draw(st.sampled_from(BODIES[method]))
        event = _event(body, method, visit.id, join=join, headers=sent)

        functions.send(event, service=service, kind="headers")

    try_it()


@pytest.mark.parametrize(("method", "join"), [route for route in ROUTES if route.id != "POST"])
def test_no_id(functions: Functions, method: str, *, join: bool) -> None:
    @cases(150)
    @given(id_=ids)
    def try_it(id_: str) -> None:
        service = functions.deploy()
        secret = {"authorization": f"Bearer {service.secrets(service.create().id)['patient-1']}"}
        event = _event(BODIES[method][0], method, id_, join=join, headers=secret if join else {})

        response = functions.send(event, service=service, kind="ids")

        assert response.status == (403 if join else 404)

    try_it()


@pytest.mark.parametrize("join", [False, True])
def test_no_query(functions: Functions, *, join: bool) -> None:
    @cases(200)
    @given(language=odd_texts, more=st.dictionaries(texts, odd_texts, max_size=3))
    def try_it(language: str, more: dict[str, str]) -> None:
        service = functions.deploy()
        visit = service.create()
        service.clock.now = samples.START
        secret = {"authorization": f"Bearer {service.secrets(visit.id)['patient-1']}"}
        event = _event(None, "GET", visit.id, join=join, headers=secret, claims={"sub": "patient-1"})
        event["queryStringParameters"] = {**more, "language": language}
        event["rawQueryString"] = language

        response = functions.send(event, service=service, kind="queries")

        assert response.status == 200
        assert CANARY not in response.body.decode()

    try_it()


def test_no_query_of_a_list(functions: Functions) -> None:
    period = {"from": "2026-11-01T00:00:00Z", "limit": "1"}
    queries = st.fixed_dictionaries(
        {},
        optional={
            "participant": st.one_of(st.sampled_from(["patient-1", "patient-1,doctor-1", ","]), odd_texts),
            "outcome": st.one_of(st.sampled_from(["unknown", "held", "unknown,held"]), odd_texts),
            "cursor": odd_texts,
        },
    )

    @cases(100)
    @given(query=queries)
    def try_it(query: dict[str, str]) -> None:
        service = functions.deploy()
        for _ in range(2):
            service.create()
        event = http_event("GET", query=period | query)

        response = functions.send(event, service=service, kind="list queries")

        assert response.status in (200, 400)
        listed = json.loads(response.body).get("items", [])
        if listed and "participant" in query:
            assert query["participant"] == "patient-1"
        if listed and "outcome" in query:
            assert query["outcome"] == "unknown"

    try_it()


def test_no_user_id(functions: Functions) -> None:
    @cases(200)
    @given(
        method=st.sampled_from(list(BODIES)),
        user_id=odd_texts,
        scope=st.one_of(st.just("teleconsultation/managed"), odd_texts),
    )
    def try_it(method: str, user_id: str, scope: str) -> None:
        service = functions.deploy()
        visit = service.create()
        event = _event(BODIES[method][0], method, visit.id, claims={"sub": user_id, "scope": scope})

        response = functions.send(event, service=service, kind="claims")

        assert response.status == 403

    try_it()


def _event(
    body: Json | None,
    method: str,
    id_: str,
    *,
    join: bool = False,
    headers: dict[str, str] | None = None,
    claims: dict[str, str] | None = None,
) -> dict[str, Any]:
    return http_event(
        method,
        teleconsultation_id=None if method == "POST" else id_,
        body=body,
        headers=headers,
        claims=MANAGER if claims is None else claims,
        join=join,
    )
