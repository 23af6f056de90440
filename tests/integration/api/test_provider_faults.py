"""When the provider or the storage fails: what the answer says, and that the next try succeeds.

tests/faults spoils every call of every request and shows that nothing is left half done.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from local.stack import Stack
from teleconsultation import bootstrap
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from tests.integration.api.client import (
    DOCTOR,
    MARGINS,
    PATIENT,
    Answer,
    ApiClient,
    Provider,
    Table,
    dates,
    doctor,
    patient,
    visit,
)

LONGER = {"duration_in_seconds": 7200}


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight seconds of silence would make these tests slow and prove no more."""
    monkeypatch.setattr("bandyer.transport.TIMEOUT_SECONDS", (0.5, 0.5))


def visits(table: Table) -> list[str]:
    return [item["pk"]["S"] for item in table.items() if item["pk"]["S"].startswith("TELECONSULTATION#")]


def is_unavailable(answer: Answer, *, retry_after: int = 5) -> bool:
    return (answer.status, answer.code, answer.headers.get("retry-after")) == (
        503,
        "provider_unavailable",
        str(retry_after),
    )


def test_a_failure_to_register_people_is_503_and_the_next_try_finds_no_trace_of_it(
    api: ApiClient, provider: Provider, table: Table
) -> None:
    provider.fail("POST", "/user/create", "status:500")

    refused = api.post(visit())

    assert is_unavailable(refused)
    assert table.items() == []
    assert provider.state()["rooms"] == []

    assert api.post(visit()).status == 201
    assert len(provider.user_ids()) == 2
    assert len(provider.rooms()) == 1


@pytest.mark.parametrize("path", ["/user/create", "/room/create"])
def test_the_providers_own_retry_after_is_passed_on(api: ApiClient, provider: Provider, path: str) -> None:
    provider.fail("POST", path, "status:429", times=2, retry_after=30)

    assert is_unavailable(api.post(visit()), retry_after=30)


def test_a_short_retry_after_is_waited_for(api: ApiClient, provider: Provider) -> None:
    provider.fail("POST", "/room/create", "status:429", retry_after=0)

    assert api.post(visit()).status == 201
    assert len(provider.rooms()) == 1


def test_a_room_whose_creation_was_cut_off_is_found_again_by_its_attempt_id(
    api: ApiClient, provider: Provider
) -> None:
    provider.fail("POST", "/room/create", "reset_after_commit")

    answer = api.post(visit(**dates(start_in_seconds=0)))

    assert answer.status == 201
    [room] = provider.state()["rooms"]
    assert room["description"].startswith(answer.body["roomId"])
    assert provider.calls().count(("POST", "room/create")) == 1
    for user in (DOCTOR, PATIENT):
        link = api.get(answer.body["roomId"], user=user).body["accessLinkURL"]
        assert provider.http.get(link).status_code == 200


def test_a_room_that_came_after_the_time_limit_is_taken_over_by_the_repetition(
    api: ApiClient, provider: Provider
) -> None:
    booking, key = visit(**dates(start_in_seconds=0)), {"idempotency-key": "booking-1"}
    provider.fail("POST", "/room/create", "timeout_after_commit")

    in_vain = api.send("POST", "/teleconsultation", booking, headers=key)
    repeated = api.send("POST", "/teleconsultation", booking, headers=key)

    assert is_unavailable(in_vain)
    assert repeated.status == 201
    [room] = provider.state()["rooms"]
    assert room["description"].startswith(repeated.body["roomId"])
    assert provider.calls().count(("POST", "room/create")) == 1


