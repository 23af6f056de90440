"""A directory's secret that is rotated is used within a minute, without a deployment. If it cannot be read,
it is asked for seldom.
"""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from teleconsultation.directory.secret import FAILED_FOR, KEPT_FOR, DirectorySecret
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.settings import SettingsError
from tests.fakes.watch import Watch

INSTANT = timedelta(seconds=1)
NO_ANSWER = ReadTimeoutError(endpoint_url="https://secretsmanager.test")


class Vault:
    """Secrets Manager, which may fail."""

    def __init__(self) -> None:
        self.text = '{"token": "old"}'
        self.failure: Exception | None = None
        self.reads = 0

    def get_secret_value(self, **request: str) -> dict[str, str]:
        assert request == {"SecretId": "the-secret"}
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return {"SecretString": self.text}


def refusal(code: str, *, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetSecretValue")


PASSING = [
    NO_ANSWER,
    refusal("ThrottlingException"),
    refusal("InternalServiceError", status=500),
    refusal("SomethingNobodyHasHeardOf", status=429),
]
WRONG = [refusal("ResourceNotFoundException"), refusal("AccessDeniedException"), refusal("DecryptionFailure")]


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def secret(vault: Vault, clock: Watch) -> DirectorySecret:
    return DirectorySecret(secret_id="the-secret", client=vault, clock=clock)  # type: ignore[arg-type]


def test_it_is_read_once_a_minute_and_a_rotated_one_is_used(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    assert secret.member("token") == "old"
    vault.text = '{"token": "new"}'
    clock.now += KEPT_FOR - INSTANT
    assert (secret.member("token"), vault.reads) == ("old", 1)
    clock.now += INSTANT

    assert (secret.member("token"), vault.reads) == ("new", 2)


@pytest.mark.parametrize("failure", PASSING)
def test_what_was_read_before_serves_while_it_cannot_be_read(
    secret: DirectorySecret, vault: Vault, clock: Watch, failure: Exception
) -> None:
    secret.member("token")
    vault.failure = failure
    clock.now += KEPT_FOR

    assert secret.member("token") == "old"


@pytest.mark.parametrize("failure", PASSING)
def test_one_that_was_never_read_is_an_unavailable_directory_while_the_failure_may_pass(
    secret: DirectorySecret, vault: Vault, failure: Exception
) -> None:
    vault.failure = failure

    with pytest.raises(DirectoryUnavailableError):
        secret.member("token")


@pytest.mark.parametrize("failure", WRONG)
def test_one_that_is_missing_or_denied_is_a_setting_to_correct_also_after_it_was_read(
    secret: DirectorySecret, vault: Vault, clock: Watch, failure: ClientError
) -> None:
    secret.member("token")
    vault.failure = failure
    clock.now += KEPT_FOR

    with pytest.raises(
        SettingsError, match=failure.response["Error"]["Code"] + r"\. Check DirectorySecretArn"
    ):
        secret.member("token")


@pytest.mark.parametrize("failure", [*PASSING, *WRONG])
def test_while_it_cannot_be_read_it_is_asked_for_once_in_ten_seconds(
    secret: DirectorySecret, vault: Vault, clock: Watch, failure: Exception
) -> None:
    vault.failure = failure
    for _ in range(3):
        with pytest.raises((DirectoryUnavailableError, SettingsError)):
            secret.member("token")
    assert vault.reads == 1
    vault.failure = None
    clock.now += FAILED_FOR - INSTANT
    with pytest.raises((DirectoryUnavailableError, SettingsError)):
        secret.member("token")
    clock.now += INSTANT

    assert (secret.member("token"), vault.reads) == ("old", 2)


def test_an_old_one_is_not_asked_for_more_often_either(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    secret.member("token")
    vault.failure = NO_ANSWER
    clock.now += KEPT_FOR
    for _ in range(3):
        secret.member("token")
    assert vault.reads == 2
    clock.now += FAILED_FOR
    secret.member("token")

    assert vault.reads == 3


def test_a_broken_one_names_what_is_missing_and_is_read_again(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    vault.text = "{}"
    with pytest.raises(SettingsError, match="has no token"):
        secret.member("token")
    vault.text = '{"token": "new"}'
    clock.now += KEPT_FOR

    assert secret.member("token") == "new"
