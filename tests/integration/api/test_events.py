"""The sample events for `sam local invoke -e`: each is what API Gateway would send, and each is run."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from local.gateway.answer import build_response
from local.gateway.authorizer import Identity
from local.gateway.event import build_event
from local.gateway.exchange import Request
from local.gateway.invoker import InProcessInvoker
from local.gateway.routes import RouteMatcher
from local.stack import Stack
from tests.integration.api.client import ApiClient, Json, Provider, Table, person, visit

EVENTS: Final = Path(__file__).resolve().parents[3] / "events"
SCHEDULED: Final = EVENTS / "reconcile_rooms.json"
# What the operator or another schedule sends is no request either: test_erasure.py and test_probe.py run it.
INVOCATIONS: Final = {
    EVENTS / "erase_person.json",
    EVENTS / "erase_person_requested.json",
    EVENTS / "probe.json",
    *EVENTS.glob("publish_events_*"),
    EVENTS / "deliver_webhook.json",
}
FILES: Final = sorted({*EVENTS.iterdir()} - {SCHEDULED} - INVOCATIONS)
VISIT_ID: Final = "5f0c9a1be2d34c7a8b6d0e1f"

EXPECTED: Final = {
    "add_participant": (201, None),
    "add_participant_too_many": (409, "participants_complete"),
    "get_erasure": (404, "erasure_not_found"),
    "introduce_person": (201, None),
    "introduce_person_again": (200, None),
    "remove_participant": (204, None),
    "request_erasure": (202, None),
    "check_room_join": (204, None),
    "check_room_patient": (204, None),
    "create_known_ids": (201, None),
    "create_other_spellings": (201, None),
    "create_partial": (201, None),
    "create_teleconsultation": (201, None),
    "create_with_invitations": (201, None),
    "create_without_plus_user": (400, "no_plus_user"),
    "delete_teleconsultation": (204, None),
    "delete_uploads": (200, None),
    "give_consent_join": (200, None),
    "give_consent_patient": (200, None),
    "get_calendar_file_join": (200, None),
    "get_calendar_file_patient": (200, None),
    "get_details": (200, None),
    "get_recording": (404, "session_not_found"),
    "get_teleconsultation_doctor": (200, None),
    "get_teleconsultation_fhir": (200, None),
    "get_teleconsultation_join": (200, None),
    "get_teleconsultation_manager": (200, None),
    "get_teleconsultation_patient": (200, None),
    "get_teleconsultation_stranger": (403, "not_a_participant"),
    "list_teleconsultations": (200, None),
    "list_teleconsultations_no_shows": (200, None),
    "note_presence_join": (204, None),
    "note_presence_patient": (204, None),
    "read_attendance": (200, None),
    "read_history": (200, None),
    # Signed long ago, so that the sample is true for ever.
    "receive_event": (401, "invalid_signature"),
    "get_transcription": (501, "not_supported_by_provider_api"),
    "issue_credentials": (201, None),
    "list_sessions": (200, None),
    "add_background": (200, None),
    "read_settings": (200, None),
    "update_settings": (200, None),
    "update_dates": (204, None),
    "update_new_room": (200, None),
    "update_participants": (204, None),
    "update_renew_join_links": (200, None),
}
MAKES_A_ROOM: Final = {
    *("create_known_ids", "create_other_spellings", "create_teleconsultation", "create_with_invitations"),
}
JOIN_SECRET: Final = "sample-join-secret-of-patient-01"


@pytest.fixture
def _visit_of_the_events(api: ApiClient, table: Table) -> None:
    """The visit under the events' id, made like any other and then moved there."""
    people = [
        person("doctor-1", group="doctor", name="Gregory House"),
        person("patient-1", group="patient", name="Ada Verdi"),
    ]
    made = api.create(visit(people=people))
    item = table.teleconsultation(made)
    table.delete(item)
    # The sample's secret was derived with nobody's key: what the table keeps is all that it is held against.
    kept = item["participants"]["L"][1]["M"]["joinPass"]["M"]
    kept["digest"]["S"] = hashlib.sha256(JOIN_SECRET.encode()).hexdigest()
    table.put(item | {"pk": {"S": f"TELECONSULTATION#{VISIT_ID}"}, "id": {"S": VISIT_ID}})


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def name(request: pytest.FixtureRequest) -> str:
    file: Path = request.param
    return file.stem


