"""Thousands of requests nobody thought of: nothing undocumented, nothing broken, nothing invalid taken."""

import re
from collections import Counter
from contextlib import suppress
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from local.stack import CONSENT_VERSION
from tests.depth import by_depth
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    PATIENT,
    ApiClient,
    Json,
    World,
    dates,
    doctor,
    patient,
)
from tests.integration.api.contract import load_document
from tests.integration.api.hostile.tally import Tally, cases

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
    ("/teleconsultation", "GET"),
    ("/teleconsultation/{id}", "GET"),
    ("/teleconsultation/{id}", "PATCH"),
    ("/teleconsultation/{id}", "DELETE"),
    ("/teleconsultation/{id}/uploads", "DELETE"),
    ("/teleconsultation/{id}/attendance", "GET"),
    ("/teleconsultation/{id}/history", "GET"),
    ("/teleconsultation/{id}/details", "GET"),
    ("/teleconsultation/{id}/sessions", "GET"),
    ("/teleconsultation/{id}/join", "GET"),
    ("/teleconsultation/{id}/invitation.ics", "GET"),
    ("/teleconsultation/{id}/join/invitation.ics", "GET"),
    ("/teleconsultation/{id}/consent", "POST"),
    ("/teleconsultation/{id}/join/consent", "POST"),
    ("/teleconsultation/{id}/presence", "POST"),
    ("/teleconsultation/{id}/join/presence", "POST"),
    ("/teleconsultation/{id}/room", "POST"),
    ("/teleconsultation/{id}/join/room", "POST"),
    ("/settings", "GET"),
]
READS_OF_A_VISIT: Final = {("/teleconsultation/{id}", "GET"), ("/teleconsultation/{id}/join", "GET")}
FHIR: Final = "application/fhir+json"
CASES_PER_OPERATION: Final = 40
LIVES: Final = by_depth(25, deep=500)
"""Fewer do not come by every step that is expected of them."""
STEPS_OF_A_LIFE: Final = 10
STEPS_EXPECTED: Final = (
    *(("POST", 201), ("PATCH", 204), ("GET", 200)),
    *(("DELETE", 204), ("GET", 410), ("PATCH", 410)),
)
SEARCHES: Final = 20
"""A search may end early, so another one starts from the next seed until every expected step was seen."""
# What a schema cannot say: the dates in order, as many people as expected, nobody twice, everybody known.
ABOUT_MEANING: Final = {
    *("from", "to", "participant", "reference", "cursor"),
    *("start_date", "end_date", "duration_in_seconds"),
    *("participants", "participants.data", "participants[]", "renewJoinLinks[]"),
}

document = load_document()
# Which token a request carries is for us to say: the generator would try without, which is tested elsewhere.
document["security"] = []
for item in document["paths"].values():
    for method in item.keys() - {"parameters"}:
        item[method].pop("security", None)
schema = schemathesis.openapi.from_dict(document)
schema.config.generation.update(deterministic=True)


@pytest.fixture
def http() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def answer(
    case: Case[Any], *, api: ApiClient, http: requests.Session, token: str, accept: str = "*/*"
) -> Any:
    """Send the request over a socket and hold its answer to the document."""
    response = case.call(
        base_url=api.stack.api_url,
        session=http,
        headers={"Authorization": f"Bearer {token}", "Accept": accept},
    )
    case.validate_response(response, checks=CHECKS)
    return response


