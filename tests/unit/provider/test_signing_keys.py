"""The provider's keys, before, during and after a rotation."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from teleconsultation.provider.secret import ProviderSecret
from teleconsultation.provider.signing_keys import KEPT, SigningKeys
from tests.fakes.watch import Watch


class Manager:
    """As boto3's client, with the versions of one secret."""

    def __init__(self) -> None:
        self.current = '{"apiKey": "first", "userIdKey": "u"}'
        self.previous: str | None = None
        self.reads = 0

    def get_secret_value(self, *, SecretId: str, VersionStage: str = "AWSCURRENT") -> Any:  # noqa: N803 - boto3's
        self.reads += 1
        text = self.current if VersionStage == "AWSCURRENT" else self.previous
        if text is None:
            refusal: Any = {
                "Error": {"Code": "ResourceNotFoundException"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(refusal, "GetSecretValue")
        return {"SecretString": text}


@pytest.fixture
def manager() -> Manager:
    return Manager()


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def new_keys(manager: Manager, clock: Watch) -> Callable[[], SigningKeys]:
    client: Any = manager
    return lambda: SigningKeys(ProviderSecret(secret_id="s", client=client, clock=clock), clock=clock)


def test_a_secret_that_was_never_changed_has_one_key(
    manager: Manager, new_keys: Callable[[], SigningKeys]
) -> None:
    keys = new_keys()

    assert [keys.known(), keys.known()] == [("first",), ("first",)]
    assert manager.reads == 2


def test_after_a_rotation_both_keys_are_known(
    manager: Manager, new_keys: Callable[[], SigningKeys], clock: Watch
) -> None:
    keys = new_keys()
    keys.known()
    manager.previous, manager.current = manager.current, '{"apiKey": "second", "userIdKey": "u"}'
    clock.now += KEPT

    assert keys.renewed() == ("second", "first")
    assert keys.known() == ("second", "first")


def test_wrong_signatures_do_not_read_the_secret_again_and_again(
    manager: Manager, new_keys: Callable[[], SigningKeys]
) -> None:
    keys = new_keys()
    keys.known()
    before = manager.reads

    assert [keys.renewed() for _ in range(3)] == [()] * 3
    assert manager.reads == before


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"apiKey": ""}', "{}"])
def test_a_previous_version_without_a_key_counts_for_nothing(
    manager: Manager, new_keys: Callable[[], SigningKeys], text: str
) -> None:
    manager.previous = text

    assert new_keys().known() == ("first",)
