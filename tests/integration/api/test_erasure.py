"""Erasing a person on the whole product: in the table, at the provider, and at the door."""

import json
from typing import Any

import pytest

from local.gateway.invoker import FunctionError, InProcessInvoker
from local.stack import Stack
from tests.fakes.lambda_output import captured_output
from tests.integration.api.client import (
    MANAGER,
    Answer,
    ApiClient,
    Json,
    Provider,
    Table,
    dates,
    join_secrets,
    person,
    visit,
)
from tests.integration.api.test_events import EVENTS

SCHEDULED: Json = json.loads((EVENTS / "erase_person_requested.json").read_text(encoding="utf-8"))
EVENT: Json = json.loads((EVENTS / "erase_person.json").read_text(encoding="utf-8"))
PERSON: str = EVENT["userExternalId"]
NAME = "Ada Verdi-Bianchi"
PEOPLE = (
    person("auth0|doctor-1", group="doctor", name="Gregory House"),
    person(PERSON, group="patient", name=NAME) | {"language": "it"},
)


def erase(stack: Stack, event: Any) -> Json:
    """Invoke the function as the operator does."""
    function = stack.application.functions["ErasePersonFunction"]
    report: Json = InProcessInvoker()(
        function, event=event, request_id="operator", timeout_seconds=function.timeout_seconds
    )
    return report


def test_the_sample_event_erases_the_person_everywhere_and_nobody_else(
    api: ApiClient, stack: Stack, table: Table, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    now = api.post(visit(people=PEOPLE, **dates(start_in_seconds=0)))
    now_id, secrets = now.body["roomId"], join_secrets(now)
    later_id = api.create(visit(people=PEOPLE))
    deleted_id = api.create(visit(people=PEOPLE))
    api.delete(deleted_id)
    doctors_link = api.get(now_id, user="auth0|doctor-1").body["accessLinkURL"]
    patients_link = api.get(now_id, user=PERSON).body["accessLinkURL"].partition("?")[0]
    users = provider.user_ids()

    with captured_output(capsys) as output:
        report = erase(stack, EVENT)

    assert report == {
        "complete": True,
        "stoppedBy": None,
        "resumeFrom": None,
        "teleconsultations": 3,
        "upcoming": report["upcoming"],
        "providerUsers": 1,
        "profileRemoved": True,
    }
    assert {*report["upcoming"]} == {now_id, later_id}
    [theirs] = users - provider.user_ids()
    for place in (json.dumps(table.items()), json.dumps(report), output.text):
        assert not any(trace in place for trace in (PERSON, NAME, theirs, patients_link, secrets[PERSON]))
    assert provider.http.get(patients_link, follow_redirects=True).status_code == 410
    assert api.get(now_id, user=PERSON).code == "not_a_participant"
    assert api.get(deleted_id, user=PERSON).code == "not_a_participant"
    assert api.join(now_id, secrets[PERSON]).code == "not_a_participant"

    seen = api.get(now_id, user="auth0|doctor-1").body
    assert (seen["state"], seen["accessLinkURL"]) == ("OPEN", doctors_link)
    assert [shown["fullName"] for shown in seen["participantsBandyerCall"]] == ["Gregory House"]
    assert api.join(now_id, secrets["auth0|doctor-1"]).body["accessLinkURL"] == doctors_link


def test_a_visit_that_lacks_somebody_can_still_be_moved_and_filled(api: ApiClient, stack: Stack) -> None:
    visit_id = api.create(visit(people=PEOPLE))
    erase(stack, EVENT)
    moved = dates(start_in_seconds=2 * 86_400)

    assert api.patch(visit_id, moved).status == 204
    refused = api.patch(visit_id, {"duration_in_seconds": 7200})
    assert (refused.status, refused.fields) == (400, ["participants"])
    replacement = person("patient-2", group="patient", name="Bruno Neri")
    shown = api.patch(
        visit_id, {"participants": {"data": [PEOPLE[0], replacement]}}, prefer="return=representation"
    )
    assert join_secrets(shown).keys() == {"auth0|doctor-1", "patient-2"}
    assert api.get(visit_id, user="patient-2").status == 200


def test_the_booking_system_is_shown_nothing_of_an_empty_seat(api: ApiClient, stack: Stack) -> None:
    visit_id = api.create(visit(people=PEOPLE))
    erase(stack, EVENT)

    shown = api.patch(visit_id, dates(start_in_seconds=2 * 86_400), prefer="return=representation")

    assert [one["userExternalId"] for one in shown.body["participants"]] == ["auth0|doctor-1"]


def test_a_provider_that_is_down_ends_the_run_and_the_next_one_goes_on(
    api: ApiClient, stack: Stack, provider: Provider, table: Table
) -> None:
    visit_id = api.create(visit(people=PEOPLE))
    provider.fail("DELETE", "/user/delete", "status:503", times=20)

    first = erase(stack, EVENT)
    provider.recover()
    second = erase(stack, EVENT | {"resumeFrom": first["resumeFrom"]})

    assert (first["complete"], first["stoppedBy"]) == (False, "provider: internal_server_error")
    assert (first["upcoming"], first["resumeFrom"]) == ([visit_id], visit_id)
    assert (second["complete"], second["providerUsers"], second["profileRemoved"]) == (True, 1, True)
    assert PERSON not in json.dumps(table.items())


def request(api: ApiClient, external_id: str) -> Answer:
    """Send the request as a booking system does."""
    return api.request("DELETE", f"/users/{external_id}", token=api.token(MANAGER, manage=True))


def test_a_request_erases_the_person_and_its_address_says_so(
    api: ApiClient, stack: Stack, table: Table, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    visit_id = api.create(visit(people=PEOPLE))

    with captured_output(capsys) as output:
        accepted = request(api, PERSON)
        address = accepted.headers["location"].removeprefix("/api")
        pending = api.request("GET", address, token=api.token(MANAGER, manage=True))
        report = erase(stack, SCHEDULED)
        completed = api.request("GET", address, token=api.token(MANAGER, manage=True))
        repeated = request(api, PERSON)

    assert (accepted.status, pending.status, completed.status, repeated.status) == (202, 200, 200, 202)
    assert accepted.body == pending.body
    assert report == {"runs": 1, "failures": 0}
    assert (completed.body["status"], completed.body["upcoming"]) == ("completed", [visit_id])
    assert repeated.headers["location"] == accepted.headers["location"]
    erase(stack, SCHEDULED)
    answers = json.dumps([accepted.body, completed.body, dict(accepted.headers)])
    for place in (json.dumps(table.items()), answers, output.text):
        assert not any(trace in place for trace in (PERSON, NAME))
    assert len(provider.user_ids()) == 1


def test_an_event_that_means_nothing_fails_and_changes_nothing(
    api: ApiClient, stack: Stack, table: Table
) -> None:
    api.create(visit(people=PEOPLE))
    before = table.items()

    with pytest.raises(FunctionError, match="InvalidEventError"):
        erase(stack, {"userId": PERSON})

    assert table.items() == before
