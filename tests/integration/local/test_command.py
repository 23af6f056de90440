import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from local.ports import HOST, VARIABLES, Ports
from tests.conditions import wait_until

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass
class Running:
    """A started `python -m local`, ready for use."""

    process: subprocess.Popen[str]
    ports: Ports
    text: str

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def lines(self, pattern: str) -> list[str]:
        return [line for line in self.text.splitlines() if re.match(pattern, line)]


def environment_of(ports: Ports) -> dict[str, str]:
    chosen = {variable: str(getattr(ports, name)) for name, variable in VARIABLES.items()}
    return {**os.environ, **chosen, "NO_COLOR": "1"}


def run(*arguments: str, ports: Ports, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**environment_of(ports), **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def start() -> Running:
    ports = Ports.free()
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment_of(ports),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Unlike in a terminal: signals go to this process only.
        start_new_session=True,
    )
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("Ready."):
            return Running(process, ports, text)
    raise AssertionError(f"it ended with {process.wait()}: {text}")


@pytest.fixture
def started() -> Iterator[Running]:
    running = start()
    yield running
    finish(running)


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    running = start()
    yield running
    finish(running)


def finish(running: Running) -> None:
    running.process.kill()
    running.process.wait()
    assert running.process.stdout is not None
    running.process.stdout.close()


def descendants(process_id: int) -> set[int]:
    children: set[int] = set()
    for task in Path(f"/proc/{process_id}/task").iterdir():
        children |= {int(child) for child in (task / "children").read_text(encoding="utf-8").split()}
    return children.union(*(descendants(child) for child in children))


def is_gone(process_id: int) -> bool:
    try:
        return (
            Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
        )
    except FileNotFoundError:
        return True


