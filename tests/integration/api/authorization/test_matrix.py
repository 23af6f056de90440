"""Every route of the template answers every kind of caller as the matrix says, and a refusal does nothing."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deployment.template.intrinsics import parse_template
from local.stack import CONSENT_VERSION, TEMPLATE
from tests.fakes.jpeg import jpeg
from tests.fhir_definitions import appointment
from tests.integration.api.authorization.callers import CALLERS, Scene, set_scene
from tests.integration.api.authorization.matrix import COLUMNS, MATRIX
from tests.integration.api.client import (
    PATIENT,
    Answer,
    ApiClient,
    Json,
    Table,
    World,
    doctor,
    patient,
    visit,
)

FHIR = "application/fhir+json"
FORM = "multipart/form-data; boundary=form"
UNKNOWN_ID = "0123456789abcdef01234567"
NOT_ABOUT_A_VISIT = "-"
# They ask the provider and change nothing.
ASKING = {
    "GET /teleconsultation/{id}/details",
    "GET /teleconsultation/{id}/sessions",
    "GET /teleconsultation/{id}/recordings/{sessionId}",
    "GET /settings",
}
OF_THE_GATEWAY = {401: {"message": "Unauthorized"}, 403: {"message": "Forbidden"}}


def _routes() -> Iterator[str]:
    """Each route of the template; not those of a list of ours, which a new route would not be in."""
    resources: dict[str, Any] = parse_template(TEMPLATE.read_text(encoding="utf-8"))["Resources"]
    for resource in resources.values():
        for event in (resource.get("Properties") or {}).get("Events", {}).values():
            if event["Type"] == "HttpApi":
                yield f"{event['Properties']['Method']} {event['Properties']['Path']}"


ROUTES = sorted(_routes(), key=lambda route: [*COLUMNS.values(), route].index(route))
CASES = [(about, caller) for about, rows in MATRIX.items() for caller in rows]


@pytest.fixture
def scene(api: ApiClient, table: Table) -> Scene:
    return set_scene(api, table)


@pytest.mark.parametrize("route", ROUTES)
def test_the_matrix_says_what_each_route_of_the_template_answers(route: str) -> None:
    silent = [caller for rows in MATRIX.values() for caller, row in rows.items() if route not in row]

    assert silent == [], f"matrix.py needs a column for {route}"


def test_the_matrix_says_what_becomes_of_each_kind_of_caller() -> None:
    assert MATRIX["an open visit"].keys() == CALLERS.keys()


@pytest.mark.parametrize(("about", "caller"), CASES, ids=[f"{about}, {caller}" for about, caller in CASES])
def test_who_may_do_what(scene: Scene, world: World, about: str, caller: str) -> None:
    visit_id = _target(scene, about=about)
    authorization = CALLERS[caller](scene)

    answers = {}
    for route in ROUTES:
        if MATRIX[about][caller].get(route) != NOT_ABOUT_A_VISIT:
            answers[route] = send(scene, world, route, visit_id=visit_id, authorization=authorization)

    expected = {route: cell for route, cell in MATRIX[about][caller].items() if cell != NOT_ABOUT_A_VISIT}
    assert answers == expected


def _target(scene: Scene, *, about: str) -> str:
    if about == "an unknown id":
        return UNKNOWN_ID
    if about == "a deleted visit":
        assert scene.api.delete(scene.visit_id).status == 204
    return scene.visit_id


@pytest.mark.parametrize("about", MATRIX)
def test_an_appointment_is_told_to_those_who_get_the_call_data(
    scene: Scene, world: World, about: str
) -> None:
    visit_id = _target(scene, about=about)
    asked = [
        (caller, route, row[route])
        for caller, row in MATRIX[about].items()
        for route in (COLUMNS["GET"], COLUMNS["join"])
        if row[route] != NOT_ABOUT_A_VISIT
    ]

    answers = {
        (caller, route): send(
            scene, world, route, visit_id=visit_id, authorization=CALLERS[caller](scene), accept=FHIR
        )
        for caller, route, _ in asked
    }

    assert answers == {
        (caller, route): re.sub(r"^200 .*", "200 appointment", cell) for caller, route, cell in asked
    }


def send(
    scene: Scene,
    world: World,
    route: str,
    *,
    visit_id: str,
    authorization: str | None,
    accept: str = "*/*",
) -> str:
    method, path = route.split(" ")
    before = world.snapshot()
    headers = {"accept": accept} | ({} if authorization is None else {"authorization": authorization})
    answer = scene.api.request(
        method,
        path.replace("{id}", visit_id)
        .replace("{userExternalId+}", PATIENT)
        .replace("{sessionId}", "session_1")
        .replace("{erasureId}", "0" * 32),
        token=None,
        body=_written_body(route),
        query={"from": "2030-12-01T00:00:00Z"} if route == "GET /teleconsultation" else None,
        headers={"content-type": FORM if path.endswith("-image") else "application/json", **headers},
    )
    if answer.status >= 400 or method == "GET":
        after = world.snapshot()
        if route in ASKING:
            after["requests"] = before["requests"]
        assert after == before, f"{route} answered {answer.status} and yet changed something"
    return _cell(answer)


def _written_body(route: str) -> bytes:
    if route.endswith("-image"):
        head = b'--form\r\nContent-Disposition: form-data; name="virtual_background"\r\n\r\n'
        return head + jpeg(width=1280, height=1280) + b"\r\n--form--"
    return b"" if route == "POST /credentials" else json.dumps(_body(route)).encode()


def _body(route: str) -> Json:
    """A body that is taken from who may send it, and makes a difference."""
    if route == "PATCH /settings/update":
        return {"background_alias": "simulator"}
    if route.endswith("/consent"):
        return {"version": CONSENT_VERSION}
    if route.endswith("/participants/data"):
        return doctor(fullName="Lisa Cuddy-House")
    if route.startswith("PUT "):
        return {"groups": ["patient"], "fullName": "Ada Verdi-Neri"}
    if route.startswith("PATCH "):
        return {"participants": {"data": [doctor(fullName="Lisa Cuddy"), patient()]}}
    return visit()


def _cell(answer: Answer) -> str:
    """Write an answer as the matrix does."""
    if answer.code is not None:
        return f"{answer.status} {answer.code}"
    if answer.status == 200 and isinstance(answer.body, str):
        return "200 calendar"
    if answer.status == 200 and answer.headers["content-type"].startswith(FHIR):
        appointment(json.dumps(answer.body))
        return "200 appointment"
    if answer.status == 200 and "items" in answer.body:
        return "200 list"
    if answer.status == 200 and "accessLinkURL" in answer.body:
        return "200 in" if answer.body["accessLinkURL"] else "200 seen"
    if answer.status in OF_THE_GATEWAY:
        assert answer.body == OF_THE_GATEWAY[answer.status]
    return str(answer.status)
