"""The provider's secret in Secrets Manager."""

import json
from collections.abc import Iterator, Mapping
from socket import socket
from typing import Final

import boto3
import pytest
from botocore.config import Config

from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.provider.secret import FAILED_FOR, ProviderSecret
from teleconsultation.settings import NotConfiguredError, SettingsError
from tests.fakes.aws_server import AwsServer, Step, answer, refusal, resets, running_aws_server
from tests.fakes.watch import Watch

NAME = "bandyer"
WHOLE = {"apiKey": "ak_canary", "userIdKey": "uk_canary"}


@pytest.fixture
def manager() -> Iterator[AwsServer]:
    with running_aws_server() as server:
        yield server


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def secret(manager: AwsServer, clock: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderSecret]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.url)
    client = boto3.client("secretsmanager", config=Config(retries={"total_max_attempts": 1}))
    yield ProviderSecret(secret_id=NAME, client=client, clock=clock)
    client.close()


def put(manager: AwsServer, text: str) -> None:
    manager.answers_always(answer({"Name": NAME, "SecretString": text}))


def put_values(manager: AwsServer, values: Mapping[str, object]) -> None:
    put(manager, json.dumps(values))


def test_both_keys_are_read(manager: AwsServer, secret: ProviderSecret) -> None:
    put_values(manager, WHOLE)

    assert (secret.current(), secret.user_id_key()) == ("ak_canary", "uk_canary")


def test_nothing_is_read_before_it_is_needed_and_then_once(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    put_values(manager, WHOLE)
    assert manager.received == []

    for _ in range(3):
        assert secret.current() == "ak_canary"
        assert secret.user_id_key() == "uk_canary"

    assert [request.json for request in manager.received] == [{"SecretId": NAME}]


def test_a_rotated_key_is_seen_when_it_is_asked_for_afresh(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    put_values(manager, WHOLE)
    secret.current()

    put_values(manager, WHOLE | {"apiKey": "ak_new"})

    assert secret.current() == "ak_canary"
    assert secret.renewed() == "ak_new"
    assert secret.current() == "ak_new"


def test_while_one_thread_reads_afresh_the_others_keep_the_last_key(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    meanwhile: list[str] = []
    put_values(manager, WHOLE | {"apiKey": "ak_old"})
    assert secret.current() == "ak_old"
    new = answer({"SecretString": json.dumps(WHOLE | {"apiKey": "ak_new"})})

    def slow(connection: socket) -> bool:
        meanwhile.append(secret.current())
        return new(connection)

    manager.answers(slow)

    assert secret.renewed() == "ak_new"
    assert meanwhile == ["ak_old"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"userIdKey": "u"}), "no apiKey"),
        (json.dumps(WHOLE | {"apiKey": ""}), "no apiKey"),
        (json.dumps(WHOLE | {"apiKey": None}), "no apiKey"),
        (json.dumps(WHOLE | {"apiKey": 5}), "no apiKey"),
        ("ak_canary", "not JSON"),
        ('["ak_canary"]', "not a JSON object"),
        ('"ak_canary"', "not a JSON object"),
    ],
)
def test_a_secret_that_makes_no_sense_is_a_setting_to_correct(
    manager: AwsServer, secret: ProviderSecret, text: str, message: str
) -> None:
    put(manager, text)

    with pytest.raises(SettingsError, match=message) as error:
        secret.current()

    assert "canary" not in str(error.value)
    assert "canary" not in repr((error.value.__cause__, error.value.__context__))


@pytest.mark.parametrize("values", [{"apiKey": "a"}, {"apiKey": "a", "userIdKey": ""}, {}], ids=str)
def test_a_missing_user_id_key_is_named(
    manager: AwsServer, secret: ProviderSecret, values: Mapping[str, object]
) -> None:
    put_values(manager, values)

    with pytest.raises(SettingsError, match="no userIdKey") as error:
        secret.current()

    assert not isinstance(error.value, NotConfiguredError)


NOT_YET: Final = answer({"SecretString": json.dumps(WHOLE | {"apiKey": ""})})