def test_a_replacement_of_unknown_outcome_can_be_repeated_when_its_lease_is_over(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = api.create()
    provider.fail("POST", "/room/create", "status:500")
    api.patch(visit_id, LONGER)

    at_once = api.patch(visit_id, LONGER)
    monkeypatch.setattr(bootstrap, "clock", lambda: datetime.now(UTC) + PROVISIONING_LEASE)
    later = api.patch(visit_id, LONGER)

    assert (at_once.status, at_once.code) == (409, "conflict")
    assert 0 < int(at_once.headers["retry-after"]) <= PROVISIONING_LEASE.total_seconds()
    assert later.status == 204
    assert [room["duration"] for room in provider.rooms()] == [7200 + MARGINS]


@pytest.mark.parametrize(("path", "status"), [("/user/create", 401), ("/room/create", 400)])
def test_what_the_provider_refuses_is_502_and_leaves_no_visit(
    api: ApiClient, provider: Provider, table: Table, path: str, status: int
) -> None:
    provider.fail("POST", path, f"status:{status}", times=2)

    answer = api.post(visit())

    assert (answer.status, answer.code) == (502, "provider_rejected")
    assert "retry-after" not in answer.headers
    assert visits(table) == []
    assert provider.state()["rooms"] == []


def test_get_needs_no_provider(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))
    provider.fail("*", "/", "status:500", times=100)
    asked = provider.state()["requests"]

    assert api.get(visit_id, user=DOCTOR).body["state"] == "OPEN"
    assert provider.state()["requests"] == asked


def _get(api: ApiClient, visit_id: str) -> Answer:
    return api.get(visit_id, user=DOCTOR)


def _post(api: ApiClient, _visit_id: str) -> Answer:
    return api.post(visit())


def _patch(api: ApiClient, visit_id: str) -> Answer:
    return api.patch(visit_id, LONGER)


def _delete(api: ApiClient, visit_id: str) -> Answer:
    return api.delete(visit_id)


def _forget_connections() -> None:
    bootstrap._dynamodb.cache_clear()
    bootstrap._reader.cache_clear()
    bootstrap.readable_teleconsultations.cache_clear()


@pytest.mark.parametrize("send", [_get, _post, _patch, _delete])
def test_storage_out_of_reach_is_503(
    api: ApiClient,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    send: Callable[[ApiClient, str], Answer],
) -> None:
    visit_id = api.create()
    before = provider.state()
    # Nothing listens on port 9 of this machine.
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    _forget_connections()

    answer = send(api, visit_id)

    _forget_connections()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "storage_unavailable", "2")
    assert provider.state() == before


@pytest.mark.parametrize("content", ['{"apiKey": "", "userIdKey": "k"}', '{"apiKey": "k"}', "[]", "not JSON"])
def test_a_secret_nobody_filled_in_is_our_error_until_somebody_does(
    api: ApiClient, stack: Stack, table: Table, content: str
) -> None:
    secrets = stack.aws.client("secretsmanager")
    secret_id = stack.application.functions["CreateTeleconsultationFunction"].environment[
        "BANDYER_SECRET_ARN"
    ]
    right = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
    secrets.put_secret_value(SecretId=secret_id, SecretString=content)
    bootstrap._secret.cache_clear()

    answer = api.post(visit())
    left = table.items()
    secrets.put_secret_value(SecretId=secret_id, SecretString=right)
    in_the_same_process = api.post(visit())

    assert (answer.status, answer.code) == (500, "internal_error")
    assert "operator" in answer.body["detail"]
    assert "secret" not in str(answer).casefold()
    assert left == []
    assert in_the_same_process.status == 201


def test_a_room_whose_links_the_page_would_refuse_is_our_error_and_is_not_left_behind(
    api: ApiClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = api.create()
    before = [room["room_id"] for room in provider.rooms()]
    monkeypatch.setattr(bootstrap, "_frame_origins", lambda: frozenset({"https://other.example"}))

    created, changed = api.post(visit()), api.patch(visit_id, LONGER)

    for answer in (created, changed):
        assert (answer.status, answer.code) == (500, "internal_error")
        assert "operator" in answer.body["detail"]
    assert [room["room_id"] for room in provider.rooms()] == before


def test_a_rotated_api_key_is_taken_up_without_a_restart(api: ApiClient, stack: Stack) -> None:
    secrets = stack.aws.client("secretsmanager")
    secret_id = stack.application.functions["CreateTeleconsultationFunction"].environment[
        "BANDYER_SECRET_ARN"
    ]
    right = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
    secrets.put_secret_value(
        SecretId=secret_id, SecretString=right.replace(stack.bandyer.api_key, "ak_before_rotation")
    )
    bootstrap._secret.cache_clear()
    bootstrap.video_rooms(remaining_seconds=lambda: 10.0)
    secrets.put_secret_value(SecretId=secret_id, SecretString=right)

    answer = api.post(visit(people=[doctor(), patient()]))

    assert answer.status == 201
