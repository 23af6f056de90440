"""When the provider or the storage fails: a clear answer, nothing half done, and the next try succeeds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.stack import Stack
from teleconsultation import bootstrap
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from tests.integration.api.client import (
    DOCTOR,
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


@pytest.mark.parametrize(
    "fault",
    [
        "status:500",
        "status:503",
        "status:429",
        "timeout_before",
        "timeout_after_commit",
        "malformed_body",
        "reset_before",
        "reset_after_commit",
    ],
)
def test_a_failure_to_register_people_is_503_and_the_next_try_finds_no_trace_of_it(
    api: ApiClient, provider: Provider, table: Table, fault: str
) -> None:
    provider.fail("POST", "/user/create", fault)

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


@pytest.mark.parametrize("fault", ["timeout_after_commit", "malformed_body", "reset_after_commit"])
def test_a_room_whose_creation_got_no_answer_is_found_again_by_its_attempt_id(
    api: ApiClient, provider: Provider, fault: str
) -> None:
    provider.fail("POST", "/room/create", fault)

    answer = api.post(visit(**dates(start_in_seconds=0)))

    assert answer.status == 201
    [room] = provider.state()["rooms"]
    assert room["description"].startswith(answer.body["roomId"])
    assert provider.calls().count(("POST", "room/create")) == 1
    for user in (DOCTOR, PATIENT):
        link = api.get(answer.body["roomId"], user=user).body["accessLinkURL"]
        assert provider.http.get(link).status_code == 200


@pytest.mark.parametrize("fault", ["timeout_after_commit", "malformed_body", "reset_after_commit"])
def test_a_replacement_whose_creation_got_no_answer_is_found_again(
    api: ApiClient, provider: Provider, fault: str
) -> None:
    visit_id = api.create()
    [old] = provider.rooms()
    provider.fail("POST", "/room/create", fault)

    assert api.patch(visit_id, LONGER).status == 204

    [room] = provider.rooms()
    assert room["room_id"] != old["room_id"]
    assert room["duration"] == 7200


@pytest.mark.parametrize("fault", ["status:500", "status:503", "timeout_before", "reset_before"])
def test_a_room_that_was_not_made_is_503_and_the_visit_never_existed(
    api: ApiClient, provider: Provider, table: Table, fault: str
) -> None:
    provider.fail("POST", "/room/create", fault)

    refused = api.post(visit())

    assert is_unavailable(refused)
    assert provider.state()["rooms"] == []
    # What may have been made leaves its trace, which nobody can see.
    [trace] = visits(table)
    assert api.get(trace.removeprefix("TELECONSULTATION#"), user=DOCTOR).status == 404
    assert api.post(visit()).status == 201
    assert len(provider.rooms()) == 1


def test_a_room_that_was_surely_not_made_leaves_no_trace(
    api: ApiClient, provider: Provider, table: Table
) -> None:
    provider.fail("POST", "/room/create", "status:429")

    assert is_unavailable(api.post(visit()))
    assert visits(table) == []


@pytest.mark.parametrize("fault", ["status:500", "timeout_before", "status:429"])
def test_a_replacement_that_fails_leaves_the_visit_as_it_was(
    api: ApiClient, provider: Provider, fault: str
) -> None:
    visit_id = api.create()
    before = api.get(visit_id, user=DOCTOR).body
    rooms = provider.state()["rooms"]
    provider.fail("POST", "/room/create", fault)

    refused = api.patch(visit_id, LONGER)

    assert is_unavailable(refused)
    assert provider.state()["rooms"] == rooms
    after = api.get(visit_id, user=DOCTOR).body
    for changing in ("serverTime", "retryAfterSeconds"):
        del before[changing], after[changing]
    assert after == before


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
    assert [room["duration"] for room in provider.rooms()] == [7200]


@pytest.mark.parametrize("path", ["/user/create", "/room/create"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_the_provider_refuses_is_502_and_leaves_no_visit(
    api: ApiClient, provider: Provider, table: Table, path: str, status: int
) -> None:
    provider.fail("POST", path, f"status:{status}", times=2)

    answer = api.post(visit())

    assert (answer.status, answer.code) == (502, "provider_rejected")
    assert "retry-after" not in answer.headers
    assert visits(table) == []
    assert provider.state()["rooms"] == []


def test_an_old_room_that_cannot_be_deleted_does_not_fail_the_change_and_goes_with_the_next(
    api: ApiClient, provider: Provider, table: Table
) -> None:
    visit_id = api.create()
    [old] = provider.rooms()
    provider.fail("DELETE", "/room/delete", "status:500", times=3)

    assert api.patch(visit_id, LONGER).status == 204

    assert len(provider.rooms()) == 2
    assert table.teleconsultation(visit_id)["roomsToDelete"] == {"SS": [old["room_id"]]}
    assert api.patch(visit_id, dates(seconds=7200)).status == 204
    assert [room["duration"] for room in provider.rooms()] == [7200]
    assert "roomsToDelete" not in table.teleconsultation(visit_id)


def test_a_deletion_the_provider_cannot_make_shuts_everybody_out_and_can_be_repeated(
    api: ApiClient, provider: Provider
) -> None:
    visit_id = api.create()
    provider.fail("DELETE", "/room/delete", "status:500", times=3)

    refused = api.delete(visit_id)

    assert is_unavailable(refused)
    assert api.get(visit_id, user=DOCTOR).status == 410
    assert len(provider.rooms()) == 1

    assert api.delete(visit_id).status == 204
    assert provider.rooms() == []


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_after_commit", "status:500"])
def test_a_deletion_that_gets_no_answer_is_repeated_by_itself(
    api: ApiClient, provider: Provider, fault: str
) -> None:
    visit_id = api.create()
    provider.fail("DELETE", "/room/delete", fault)

    answer = api.delete(visit_id)

    assert answer.status == 204
    assert provider.rooms() == []


def test_a_room_the_provider_has_lost_can_still_be_deleted(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create()
    provider.reset()

    assert api.delete(visit_id).status == 204


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
    bootstrap.teleconsultations.cache_clear()
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
def test_a_secret_nobody_filled_in_is_our_error_and_says_nothing(
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

    secrets.put_secret_value(SecretId=secret_id, SecretString=right)
    bootstrap._secret.cache_clear()
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "secret" not in str(answer).casefold()
    assert table.items() == []


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


def test_somebody_elses_change_meanwhile_is_a_conflict_and_leaves_no_second_room(
    api: ApiClient, provider: Provider, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = api.create()
    rooms = bootstrap.video_rooms(remaining_seconds=lambda: 10.0)
    create = type(rooms).create

    def create_while_somebody_deletes(*args: object, **kwargs: object) -> object:
        monkeypatch.setattr(type(rooms), "create", create)
        room = create(*args, **kwargs)  # type: ignore[arg-type]
        assert api.delete(visit_id).status == 204
        return room

    monkeypatch.setattr(type(rooms), "create", create_while_somebody_deletes)

    answer = api.patch(visit_id, LONGER)

    assert (answer.status, answer.code) == (409, "conflict")
    assert provider.rooms() == []
    assert "roomsToDelete" not in table.teleconsultation(visit_id)


def test_a_visit_whose_retention_is_over_is_not_found(api: ApiClient, table: Table) -> None:
    visit_id = api.create()
    past = int((datetime.now(UTC) - timedelta(seconds=1)).timestamp())
    table.put(table.teleconsultation(visit_id) | {"expiresAt": {"N": str(past)}})

    assert api.get(visit_id, user=DOCTOR).status == 404
