"""The provider's secret in Secrets Manager (moto's, in this process)."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from teleconsultation.errors import ProviderUnavailableError
from teleconsultation.secret import ProviderSecret
from teleconsultation.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "bandyer"
WHOLE = {"apiKey": "ak_canary", "userIdKey": "uk_canary"}


@pytest.fixture
def manager() -> Iterator["SecretsManagerClient"]:
    with mock_aws():
        yield boto3.client("secretsmanager")


def put(manager: "SecretsManagerClient", text: str) -> ProviderSecret:
    manager.create_secret(Name=NAME, SecretString=text)
    return ProviderSecret(secret_id=NAME)


def stubbed() -> tuple[ProviderSecret, Stubber]:
    secret = ProviderSecret(secret_id=NAME)
    return secret, Stubber(secret._client)


def test_both_keys_are_read(manager: "SecretsManagerClient") -> None:
    secret = put(manager, json.dumps(WHOLE))

    assert (secret.current(), secret.user_id_key()) == ("ak_canary", "uk_canary")


def test_nothing_is_read_before_it_is_needed_and_then_once() -> None:
    secret, stub = stubbed()
    stub.add_response("get_secret_value", {"SecretString": json.dumps(WHOLE)}, {"SecretId": NAME})

    with stub:
        for _ in range(3):
            assert secret.current() == "ak_canary"
            assert secret.user_id_key() == "uk_canary"

    stub.assert_no_pending_responses()


def test_a_rotated_key_is_seen_when_it_is_asked_for_afresh(manager: "SecretsManagerClient") -> None:
    secret = put(manager, json.dumps(WHOLE))
    secret.current()

    manager.put_secret_value(SecretId=NAME, SecretString=json.dumps(WHOLE | {"apiKey": "ak_new"}))

    assert secret.current() == "ak_canary"
    assert secret.renewed() == "ak_new"
    assert secret.current() == "ak_new"


def test_while_one_thread_reads_afresh_the_others_keep_the_last_key() -> None:
    secret = ProviderSecret(secret_id=NAME)
    meanwhile: list[str] = []
    answers = iter(["ak_old", "ak_new"])

    class Manager:
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
            answer = {"SecretString": json.dumps(WHOLE | {"apiKey": next(answers)})}
            if secret._values is not None:
                meanwhile.append(secret.current())
            return answer

    secret._client = Manager()  # type: ignore[assignment]
    assert secret.current() == "ak_old"

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
    manager: "SecretsManagerClient", text: str, message: str
) -> None:
    secret = put(manager, text)

    with pytest.raises(SettingsError, match=message) as error:
        secret.current()

    assert "canary" not in str(error.value)
    assert "canary" not in repr((error.value.__cause__, error.value.__context__))


def test_a_missing_user_id_key_is_named(manager: "SecretsManagerClient") -> None:
    secret = put(manager, json.dumps({"apiKey": "a"}))

    with pytest.raises(SettingsError, match="no userIdKey"):
        secret.user_id_key()


def test_a_secret_of_bytes_is_not_json(manager: "SecretsManagerClient") -> None:
    manager.create_secret(Name=NAME, SecretBinary=json.dumps(WHOLE).encode())

    with pytest.raises(SettingsError, match="not JSON"):
        ProviderSecret(secret_id=NAME).current()


def test_a_missing_secret_is_a_setting_to_correct(manager: "SecretsManagerClient") -> None:
    with pytest.raises(SettingsError, match="ResourceNotFoundException"):
        ProviderSecret(secret_id="nobody").current()


def test_a_refused_read_is_a_setting_to_correct() -> None:
    secret, stub = stubbed()
    stub.add_client_error("get_secret_value", "AccessDeniedException", "arn:canary", http_status_code=400)

    with stub, pytest.raises(SettingsError, match="AccessDeniedException") as error:
        secret.current()

    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "status"), [("InternalServiceError", 500), ("ThrottlingException", 400)], ids=str
)
def test_a_secrets_manager_that_cannot_answer_makes_the_provider_unavailable(code: str, status: int) -> None:
    secret, stub = stubbed()
    stub.add_client_error("get_secret_value", code, "canary", http_status_code=status)

    with stub, pytest.raises(ProviderUnavailableError) as error:
        secret.current()

    assert (error.value.provider_code, error.value.outcome_unknown) == ("secret_unavailable", False)


def test_a_secrets_manager_out_of_reach_makes_the_provider_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    # boto3 waits between its attempts, which proves nothing here.
    monkeypatch.setattr("teleconsultation.secret.CONFIG", Config(retries={"total_max_attempts": 1}))

    with pytest.raises(ProviderUnavailableError):
        ProviderSecret(secret_id=NAME).current()


def test_a_failed_renewal_keeps_the_last_key(manager: "SecretsManagerClient") -> None:
    secret = put(manager, json.dumps(WHOLE))
    secret.current()
    manager.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)

    with pytest.raises(SettingsError):
        secret.renewed()

    assert secret.current() == "ak_canary"
