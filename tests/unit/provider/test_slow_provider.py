"""A provider that answers slowly: how many calls each request makes to it, and how long the caller waits."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from bandyer import BandyerClient, CircuitBreaker, StaticApiKey
from teleconsultation.bootstrap import RESERVE_SECONDS
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.rooms import BandyerRooms
from tests.fakes.samples import doctor, patient
from tests.fakes.service import Service

FUNCTION_SECONDS = 25.0
"""`Timeout` of the writing functions in template.yaml."""
NEW_PEOPLE = (doctor("doctor-2"), patient("patient-2"))

type Call = Callable[["SlowService"], object]


class SlowProvider(HTTPAdapter):
    """Answers every call with a success after `seconds`, on a clock of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.now = 0.0
        self.calls: list[str] = []

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the library's own signature
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002 - as above
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        _, _prefix, *path = urlsplit(str(request.url)).path.split("/")
        self.calls.append(f"{request.method} {'/'.join(path[:2])}")
        _connect_seconds, read_seconds = timeout
        self.now += min(self.seconds, read_seconds)
        if self.seconds > read_seconds:
            raise requests.ReadTimeout(request=request)
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(self._body(request)).encode()
        return response

    def _body(self, request: requests.PreparedRequest) -> dict[str, Any]:
        if not request.body:
            return {}
        body = json.loads(request.body)
        if "participants" not in body:
            return {"user": body}
        links = [
            {"user": person["user_id"], "url": f"https://provider.test/call/{_token(person['user_id'])}"}
            for person in body["participants"]
        ]
        return {"room": {**body, "room_id": f"room_{len(self.calls)}", "user_urls": links}}


def _token(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()


class SlowService(Service):
    """The use cases over the real provider port, in one process that stays warm."""

    def __init__(self) -> None:
        super().__init__()
        self.provider = SlowProvider()
        self._session = requests.Session()
        self._session.mount("https://", self.provider)
        self._breaker = CircuitBreaker(wall_clock=lambda: self.provider.now)

    def run(self, call: Call) -> float:
        """Carry out one request with the time of a function, and return the seconds it took."""
        began = self.provider.now
        client = BandyerClient(
            base_url="https://provider.test",
            api_key=StaticApiKey("ak"),
            session=self._session,
            circuit_breaker=self._breaker,
            remaining_seconds=lambda: began + FUNCTION_SECONDS - RESERVE_SECONDS - self.provider.now,
            sleep=lambda _: None,
        )
        rooms = BandyerRooms(
            client,
            ids=DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations"),
            frame_origins=lambda: frozenset({"https://provider.test"}),
            monotonic=lambda: self.provider.now,
        )
        self.ports = replace(self.ports, rooms=rooms)
        self.provider.calls.clear()
        call(self)
        return self.provider.now - began


@pytest.fixture
def service() -> SlowService:
    """A service that knows a doctor and a patient, and one visit of theirs."""
    service = SlowService()
    service.run(Service.create)
    return service


def post(service: SlowService) -> object:
    return service.create()


def post_new_people(service: SlowService) -> object:
    return service.create(NEW_PEOPLE)


def patch(service: SlowService) -> object:
    return service.update(_visit(service), duration_seconds=7200)


def delete(service: SlowService) -> object:
    return service.delete(_visit(service))


def _visit(service: SlowService) -> str:
    return next(one.id for one in service.teleconsultations.everything() if one.is_created)


@pytest.mark.parametrize(
    ("call", "calls", "seconds"),
    [
        (post, ["POST room/create"], 7.5),
        (patch, ["POST room/create", "DELETE room/delete"], 15.0),
        (delete, ["DELETE room/delete"], 7.5),
    ],
)
def test_a_provider_within_the_time_limit_is_waited_for(
    service: SlowService, call: Call, calls: list[str], seconds: float
) -> None:
    service.provider.seconds = 7.5

    taken = service.run(call)

    assert service.provider.calls == calls
    assert taken == seconds


@pytest.mark.parametrize(
    ("call", "calls", "longest_seconds"),
    [
        (post, ["POST room/create"], 8.0),
        # Two people are registered side by side, and this clock counts both.
        (post_new_people, ["POST user/create", "POST user/create"], 16.0),
        (patch, ["POST room/create"], 8.0),
        (delete, ["DELETE room/delete", "DELETE room/delete"], 16.0),
    ],
)
def test_a_provider_over_the_time_limit_gets_two_calls_of_a_request_at_most(
    service: SlowService, call: Call, calls: list[str], longest_seconds: float
) -> None:
    service.provider.seconds = 8.5
    began = service.provider.now

    with pytest.raises(ProviderUnavailableError):
        service.run(call)

    assert service.provider.calls == calls
    assert service.provider.now - began <= longest_seconds


def test_after_two_timeouts_the_next_requests_are_refused_at_once(service: SlowService) -> None:
    service.provider.seconds = 8.5
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            service.run(post)
    began = service.provider.now
    stored = len(service.teleconsultations.everything())

    with pytest.raises(ProviderUnavailableError) as error:
        service.run(post)

    assert (service.provider.now, service.provider.calls) == (began, [])
    assert (error.value.retry_after_seconds, error.value.outcome_unknown) == (10, False)
    assert len(service.teleconsultations.everything()) == stored


def test_a_provider_that_is_fast_again_is_used_after_one_trial(service: SlowService) -> None:
    service.provider.seconds = 8.5
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            service.run(post)

    service.provider.seconds = 0.1
    service.provider.now += 10

    service.run(post)
    service.run(post)