@pytest.fixture
def event(name: str) -> Json:
    event: Json = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def test_every_event_has_an_expectation_and_every_route_an_event(stack: Stack) -> None:
    events = [json.loads(file.read_text(encoding="utf-8")) for file in FILES]

    assert {file.name for file in FILES} == {f"{name}.json" for name in EXPECTED}
    assert {event["routeKey"] for event in events} == {route.key for route in stack.application.api.routes}


@pytest.mark.usefixtures("_visit_of_the_events")
def test_its_handler_answers_it(
    api: ApiClient, stack: Stack, provider: Provider, name: str, event: Json
) -> None:
    [route] = [route for route in stack.application.api.routes if route.key == event["routeKey"]]
    function = stack.application.functions[route.function]

    result = InProcessInvoker()(
        function, event=event, request_id="sample", timeout_seconds=function.timeout_seconds
    )

    response = build_response(result)
    is_text = dict(response.headers).get("content-type", "").startswith("text/")
    body = json.loads(response.body) if response.body and not is_text else {}
    assert (response.status, body.get("code")) == EXPECTED[name]
    api.contract.check(
        method=route.method,
        path=event["rawPath"].removeprefix("/api"),
        status=response.status,
        headers=dict(response.headers),
        body=response.body,
    )
    assert len(provider.rooms()) == {"delete_teleconsultation": 0, "remove_participant": 0}.get(
        name, 2 if response.status == 201 and name in MAKES_A_ROOM else 1
    )


@pytest.mark.usefixtures("_visit_of_the_events")
def test_the_reconciler_answers_its_schedule(stack: Stack, provider: Provider) -> None:
    function = stack.application.functions["ReconcileRoomsFunction"]

    report = InProcessInvoker()(
        function,
        event=json.loads(SCHEDULED.read_text(encoding="utf-8")),
        request_id="sample",
        timeout_seconds=function.timeout_seconds,
    )

    assert report == {
        "settled": 0,
        "givenUp": 0,
        "lostRooms": 0,
        "looksLeftOut": 0,
        "uploadsDeleted": 0,
        "failures": 0,
        "outOfTime": False,
        "walk": {
            "isAudit": True,
            "isComplete": True,
            "stopped": False,
            "roomsDeleted": 0,
            "uploadsDeleted": 0,
            "roomsLeft": 0,
            "failures": 0,
        },
    }
    # The sample visit's room is of an attempt under another id, but too young to be anybody's.
    assert len(provider.rooms()) == 1


def test_it_is_what_the_gateway_makes_of_its_request(stack: Stack, event: Json) -> None:
    context = event["requestContext"]
    request = Request(
        method=context["http"]["method"],
        path=event["rawPath"],
        query=event["rawQueryString"],
        headers=tuple(event["headers"].items()),
        body=base64.b64decode(event["body"]) if event["isBase64Encoded"] else event.get("body", "").encode(),
        source_ip=context["http"]["sourceIp"],
    )
    match = RouteMatcher(stack.application.api.routes, stage=context["stage"]).match(
        request.method, request.path
    )
    assert match is not None
    authorizer = context.get("authorizer")

    made = build_event(
        request,
        api=stack.application.api,
        stage=context["stage"],
        match=match,
        identity=authorizer
        and Identity(claims=authorizer["jwt"]["claims"], scopes=tuple(authorizer["jwt"]["scopes"] or ())),
        request_id=context["requestId"],
        now=datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC),
    )

    assert _without_addresses(event) == _without_addresses(made)


def _without_addresses(event: Mapping[str, Any]) -> Json:
    """Leave out what a deployment in the cloud and a laptop cannot have in common."""
    proxied = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    return {
        **event,
        "headers": {name: value for name, value in event["headers"].items() if name not in proxied},
        "requestContext": {
            name: value
            for name, value in event["requestContext"].items()
            if name not in ("accountId", "apiId")
        },
        "stageVariables": sorted(event["stageVariables"]),
    }
