"""A directory's secret that is rotated is used within a minute, without a deployment."""

from datetime import timedelta

import pytest

from teleconsultation.directory.settings import KEPT_FOR, DirectorySecret
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.settings import SettingsError
from tests.fakes.watch import Watch

INSTANT = timedelta(seconds=1)


class Vault:
    """Secrets Manager, which may be down."""

    def __init__(self) -> None:
        self.text = '{"token": "old"}'
        self.is_down = False
        self.reads = 0

    def read(self) -> str:
        self.reads += 1
        if self.is_down:
            raise DirectoryUnavailableError("timeout")
        return self.text


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def secret(vault: Vault, clock: Watch) -> DirectorySecret:
    return DirectorySecret(vault.read, clock=clock)


def test_it_is_read_once_a_minute_and_a_rotated_one_is_used(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    assert secret.member("token") == "old"
    vault.text = '{"token": "new"}'
    clock.now += KEPT_FOR - INSTANT
    assert (secret.member("token"), vault.reads) == ("old", 1)
    clock.now += INSTANT

    assert (secret.member("token"), vault.reads) == ("new", 2)


def test_what_was_read_before_serves_while_it_cannot_be_read(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    secret.member("token")
    vault.is_down = True
    clock.now += KEPT_FOR

    assert secret.member("token") == "old"


def test_one_that_was_never_read_is_an_unavailable_directory(secret: DirectorySecret, vault: Vault) -> None:
    vault.is_down = True

    with pytest.raises(DirectoryUnavailableError):
        secret.member("token")


def test_a_broken_one_names_what_is_missing_and_is_read_again(
    secret: DirectorySecret, vault: Vault, clock: Watch
) -> None:
    vault.text = "{}"
    with pytest.raises(SettingsError, match="has no token"):
        secret.member("token")
    vault.text = '{"token": "new"}'
    clock.now += KEPT_FOR

    assert secret.member("token") == "new"
