"""A visit's story, from the request to an endpoint: stream, publisher, queue, sender, signature."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from local import events_page
from local.stack import Stack, running_stack, utc_now

PATIENCE_SECONDS = 60.0
PEOPLE = [
    {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Anna Neri"},
    {"userExternalId": "patient-1", "groups": ["patient"], "fullName": "Joe Smith"},
]


class Billing(BaseHTTPRequestHandler):
    """An endpoint of a booking system, which answers 503 to the first attempt."""

    received: list[tuple[bytes, dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(500 if len(self.received) == 1 else 204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def billing() -> Iterator[type[Billing]]:
    Billing.received = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Billing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Billing.url = f"http://127.0.0.1:{server.server_port}/hooks"  # type: ignore[attr-defined]
        yield Billing
        server.shutdown()


@pytest.fixture(scope="module")
def stack(billing: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(state_directory=tmp_path_factory.mktemp("state"), events_to=[billing.url]) as stack:
        yield stack


@pytest.fixture(scope="module")
def story(stack: Stack) -> str:
    """A visit whose door is open, moved and deleted."""
    token = stack.issuer.token("booking", manage=True)
    with httpx2.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60) as http:
        start = utc_now()
        visit = http.post(
            f"{stack.api_url}/teleconsultation",
            json={
                "participants": {"number": 2, "data": PEOPLE},
                "start_date": start.isoformat(),
                "duration_in_seconds": 3600,
            },
        ).raise_for_status()
        room_id: str = visit.json()["roomId"]
        _until(lambda: "teleconsultation.opened" in _types(stack, room_id))
        moved = (start + timedelta(minutes=1)).isoformat()
        one = f"{stack.api_url}/teleconsultation/{room_id}"
        http.patch(one, json={"start_date": moved}).raise_for_status()
        http.delete(one).raise_for_status()
    _until(lambda: "teleconsultation.deleted" in _types(stack, room_id))
    return room_id


def _events(stack: Stack) -> list[dict[str, Any]]:
    answer = httpx2.get(f"{stack.site_url}{events_page.PATH}/list", trust_env=False)
    events: list[dict[str, Any]] = answer.raise_for_status().json()["events"]
    return events


def _types(stack: Stack, room_id: str) -> list[str]:
    return [event["type"] for event in _events(stack) if event["subject"] == room_id]


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def test_the_page_shows_the_visits_story_in_order(stack: Stack, story: str) -> None:
    assert _types(stack, story) == [
        "teleconsultation.created",
        "teleconsultation.opened",
        "teleconsultation.updated",
        "teleconsultation.deleted",
    ]


def test_an_endpoint_gets_each_event_signed_and_after_a_failure_again(
    stack: Stack, billing: Any, story: str
) -> None:
    def ids() -> list[str]:
        return [headers["webhook-id"] for _, headers in billing.received]

    _until(lambda: set(ids()) >= {event["id"] for event in _events(stack)})

    webhook = Webhook(str(stack.events_secret))
    told = [webhook.verify(body, headers) for body, headers in billing.received]
    assert all(
        headers["webhook-id"] == event["id"]
        for event, (_, headers) in zip(told, billing.received, strict=True)
    )
    # The first was refused once, and the visit's others waited for it.
    assert ids()[0] == ids()[1]
    assert [event["type"] for event in told][1:] == _types(stack, story)


def test_what_arrives_names_nobody(stack: Stack, billing: Any, story: str) -> None:
    text = str(billing.received)

    assert story in text
    for secret in ("Anna Neri", "Joe Smith", "doctor-1", "patient-1", "#j=", "http://127.0.0.1:8090"):
        assert secret not in text


def test_the_page_takes_no_event_that_is_not_signed(stack: Stack, story: str) -> None:
    inbox = f"{stack.site_url}{events_page.INBOX_PATH}"
    headers = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = utc_now()
    forged = {
        "webhook-id": "evt_x",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": headers.sign("evt_x", now, "{}"),
    }

    for sent in ({}, forged):
        assert httpx2.post(inbox, content=b"{}", headers=sent, trust_env=False).status_code == 401
    assert "evt_x" not in [event["id"] for event in _events(stack)]


@pytest.mark.parametrize("path", ["", "/files/events.css", "/files/events.js"])
def test_the_pages_files_are_served(stack: Stack, path: str) -> None:
    answer = httpx2.get(f"{stack.site_url}{events_page.PATH}{path}", trust_env=False)

    assert answer.status_code == 200
    folder = Path(events_page.__file__).parent
    assert answer.content == (folder / (path.removeprefix("/") or "index.html")).read_bytes()
