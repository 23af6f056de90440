import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from httpx2 import Client

from local.bandyer_simulator.server import RunningSimulator, running_simulator

type Arm = Callable[..., None]
type State = Callable[[], dict[str, Any]]

# Long enough for a pending answer to arrive, short enough to wait for a missing one.
CLIENT_TIMEOUT_SECONDS = 0.3
DEADLINE_SECONDS = 10.0


@pytest.fixture
def arm(site: Client) -> Arm:
    def arm_fault(fault: str, *, method: str = "POST", path: str = "/user/create", **fields: Any) -> None:
        response = site.post(
            "/_control/faults", json={"method": method, "path": path, "fault": fault, **fields}
        )
        assert response.status_code == 201, response.text

    return arm_fault


@pytest.fixture
def state(site: Client) -> State:
    def read() -> dict[str, Any]:
        body: dict[str, Any] = site.get("/_control/state").json()
        return body

    return read


def _create(api: Client, user_id: str = "ann", *, timeout: float = DEADLINE_SECONDS) -> httpx2.Response:
    return api.post("/user/create", json={"id": user_id, "role": "plus"}, timeout=timeout)


def _user_ids(state: State) -> list[str]:
    return [user["id"] for user in state()["users"]]


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.mark.parametrize("status", [401, 422, 429, 500, 503])
def test_status_fault_answers_without_effect(api: Client, arm: Arm, state: State, status: int) -> None:
    arm(f"status:{status}")

    response = _create(api)

    assert response.status_code == response.json()["status"] == status
    assert "Retry-After" not in response.headers
    assert _user_ids(state) == []
    assert state()["requests"] == [{"method": "POST", "path": "/rest/user/create", "status": status}]


@pytest.mark.parametrize("seconds", [0, 7])
def test_status_fault_can_send_retry_after(api: Client, arm: Arm, seconds: int) -> None:
    arm("status:429", retry_after=seconds)

    response = _create(api)

    assert (response.status_code, response.headers["Retry-After"]) == (429, str(seconds))


def test_fault_applies_once_by_default(api: Client, arm: Arm) -> None:
    arm("status:500")

    statuses = [_create(api, f"user{index}").status_code for index in range(2)]

    assert statuses == [500, 200]


def test_fault_applies_the_given_times_before_the_next_one(api: Client, arm: Arm) -> None:
    arm("status:500", times=2)
    arm("status:503")

    statuses = [_create(api, f"user{index}").status_code for index in range(4)]

    assert statuses == [500, 500, 503, 200]


def test_fault_applies_to_its_method_and_path_only(api: Client, arm: Arm) -> None:
    arm("status:500", method="GET", path="/user/list/")

    statuses = [
        _create(api).status_code,
        api.get("/user/list").status_code,
        api.get("/user/list/ann").status_code,
        api.get("/user/list/ann").status_code,
    ]

    assert statuses == [200, 200, 500, 200]


@pytest.mark.parametrize(("method", "path"), [("*", "/"), ("post", "/rest/user"), ("POST", "/user/create")])
def test_fault_may_name_any_method_and_the_full_path(api: Client, arm: Arm, method: str, path: str) -> None:
    arm("status:500", method=method, path=path)

    response = _create(api)

    assert response.status_code == 500


def test_faults_can_be_cleared(api: Client, site: Client, arm: Arm) -> None:
    arm("status:500", times=50)

    withdrawn = site.delete("/_control/faults")

    assert withdrawn.status_code == 200
    assert _create(api).status_code == 200


def test_control_routes_have_no_faults(site: Client, arm: Arm) -> None:
    arm("status:500", method="*", path="/", times=5)

    assert site.get("/_control/state").status_code == 200


def test_timeout_before_has_no_effect(api: Client, arm: Arm, state: State) -> None:
    arm("timeout_before")

    with pytest.raises(httpx2.ReadTimeout):
        _create(api, timeout=CLIENT_TIMEOUT_SECONDS)

    assert _user_ids(state) == []
    assert state()["requests"] == [{"method": "POST", "path": "/rest/user/create", "status": None}]


def test_timeout_after_commit_keeps_the_effect(api: Client, arm: Arm, state: State) -> None:
    arm("timeout_after_commit")

    with pytest.raises(httpx2.ReadTimeout):
        _create(api, timeout=CLIENT_TIMEOUT_SECONDS)
    repeated = _create(api)

    assert _user_ids(state) == ["ann"]
    assert (repeated.status_code, repeated.json()["code"]) == (400, "user_id_already_exists")
    assert [request["status"] for request in state()["requests"]] == [None, 400]


def test_room_whose_answer_was_lost_exists(api: Client, arm: Arm, state: State) -> None:
    for user_id, role in (("doctor", "plus"), ("patient", "basic")):
        api.post("/user/create", json={"id": user_id, "role": role})
    arm("timeout_after_commit", path="/room/create")
    body = {"participants": [{"user_id": "doctor"}, {"user_id": "patient"}], "description": "attempt-1"}

    with pytest.raises(httpx2.ReadTimeout):
        api.post("/room/create", json=body, timeout=CLIENT_TIMEOUT_SECONDS)

    assert [room["description"] for room in api.get("/room/list").json()["rooms"]] == ["attempt-1"]
    assert len(state()["rooms"]) == 1