@schema.parametrize()
@cases(CASES_PER_OPERATION)
def test_no_request_gets_an_undocumented_answer(
    case: Case[Any], api: ApiClient, http: requests.Session, tally: Tally
) -> None:
    response = answer(case, api=api, http=http, token=api.token(MANAGER, manage=True, settings=True))

    tally.add("schemathesis", status=response.status_code)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_valid_requests_about_real_visits_and_people_do_their_work(
    api: ApiClient, http: requests.Session, tally: Tally, path: str, method: str
) -> None:
    """A random id is no visit and a random group is nobody's: with real ones the requests get further in."""
    seen: Counter[int] = Counter()
    types: Counter[str] = Counter()

    @cases(CASES_PER_OPERATION)
    @given(case=schema[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def send(case: Case[Any]) -> None:
        token = api.token(MANAGER, manage=True, settings=True)
        if "id" in case.path_parameters:
            case.path_parameters["id"], secrets = api.invite()
            token = secrets[PATIENT] if "/join" in path else token
        if path.endswith("/consent") and isinstance(case.body, dict) and seen.total() % 2:
            # A random version is nobody's.
            case.body["version"] = CONSENT_VERSION
        if path in ("/teleconsultation/{id}/consent", "/teleconsultation/{id}/presence"):
            # Nobody agrees or waits who takes no part.
            token = api.token(PATIENT)
        if isinstance(case.body, dict):
            _invite_real_people(case.body)
            if seen.total() % 2:
                # Nearly all random dates are over.
                _set_real_dates(case.body)
        # A document may not describe the header that chooses among the types it describes.
        accept = FHIR if (path, method) in READS_OF_A_VISIT and seen.total() % 2 else "*/*"
        response = answer(case, api=api, http=http, token=token, accept=accept)
        seen[response.status_code] += 1
        types[response.headers.get("content-type", [""])[0].partition(";")[0]] += 1
        tally.add("schemathesis", status=response.status_code)
        if response.status_code == 400:
            assert _refused_fields(response.json()) <= ABOUT_MEANING, response.text

    send()

    assert any(200 <= status < 300 for status in seen), seen
    assert (types[FHIR] > 0) == ((path, method) in READS_OF_A_VISIT)


class Witness:
    """Remembers what became of each visit, and holds every answer to it."""

    def __init__(self, world: World) -> None:
        world.provider.reset()
        world.table.clear()
        self._world = world
        self._before = world.snapshot()
        self._secrets: dict[str, str] = {}
        self._deleted: set[str] = set()

    def secret(self, visit_id: str) -> str:
        """Give somebody's join secret for the visit; for no visit, one that opens nothing."""
        return self._secrets.get(visit_id, "x" * 32)

    def hear(self, method: str, visit_id: str, *, status: int, body: Json | None) -> None:
        if status == 201 and body is not None and "participants" in body:
            *_, person = body["participants"]
            self._secrets[body["roomId"]] = person["joinUrl"].partition("#j=")[2]
        elif visit_id in self._deleted:
            # What cannot be read is refused before anybody looks for the visit.
            assert status in {"DELETE": (204, 400), "GET": (410,), "PATCH": (410, 400, 415)}[method]
        elif visit_id in self._secrets and method == "GET":
            assert status == 200
        elif visit_id in self._secrets and (method, status) == ("DELETE", 204):
            self._deleted.add(visit_id)
        after = self._world.snapshot()
        if status >= 400 or method == "GET":
            assert after == self._before, f"{status}, and yet something has changed"
        self._before = after


def test_every_visit_lives_as_the_links_of_the_document_say(
    api: ApiClient, http: requests.Session, world: World, tally: Tally
) -> None:
    """POST, then whatever its answer leads to, and on from there: a visit is there until it is deleted."""
    seen: Counter[tuple[str, int]] = Counter()

    class Life(schema.as_state_machine()):  # type: ignore[misc] # made from the document at run time
        def setup(self) -> None:
            self.witness = Witness(world)

        def before_call(self, case: Case[Any]) -> None:
            if isinstance(case.body, dict) and _is_positive(case):
                _invite_real_people(case.body)
                _set_real_dates(case.body)

        def call(self, case: Case[Any], **_: Any) -> Any:
            visit_id = str((case.path_parameters or {}).get("id"))
            joins = "/join" in case.path
            token = self.witness.secret(visit_id) if joins else api.token(MANAGER, manage=True)
            response = answer(case, api=api, http=http, token=token)
            tally.add("schemathesis stateful", status=response.status_code)
            seen[case.method, response.status_code] += 1
            body = response.json() if response.content else None
            self.witness.hear(case.method, visit_id, status=response.status_code, body=body)
            return response

        def validate_response(self, response: Any, case: Case[Any], **_: Any) -> None:
            """Done before, by `answer` and the witness."""

    # No shrinking: what a visit's id is, and so what a step draws, differs from run to run.
    # For the same reason Hypothesis may notice that a step drew otherwise than before, and end the search
    # there: what must have been seen by then stands below.
    for search in range(SEARCHES):
        with suppress(FlakyStrategyDefinition):
            seed(search)(Life).run(
                settings=settings(
                    cases(LIVES),
                    max_examples=LIVES,
                    stateful_step_count=STEPS_OF_A_LIFE,
                    phases=[Phase.generate],
                )
            )
        if all(seen[step] for step in STEPS_EXPECTED):
            break

    for step in STEPS_EXPECTED:
        assert seen[step] > 0, (step, seen)


def _is_positive(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _set_real_dates(body: Json) -> None:
    """In place of dates in any order, far apart."""
    if "start_date" in body:
        body.pop("duration_in_seconds", None)
        body.update(dates())


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
