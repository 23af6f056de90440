import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import responses

from bandyer import BandyerClient, StaticApiKey

API_KEY = "ak_test_0123456789ab"


@dataclass
class CallersTime:
    """The time a caller has left; a pause uses it up, and so does an attempt that is told to."""

    seconds_left: float = math.inf
    pauses: list[float] = field(default_factory=list)

    def remaining_seconds(self) -> float:
        return self.seconds_left

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds_left -= seconds


@pytest.fixture
def api_key() -> str:
    return API_KEY


@pytest.fixture
def time_left() -> CallersTime:
    return CallersTime()


@pytest.fixture
def provider() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def bandyer(time_left: CallersTime, provider: responses.RequestsMock) -> BandyerClient:
    return BandyerClient(
        base_url="https://bandyer.test",
        api_key=StaticApiKey(API_KEY),
        remaining_seconds=time_left.remaining_seconds,
        sleep=time_left.sleep,
    )