def test_held_request_does_not_block_other_requests(api: Client, arm: Arm, state: State) -> None:
    arm("timeout_before", times=3)
    with ThreadPoolExecutor() as pool:
        held = [
            pool.submit(_create, api, f"held{index}", timeout=3 * CLIENT_TIMEOUT_SECONDS)
            for index in range(3)
        ]
        _eventually(lambda: state()["held"] == 3)

        other = _create(api, "other")

        still_held = [not request.done() for request in held]
        assert all(isinstance(request.exception(), httpx2.ReadTimeout) for request in held)
    assert other.status_code == 200
    assert all(still_held)


def test_clearing_faults_releases_held_requests(api: Client, site: Client, arm: Arm, state: State) -> None:
    arm("timeout_before")
    with ThreadPoolExecutor() as pool:
        held = pool.submit(_create, api)
        _eventually(lambda: state()["held"] == 1)

        site.delete("/_control/faults")

        assert held.result().status_code == 504
    assert _user_ids(state) == []


def test_hold_ends_after_hold_seconds() -> None:
    with (
        running_simulator(api_key="ak_test_x", hold_seconds=0.05) as simulator,
        Client(base_url=simulator.url, headers={"apikey": "ak_test_x"}) as client,
    ):
        client.post("/_control/faults", json={"method": "GET", "path": "/company", "fault": "timeout_before"})

        response = client.get("/rest/company")

    assert response.status_code == 504


def test_held_request_does_not_keep_the_server_from_stopping() -> None:
    with ThreadPoolExecutor() as pool, running_simulator(api_key="ak_test_x") as simulator:
        client = Client(base_url=simulator.url, headers={"apikey": "ak_test_x"})
        client.post("/_control/faults", json={"method": "GET", "path": "/company", "fault": "timeout_before"})
        held = pool.submit(client.get, "/rest/company", timeout=DEADLINE_SECONDS)
        _eventually(lambda: client.get("/_control/state").json()["held"] == 1)
        started = time.monotonic()

    stopped_after = time.monotonic() - started
    client.close()
    assert held.result().status_code == 504
    assert stopped_after < DEADLINE_SECONDS / 2


def test_malformed_body_has_status_200_and_invalid_json(api: Client, arm: Arm, state: State) -> None:
    arm("malformed_body")

    response = _create(api)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        response.json()
    assert _user_ids(state) == ["ann"]


def test_malformed_body_keeps_an_error_status(api: Client, arm: Arm) -> None:
    arm("malformed_body")

    response = api.post("/user/create", json={"role": "boss"})

    assert response.status_code == 422


def test_slow_answer_comes_late_and_complete(api: Client, arm: Arm) -> None:
    arm("slow:0.2")
    started = time.monotonic()

    response = _create(api)

    assert time.monotonic() - started >= 0.2
    assert response.json()["id"] == "ann"


def test_slow_request_takes_effect_although_its_client_left(api: Client, arm: Arm, state: State) -> None:
    arm("slow:0.4")

    with pytest.raises(httpx2.ReadTimeout):
        _create(api, timeout=0.05)

    _eventually(lambda: _user_ids(state) == ["ann"])


def test_slow_request_has_no_effect_after_a_reset(api: Client, site: Client, arm: Arm, state: State) -> None:
    arm("slow:60")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(_create, api)
        _eventually(lambda: state()["held"] == 1)

        site.post("/_control/reset")

        assert slow.result().status_code == 504
    assert _user_ids(state) == []


@pytest.mark.parametrize(("fault", "left_behind"), [("reset_before", []), ("reset_after_commit", ["ann"])])
def test_reset_fault_resets_the_connection(
    api: Client, arm: Arm, state: State, fault: str, left_behind: list[str]
) -> None:
    arm(fault)

    with pytest.raises(httpx2.NetworkError, match="reset by peer"):
        _create(api)

    assert _user_ids(state) == left_behind
    assert state()["requests"] == [{"method": "POST", "path": "/rest/user/create", "status": None}]
    assert api.get("/user/list").status_code == 200


def test_fault_is_used_up_by_one_of_many_parallel_requests(api: Client, arm: Arm) -> None:
    arm("status:500", times=3)

    with ThreadPoolExecutor(max_workers=8) as pool:
        responses = list(pool.map(lambda index: _create(api, f"user{index}"), range(16)))

    assert sorted(response.status_code for response in responses) == [200] * 13 + [500] * 3


def test_only_one_of_parallel_creations_of_one_id_succeeds(api: Client, state: State) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        responses = list(pool.map(lambda _: _create(api), range(16)))

    assert sorted(response.status_code for response in responses) == [200] + [400] * 15
    assert _user_ids(state) == ["ann"]


def test_connections_that_carried_api_requests_are_counted(simulator: RunningSimulator, state: State) -> None:
    headers = {"apikey": simulator.api_key}

    with Client(base_url=simulator.api_url, headers=headers) as reusing:
        reusing.get("/user/list")
        reusing.get("/user/list")
    httpx2.get(f"{simulator.api_url}/user/list", headers=headers)

    assert state()["connections"] == 2
