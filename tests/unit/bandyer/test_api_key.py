"""Rotation: the key is read afresh once, when it is refused, and only then."""

from dataclasses import dataclass

import pytest
from responses import RequestsMock
from responses.matchers import header_matcher

from bandyer import AuthenticationError, BandyerClient, DeadlineExceededError, RateLimitedError

COMPANY = "https://bandyer.test/rest/company"


@dataclass
class RotatedKey:
    """A cached key and the one its source holds by now."""

    cached: str
    in_source: str
    reads: int = 0

    def current(self) -> str:
        return self.cached

    def renewed(self) -> str:
        self.reads += 1
        self.cached = self.in_source
        return self.cached


def client(key: RotatedKey) -> BandyerClient:
    return BandyerClient(base_url="https://bandyer.test", api_key=key, sleep=lambda _: None)


@pytest.mark.parametrize(("status", "body"), [(401, {}), (400, {"code": "invalid_api_key"})])
def test_a_rotated_key_is_read_afresh_and_used(
    provider: RequestsMock, status: int, body: dict[str, str]
) -> None:
    key = RotatedKey("old", in_source="new")
    provider.get(COMPANY, status=status, json=body, match=[header_matcher({"apikey": "old"})])
    provider.get(COMPANY, json={"company": {}}, match=[header_matcher({"apikey": "new"})])
    bandyer = client(key)

    bandyer.company()
    bandyer.company()

    assert key.reads == 1


def test_a_creation_is_repeated_with_the_fresh_key(provider: RequestsMock) -> None:
    create = "https://bandyer.test/rest/user/create"
    provider.post(create, status=401, match=[header_matcher({"apikey": "old"})])
    user = {"user": {"id": "user_a", "role": "basic"}}
    provider.post(create, json=user, match=[header_matcher({"apikey": "new"})])

    created = client(RotatedKey("old", in_source="new")).create_user(role="basic")

    assert created.user_id == "user_a"


def test_a_fresh_key_that_is_refused_too_is_the_end(provider: RequestsMock) -> None:
    key = RotatedKey("old", in_source="new")
    provider.get(COMPANY, status=401, json={"code": "invalid_api_key"})

    with pytest.raises(AuthenticationError) as error:
        client(key).company()

    assert (error.value.status, error.value.code) == (401, "invalid_api_key")
    assert (key.reads, len(provider.calls)) == (1, 2)


def test_the_same_key_is_not_tried_twice(provider: RequestsMock) -> None:
    key = RotatedKey("old", in_source="old")
    provider.get(COMPANY, status=401)

    with pytest.raises(AuthenticationError):
        client(key).company()

    assert (key.reads, len(provider.calls)) == (1, 1)


def test_the_key_is_read_afresh_once_even_between_other_failures(provider: RequestsMock) -> None:
    key = RotatedKey("old", in_source="new")
    provider.get(COMPANY, status=401)
    provider.get(COMPANY, status=500)
    provider.get(COMPANY, status=401)

    with pytest.raises(AuthenticationError):
        client(key).company()

    assert (key.reads, len(provider.calls)) == (1, 3)


def test_a_key_that_takes_all_the_time_to_read_is_not_called_refused(provider: RequestsMock) -> None:
    answers = iter([10.0, 0.0])
    provider.get(COMPANY, status=401)
    bandyer = BandyerClient(
        base_url="https://bandyer.test",
        api_key=RotatedKey("old", in_source="new"),
        remaining_seconds=lambda: next(answers),
    )

    with pytest.raises(DeadlineExceededError):
        bandyer.company()


@pytest.mark.parametrize("unsendable", ["", "key\n", "key\r\nX: y", " key", "kéy"])
def test_a_key_that_cannot_be_a_header_is_refused_without_being_sent_or_shown(
    provider: RequestsMock, unsendable: str
) -> None:
    with pytest.raises(AuthenticationError) as error:
        client(RotatedKey(unsendable, in_source=unsendable)).company()

    assert error.value.__context__ is None
    assert len(provider.calls) == 0


def test_a_rate_limit_does_not_touch_the_key(provider: RequestsMock) -> None:
    key = RotatedKey("key", in_source="key")
    provider.get(COMPANY, status=429)

    with pytest.raises(RateLimitedError):
        client(key).company()

    assert key.reads == 0
