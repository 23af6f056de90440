"""What the operator gets to read: every request, and nothing about anybody."""

from collections.abc import Iterator

import pytest

from teleconsultation import bootstrap
from tests.fakes.lambda_output import LambdaOutput, captured_output
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    PATIENT,
    ApiClient,
    Provider,
    Table,
    dates,
    doctor,
    instant,
    join_secrets,
    patient,
    person,
    visit,
)


@pytest.fixture(autouse=True)
def verbose(monkeypatch: pytest.MonkeyPatch) -> None:
    """As verbose as an operator can make it."""
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[LambdaOutput]:
    with captured_output(capsys) as written:
        yield written


def test_logs_and_metrics_carry_no_names_ids_links_or_tokens(
    api: ApiClient,
    provider: Provider,
    table: Table,
    output: LambdaOutput,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit_id, secrets = api.invite(
        visit(people=[doctor(), patient(language="it")], **dates(start_in_seconds=0))
        | {"reference": "Reference canary", "metadata": {"Keyword": "Value canary"}}
    )
    assert [api.join(visit_id, secrets[user]).status for user in (DOCTOR, PATIENT)] == [200, 200]
    assert api.join(visit_id, "wrong-canary").status == 403
    renewed = api.patch(visit_id, {"renewJoinLinks": [PATIENT]}, prefer="return=representation")
    assert api.join(visit_id, secrets[PATIENT]).status == 403
    assert api.patch(visit_id, {"notice": "Noticed canary"}).status == 204
    assert api.join(visit_id, secrets[DOCTOR]).body["notice"]["text"] == "Noticed canary"
    assert api.patch(visit_id, {"notice": "Noticed canary\n"}).fields == ["notice"]
    assert api.patch(visit_id, {"reference": "Reference canary\n"}).fields == ["reference"]
    assert api.patch(visit_id, {"metadata": {"Keyword canary": "x"}}).fields == ["metadata"]
    links = [api.get(visit_id, user=user).body["accessLinkURL"] for user in (DOCTOR, PATIENT)]
    api.get(visit_id, user="auth0|somebody-else", language="xyzzy")
    api.post(visit(people=[person("auth0|broken", group="gardener", name="Hans Meier"), patient()]))
    api.post(visit(people=[doctor() | {"fullName": 7}, patient()]) | {"Xyzzy": "Xyzzy"})
    for participant, status in ((PATIENT, 200), ("Participant canary\n", 400)):
        query = {"from": instant(in_seconds=-60), "participant": participant}
        manager = api.token(MANAGER, manage=True)
        assert api.request("GET", "/teleconsultation", token=manager, query=query).status == status
    provider.fail("POST", "/room/create", "status:422")
    api.post(visit())
    provider.fail("POST", "/room/create", "malformed_body")
    api.post(visit())
    nobody: dict[str, None] = {}
    monkeypatch.setattr(bootstrap, "clock", lambda: nobody[DOCTOR])
    broken = api.get(visit_id, user=DOCTOR)
    assert api.join(visit_id, secrets[DOCTOR]).code == "internal_error"

    written = output.text
    assert broken.code == "internal_error"
    assert written.count('"request answered"') == 22
    for secret in (
        *(DOCTOR, PATIENT, MANAGER, "doctor-1", "patient-1", "somebody-else", "auth0"),
        *(
            "Keyword",
            "Noticed",
            "Reference",
            "canary",
            "Gregory",
            "House",
            "Verdi",
            "Hans",
            "gardener",
            "xyzzy",
            "Bearer",
            "eyJ",
            "usr_",
            "room_",
        ),
        *(item["pk"]["S"].partition("#")[2] for item in table.items() if item["pk"]["S"].startswith("USER#")),
        *(link.partition("?")[0].rpartition("/")[2] for link in links),
        *(*secrets.values(), *join_secrets(renewed).values(), "wrong-canary", "#j="),
        *_kept_of_join_links(table, visit_id),
        api.stack.bandyer.api_key,
    ):
        assert secret.casefold() not in written.casefold(), secret


def _kept_of_join_links(table: Table, visit_id: str) -> list[str]:
    participants = table.teleconsultation(visit_id)["participants"]["L"]
    return [kept["S"] for person in participants for kept in person["M"]["joinPass"]["M"].values()]


def test_every_request_is_logged_with_its_outcome(api: ApiClient, output: LambdaOutput) -> None:
    visit_id = api.create()
    api.get(visit_id, user=DOCTOR)
    api.post({})
    api.delete(visit_id)

    answered = [line for line in output.logs if line.get("message") == "request answered"]
    answered.sort(key=lambda line: str(line["timestamp"]))
    assert [line["status"] for line in answered] == [201, 200, 400, 204]
    assert len({line["function_request_id"] for line in answered}) == 4
    assert [line.get("teleconsultation_id") for line in answered] == [visit_id, visit_id, None, visit_id]


def test_changes_are_logged_with_a_hash_of_their_caller(api: ApiClient, output: LambdaOutput) -> None:
    visit_id = api.create()
    api.patch(visit_id, {"duration_in_seconds": 1800})
    api.get(visit_id, user=DOCTOR)
    api.patch(visit_id, {"unknown": 1})
    api.delete(visit_id)

    answered = [line for line in output.logs if line.get("message") == "request answered"]
    answered.sort(key=lambda line: str(line["timestamp"]))
    expected = bootstrap.caller_hash(MANAGER)
    assert expected
    assert [line.get("caller") for line in answered] == [expected, expected, None, expected, expected]
