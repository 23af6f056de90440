import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from local.asgi_server import AsgiServer, PortInUseError, ServerStartError
from local.bandyer_simulator.server import running_simulator
from tests.contract.bandyer_simulator.open_pages import OpenPage

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "local.bandyer_simulator")
START_SECONDS = 30
STOP_SECONDS = 15


def test_simulator_answers_inside_the_block_only() -> None:
    with running_simulator(api_key="ak_test_x") as simulator:
        inside = httpx2.get(f"{simulator.api_url}/company", headers={"apikey": "ak_test_x"})

    assert inside.status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(simulator.url)


def test_links_lead_to_where_the_simulator_listens() -> None:
    with running_simulator(api_key="ak_test_x") as simulator:
        company = httpx2.get(f"{simulator.api_url}/company", headers={"apikey": "ak_test_x"}).json()[
            "company"
        ]
        logo = httpx2.get(company["logos"]["light_url"])

    assert company["logos"]["light_url"].startswith(f"{simulator.url}/")
    assert logo.headers["Content-Type"] == "image/svg+xml"


def test_two_simulators_share_no_state() -> None:
    with running_simulator(api_key="ak_test_x") as first, running_simulator(api_key="ak_test_y") as second:
        httpx2.post(f"{first.api_url}/user/create", headers={"apikey": "ak_test_x"}, json={"role": "plus"})

        users = [
            len(httpx2.get(f"{simulator.url}/_control/state").json()["users"])
            for simulator in (first, second)
        ]

    assert first.port != second.port
    assert users == [1, 0]


def test_open_call_does_not_keep_the_server_from_stopping() -> None:
    with running_simulator(api_key="ak_test_x") as simulator:
        api = httpx2.Client(base_url=simulator.api_url, headers={"apikey": "ak_test_x"})
        for user, role in (("doctor", "plus"), ("patient", "basic")):
            api.post("/user/create", json={"id": user, "role": role})
        body = {"participants": [{"user_id": "doctor"}, {"user_id": "patient"}]}
        room = api.post("/room/create", json=body).json()["room"]
        api.close()
        page = OpenPage(simulator.url, token=room["user_urls"][0]["url"].rpartition("/")[2]).enter()
        before_stop = time.monotonic()

    # Open requests get one second to finish: an open stream would delay the stop by that time.
    assert time.monotonic() - before_stop < 0.9
    page.expect_end()
    page.close()


def test_port_in_use_is_one_clear_line() -> None:
    with (
        running_simulator(api_key="ak_test_x") as simulator,
        pytest.raises(PortInUseError) as refusal,
        running_simulator(api_key="ak_test_x", port=simulator.port),
    ):
        pass

    assert refusal.value.port == simulator.port
    assert str(simulator.port) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_port_is_free_again_at_once() -> None:
    with running_simulator(api_key="ak_test_x") as simulator:
        httpx2.get(f"{simulator.url}/_control/state")

    with running_simulator(api_key="ak_test_x", port=simulator.port) as again:
        response = httpx2.get(f"{again.url}/_control/state")

    assert response.json()["requests"] == []


def test_application_that_does_not_start_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def failing(app: Starlette) -> AsyncIterator[None]:
        _fail()
        yield

    caplog.set_level(logging.CRITICAL)
    server = AsgiServer(Starlette(lifespan=failing))

    with pytest.raises(ServerStartError):
        server.start()

    with pytest.raises(RuntimeError, match="not running"):
        _ = server.port


def _fail() -> None:
    raise RuntimeError("no disk")


def test_stop_is_idempotent() -> None:
    server = AsgiServer(Starlette()).start()

    server.stop()
    server.stop()

    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


def test_second_start_is_refused() -> None:
    with AsgiServer(Starlette()) as server, pytest.raises(RuntimeError, match="already"):
        server.start()


def test_server_can_start_again_after_a_stop() -> None:
    server = AsgiServer(Starlette())
    with server:
        pass

    with server:
        response = httpx2.get(server.url)

    assert response.status_code == 404


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements() -> None:
    with AsgiServer(Starlette()) as server, httpx2.Client(base_url=server.url) as client:
        client.get("/")
        seconds = [client.get("/").elapsed.total_seconds() for _ in range(10)]

    # Nagle's algorithm and delayed acknowledgements together would cost 40 ms each time.
    assert min(seconds) < 0.03


def test_the_command_serves_on_a_free_port_until_it_is_terminated() -> None:
    command = [*COMMAND, "--port", "0", "--api-key", "ak_test_x"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = process.stdout.readline()
            url = re.fullmatch(r"Bandyer simulator: (\S+)  \(API key: ak_test_x\)\n", printed)
            assert url is not None, printed

            answer = httpx2.get(f"{url[1]}/company", headers={"apikey": "ak_test_x"}, trust_env=False)
            process.send_signal(signal.SIGTERM)
            status = process.wait(STOP_SECONDS)
        finally:
            process.kill()

    assert answer.status_code == 200
    assert status == 0


def test_the_command_reports_a_taken_port_in_one_line() -> None:
    with running_simulator(api_key="ak_test_x") as simulator:
        result = subprocess.run(
            [*COMMAND, "--port", str(simulator.port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    assert (result.returncode, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith(f"Port {simulator.port} on this machine is already in use.")
    assert "--port" in line