@pytest.mark.parametrize(
    "step",
    [
        NOT_YET,
        answer({"SecretString": json.dumps({"apiKey": "ak_canary"})}),
        answer({"SecretString": "ak_canary"}),
        refusal("ResourceNotFoundException"),
        refusal("InvalidRequestException", message="You can't do this: it was marked for deletion"),
        refusal("AccessDeniedException"),
    ],
    ids=["no API key", "no user id key", "no JSON", "no secret", "deleted", "no right"],
)
def test_a_process_that_failed_takes_up_the_secret_once_it_is_complete(
    manager: AwsServer, secret: ProviderSecret, step: Step
) -> None:
    manager.answers(step, step)
    put_values(manager, WHOLE)

    for read in (secret.user_id_key, secret.current):
        with pytest.raises(SettingsError):
            read()

    assert (secret.current(), secret.user_id_key()) == ("ak_canary", "uk_canary")
    assert len(manager.received) == 3


@pytest.mark.parametrize(
    "step",
    [refusal("InternalServiceError", status=500), refusal("ThrottlingException"), resets],
    ids=["500", "throttled", "reset"],
)
def test_a_secrets_manager_that_cannot_answer_is_asked_once_in_ten_seconds(
    manager: AwsServer, secret: ProviderSecret, clock: Watch, step: Step
) -> None:
    manager.answers(step)
    put_values(manager, WHOLE)
    for read in (secret.user_id_key, secret.current, secret.renewed, secret.previous):
        with pytest.raises(ProviderUnavailableError):
            read()
    assert len(manager.received) == 1
    clock.now += FAILED_FOR

    assert secret.current() == "ak_canary"


def test_a_key_that_was_read_serves_while_secrets_manager_cannot_answer(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    put_values(manager, WHOLE)
    secret.current()
    manager.answers_always(refusal("ThrottlingException"))
    with pytest.raises(ProviderUnavailableError):
        secret.renewed()

    assert secret.current() == "ak_canary"


def test_only_a_key_that_was_never_there_is_not_configured_yet(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    manager.answers(NOT_YET)
    with pytest.raises(NotConfiguredError):
        secret.current()
    put_values(manager, WHOLE)
    secret.current()
    manager.answers(NOT_YET)

    with pytest.raises(SettingsError, match="no apiKey") as error:
        secret.renewed()

    assert not isinstance(error.value, NotConfiguredError)


def test_a_renewal_that_finds_an_incomplete_secret_keeps_the_last_key(
    manager: AwsServer, secret: ProviderSecret
) -> None:
    put_values(manager, WHOLE)
    secret.current()
    manager.answers(NOT_YET)

    with pytest.raises(SettingsError):
        secret.renewed()

    assert secret.current() == "ak_canary"


def test_a_secret_of_bytes_is_not_json(manager: AwsServer, secret: ProviderSecret) -> None:
    manager.answers(answer({"SecretBinary": "e30="}))

    with pytest.raises(SettingsError, match="not JSON"):
        secret.current()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_refused_read_is_a_setting_to_correct(
    manager: AwsServer, secret: ProviderSecret, code: str
) -> None:
    manager.answers(refusal(code, message="arn:canary"))

    with pytest.raises(SettingsError, match=code) as error:
        secret.current()

    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "status"), [("InternalServiceError", 500), ("ThrottlingException", 400)], ids=str
)
def test_a_secrets_manager_that_cannot_answer_makes_the_provider_unavailable(
    manager: AwsServer, secret: ProviderSecret, code: str, status: int
) -> None:
    manager.answers_always(refusal(code, status=status, message="canary"))

    with pytest.raises(ProviderUnavailableError) as error:
        secret.current()

    assert (error.value.provider_code, error.value.outcome_unknown) == ("secret_unavailable", False)


def test_a_failed_renewal_keeps_the_last_key(manager: AwsServer, secret: ProviderSecret) -> None:
    put_values(manager, WHOLE)
    secret.current()
    manager.answers(refusal("ResourceNotFoundException"))

    with pytest.raises(SettingsError):
        secret.renewed()

    assert secret.current() == "ak_canary"
