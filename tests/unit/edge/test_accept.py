"""The type of a problem, and of a visit, as `Accept` chooses it (RFC 9110, section 12.5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import FrozenError
from teleconsultation.edge.http import Event, Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.preferences import MAX_LENGTH, prefers_fhir, prefers_json
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput

PLAIN = [
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    # What the common HTTP clients of JavaScript and Java send by themselves.
    "application/json, text/plain, */*",
    "application/json, application/*+json",
    "text/html, application/json;q=0.2",
    "application/json, */*;q=0.8",
    "application/json;q=0.9, application/problem+json;q=0.8",
    "application/problem+json;q=0, application/json",
    "application/problem+json;q=0, */*",
    "application/json ; Q = 1.000 , application/problem+json ; q=0.999",
    'text/x;a=",", application/json',
    ",, application/json ,",
]
PROBLEM = [
    "",
    "*/*",
    "application/*",
    "application/problem+json",
    "application/problem+json, application/json",
    "application/json, application/problem+json",
    "application/json;q=0.5, application/problem+json",
    "application/json;q=0.5, */*",
    "application/json;q=0",
    "application/json;q=0, */*;q=0",
    "text/html, application/xhtml+xml, */*;q=0.8",
    "text/html",
    "json",
    "application/json;q=high",
    "application/json;q=1.5",
    "application/json;q=-1",
    '"application/json, ',
    'text/x;a=", application/json;b"',
    "\x00;;;===,,,",
    f"application/json,{' ' * MAX_LENGTH}",
]
FHIR = [
    "application/fhir+json",
    "APPLICATION/FHIR+JSON",
    "application/fhir+json; fhirVersion=4.0",
    'application/fhir+json;FHIRVERSION = "4.0" ; q=0.1',
    "application/fhir+json; charset=utf-8",
    # What common FHIR clients send by themselves.
    "application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/json+fhir;q=0.9",
    "application/fhir+json, application/json",
    "application/json, application/fhir+json",
    "application/fhir+json, */*;q=0.8",
    "application/fhir+json, application/json;q=0.9, */*;q=0.8",
    "application/fhir+json;q=0.5, */*;q=0.5",
    "application/fhir+json;fhirVersion=5.0, application/fhir+json;fhirVersion=4.0;q=0.5",
    "application/fhir+json;q=0, application/fhir+json;fhirVersion=4.0",
]
NOT_FHIR = [
    "",
    "*/*",
    "application/*",
    "application/json",
    "application/problem+json",
    "text/html, application/xhtml+xml, */*;q=0.8",
    "application/fhir+xml",
    "application/json+fhir",
    "application/fhir+json;q=0",
    "application/fhir+json;q=0.000, */*",
    "application/fhir+json;q=0.5, application/json",
    "application/fhir+json;q=0.5, */*;q=0.6",
    "application/fhir+json;fhirVersion=5.0",
    "application/fhir+json;fhirVersion=4.01",
    "application/fhir+json;fhirVersion=",
    "application/fhir+json, application/fhir+json;fhirVersion=4.0;q=0",
    "application/fhir+json;q=high",
    "application/fhir+json;q=1.5",
    '"application/fhir+json, ',
    'text/x;a=", application/fhir+json;b"',
    "xapplication/fhir+json",
    f"application/fhir+json,{' ' * MAX_LENGTH}",
]


@pytest.mark.parametrize("accept", PLAIN)
def test_a_caller_who_prefers_plain_json_gets_it(accept: str) -> None:
    assert prefers_json(accept)


@pytest.mark.parametrize("accept", PROBLEM)
def test_any_other_caller_gets_the_problems_own_type(accept: str) -> None:
    assert not prefers_json(accept)


@pytest.mark.parametrize("accept", FHIR)
def test_a_caller_who_names_fhir_r4_and_prefers_nothing_to_it_gets_it(accept: str) -> None:
    assert prefers_fhir(accept)


@pytest.mark.parametrize("accept", NOT_FHIR)
def test_any_other_caller_gets_our_own_type(accept: str) -> None:
    assert not prefers_fhir(accept)


@given(
    accept=st.lists(
        st.sampled_from(
            [*'*/;=,q01."\\ ', "application", "json", "problem+json", "fhir+json", "fhirVersion", "4.0"]
        )
    ).map("".join)
)
def test_no_header_is_too_odd(accept: str) -> None:
    assert prefers_json(accept) in (True, False)
    assert prefers_fhir(accept) in (True, False)


def answer(headers: dict[str, str]) -> Event:
    def route(_: Request) -> Response:
        raise FrozenError("x")

    return endpoint(outcome="Done", log=log)(route)(http_event("PATCH", headers=headers), lambda_context())


def test_the_type_is_all_that_differs(output: LambdaOutput) -> None:
    plain, problem = answer({"Accept": "application/json"}), answer({})

    assert plain["headers"].pop("content-type") == "application/json"
    assert problem["headers"].pop("content-type") == "application/problem+json"
    assert plain == problem