def curl(command: str) -> tuple[int, str]:
    answer = subprocess.run(
        ["bash", "-c", f"{command} --silent --noproxy '*'"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    head, _, body = answer.replace("\r", "").partition("\n\n")
    return int(head.split()[1]), body


def test_every_printed_command_works_when_it_is_pasted(started: Running) -> None:
    commands = {line.split()[3]: line for line in started.lines("curl ")}

    statuses = {method: curl(commands[method])[0] for method in ("POST", "GET", "PATCH")}
    after_the_change = json.loads(curl(commands["GET"])[1])
    deleted = curl(commands["DELETE"])[0]
    after_the_end = curl(commands["GET"])[0]

    assert statuses == {"POST": 201, "GET": 200, "PATCH": 204}
    # The printed PATCH must not close the door of the printed links.
    assert after_the_change["state"] == "OPEN"
    assert (deleted, after_the_end) == (204, 410)


def without_events(printed: str) -> str:
    """Return the lines without the provider's event of the visit's room, which comes when it comes."""
    return re.sub(r"POST +/webhooks/bandyer +200  \d+ ms\n", "", printed)


def test_the_console_prints_requests_without_ids(started: Running) -> None:
    [command] = started.lines("curl -i -X GET")
    curl(command.replace("' -H", "?language=it' -H", 1))

    code = started.stop(signal.SIGINT)

    assert started.process.stdout is not None
    rest = without_events(started.process.stdout.read())
    assert re.fullmatch(r"GET    /teleconsultation/\{id\} +200  \d+ ms\nStopped\.\n", rest)
    assert code == 0


def test_the_console_shows_no_secret_of_a_link_that_is_opened(started: Running) -> None:
    link, *_ = started.lines(rf"http://{HOST}:{started.ports.gateway}/teleconsultation/.*#j=")
    page, _, secret = link.partition("#j=")
    httpx2.get(
        page.replace("/teleconsultation", "/api/teleconsultation") + "/join",
        headers={"authorization": f"Bearer {secret}"},
        trust_env=False,
    )

    started.stop(signal.SIGINT)

    assert started.process.stdout is not None
    rest = without_events(started.process.stdout.read())
    assert re.fullmatch(r"GET    /teleconsultation/\{id\}/join +200  \d+ ms\nStopped\.\n", rest)


def test_both_links_lead_to_a_page_and_into_an_open_visit(shared: Running) -> None:
    links = shared.lines(rf"http://{HOST}:{shared.ports.gateway}/teleconsultation/.*#j=")

    names = []
    for link in links:
        page, _, secret = link.partition("#j=")
        room = page.rpartition("/")[2]
        call = httpx2.get(
            f"http://{HOST}:{shared.ports.gateway}/api/teleconsultation/{room}/join",
            headers={"authorization": f"Bearer {secret}"},
            trust_env=False,
        ).json()
        assert (httpx2.get(page, trust_env=False).status_code, call["state"]) == (200, "OPEN")
        assert httpx2.get(call["accessLinkURL"], trust_env=False).status_code == 200
        names += parse_qs(urlsplit(call["accessLinkURL"]).query)["display_name"]

    assert names == ["Dana Doctor", "Paolo Patient"]
    # A link with a token would be wider than a screen.
    assert max(len(link) for link in links) <= 100


def test_links_and_commands_are_not_wrapped(shared: Running) -> None:
    assert len(shared.lines("curl .*'$")) == 4
    assert all(line.count("'") % 2 == 0 for line in shared.lines("curl "))
    assert not shared.lines(r".*…")


def test_one_visit_was_created_through_the_api(shared: Running) -> None:
    state = httpx2.get(f"http://{HOST}:{shared.ports.bandyer}/_control/state", trust_env=False).json()

    assert len(state["rooms"]) == 1
    assert len(state["users"]) == 2


@pytest.mark.parametrize(("flags", "status"), [((), 403), (("--manage",), 400)])
def test_a_token_from_the_command_is_accepted(shared: Running, flags: tuple[str, ...], status: int) -> None:
    result = run("token", "--user", "somebody", *flags, ports=shared.ports)

    response = httpx2.post(
        f"http://{HOST}:{shared.ports.gateway}/api/teleconsultation",
        headers={"authorization": f"Bearer {result.stdout.strip()}"},
        trust_env=False,
    )
    # 400: accepted by the gateway, refused by the function for its missing body.
    assert (result.returncode, result.stderr, response.status_code) == (0, "", status)


def test_an_expired_token_can_be_made_to_try_it(shared: Running) -> None:
    result = run("token", "--user", "somebody", "--expires-in", "-1", ports=shared.ports)

    response = httpx2.get(
        f"http://{HOST}:{shared.ports.gateway}/api/teleconsultation/0123456789abcdef01234567",
        headers={"authorization": f"Bearer {result.stdout.strip()}"},
        trust_env=False,
    )
    assert response.status_code == 401


def test_a_port_in_use_is_one_line_and_nothing_starts(shared: Running) -> None:
    ports = Ports(**{**vars(Ports.free()), "issuer": shared.ports.issuer})

    result = run(ports=ports)

    assert (result.returncode, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert str(shared.ports.issuer) in line
    assert "ISSUER_PORT" in line


def test_a_port_that_is_no_number_is_one_line() -> None:
    result = run(ports=Ports.free(), BANDYER_PORT="eighty")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "BANDYER_PORT must be a port number from 1 to 65535.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_quickly_and_in_order(started: Running, number: signal.Signals) -> None:
    processes = descendants(started.process.pid)

    began = time.monotonic()
    code = started.stop(number)

    assert code == 0
    assert time.monotonic() - began < 5
    assert len(processes) >= 5
    assert wait_until(lambda: all(is_gone(process) for process in processes), seconds=STOP_SECONDS)
    started.ports.check()


def test_killing_the_stack_ends_all_its_processes(started: Running) -> None:
    processes = descendants(started.process.pid)

    started.stop(signal.SIGKILL)

    assert wait_until(lambda: all(is_gone(process) for process in processes), seconds=STOP_SECONDS)
