"""Thousands of requests nobody thought of: nothing undocumented, nothing broken, nothing invalid taken."""

import re
from collections import Counter
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api.client import DOCTOR, MANAGER, PATIENT, ApiClient, Json, doctor, patient
from tests.integration.api.contract import load_document

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
OPERATIONS: Final = [
    ("/teleconsultation", "POST"),
    ("/teleconsultation/{id}", "GET"),
    ("/teleconsultation/{id}", "PATCH"),
    ("/teleconsultation/{id}", "DELETE"),
    ("/teleconsultation/{id}/join", "GET"),
]
MAXIMUM_EXAMPLES: Final = 40
# What a schema cannot say: the dates in order, as many people as expected, nobody twice, everybody known.
ABOUT_MEANING: Final = {
    *("start_date", "end_date", "participants", "participants.data", "participants[]", "renewJoinLinks[]")
}

document = load_document()
# Which token a request carries is for us to say: the generator would try without, which is tested elsewhere.
document["security"] = []
for item in document["paths"].values():
    for method in item.keys() - {"parameters"}:
        item[method].pop("security", None)
schema = schemathesis.openapi.from_dict(document)
schema.config.generation.update(deterministic=True)

quickly = settings(
    max_examples=MAXIMUM_EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def http() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def answer(case: Case[Any], *, api: ApiClient, http: requests.Session, token: str) -> Any:
    """Send the request over a socket and hold its answer to the document."""
    response = case.call(
        base_url=api.stack.api_url, session=http, headers={"Authorization": f"Bearer {token}"}
    )
    case.validate_response(response, checks=CHECKS)
    return response


@schema.parametrize()
@quickly
def test_no_request_gets_an_undocumented_answer(
    case: Case[Any], api: ApiClient, http: requests.Session
) -> None:
    answer(case, api=api, http=http, token=api.token(MANAGER, manage=True))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_valid_requests_about_real_visits_and_people_do_their_work(
    api: ApiClient, http: requests.Session, path: str, method: str
) -> None:
    """A random id is no visit and a random group is nobody's: with real ones the requests get further in."""
    seen: Counter[int] = Counter()

    @quickly
    @given(case=schema[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def send(case: Case[Any]) -> None:
        token = api.token(MANAGER, manage=True)
        if "id" in case.path_parameters:
            case.path_parameters["id"], secrets = api.invite()
            token = secrets[PATIENT] if path.endswith("/join") else token
        if isinstance(case.body, dict):
            _invite_real_people(case.body)
        response = answer(case, api=api, http=http, token=token)
        seen[response.status_code] += 1
        if response.status_code == 400:
            assert _refused_fields(response.json()) <= ABOUT_MEANING, response.text

    send()

    assert any(200 <= status < 300 for status in seen), seen


def _invite_real_people(body: Json) -> None:
    participants = body.get("participants")
    if isinstance(participants, dict) and "data" in participants:
        participants["data"] = [doctor(), patient()]
    elif isinstance(participants, list):
        body["participants"] = [DOCTOR, *participants[1:]]
    if isinstance(body.get("renewJoinLinks"), list):
        body["renewJoinLinks"][0] = PATIENT


def _refused_fields(problem: Json) -> set[str]:
    return {re.sub(r"\[\d+\]", "[]", error["field"]) for error in problem.get("errors", [])}
