"""The provider's simulator in this process, behind a line on which one call in a hundred goes wrong."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from starlette.types import Message
from urllib3.exceptions import NewConnectionError, ProtocolError

from local.bandyer_simulator.app import create_app
from local.bandyer_simulator.memory.attendance import Attendee, Event
from local.bandyer_simulator.memory.live_calls import connect, disconnect, refreshed
from local.bandyer_simulator.memory.records import Room
from local.bandyer_simulator.memory.state import State
from tests.fakes.effects import KilledError
from tests.fakes.watch import Watch
from tests.faults.tap import FAULTS

ADDRESS = "https://provider.test"
KINDS = (*FAULTS, "status:403", "dies before", "dies after")
"""What may become of a call: the faults of the matrix, a refusal, and the death of the process."""
COMMITS = frozenset({"reset_after_commit", "timeout_after_commit", "malformed_body", "dies after"})

type Expelled = Callable[[str], None]


class Provider(BaseAdapter):
    """One company's account, as the only adapter of the service's HTTP session."""

    def __init__(self, *, clock: Watch, seed: int, fault_rate: float) -> None:
        super().__init__()
        self.keys = {"ak_of_the_first_day"}
        """The API keys that are valid now."""
        self.fault_rate = fault_rate
        self.is_down = False
        self.calls = 0
        self.faults: Counter[str] = Counter()
        self.lost: dict[str, datetime] = {}
        """Rooms that another program of the company has deleted or disabled, and when."""
        self._app = create_app(api_key="ak_inside", public_url=ADDRESS, clock=clock)
        self.state: State = self._app.state.simulator
        self._seed = seed
        self._counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

    # ── THE LINE ─────────────────────────────────────────────────────────────────────────────────────────

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Answer a request of the service, or let it go wrong."""
        with self._lock:
            self.calls += 1
            kind = self._drawn(request)
            if kind is None:
                return self._answer(request)
            self.faults[kind] += 1
            answer = self._answer(request) if kind in COMMITS else None
        match kind:
            case "refused":
                raise requests.ConnectionError(NewConnectionError(None, "refused"))  # type: ignore[arg-type]
            case "reset_before" | "reset_after_commit":
                raise requests.ConnectionError(ProtocolError("reset", ConnectionResetError()))
            case "timeout_before" | "timeout_after_commit":
                raise requests.ReadTimeout
            case "dies before" | "dies after":
                raise KilledError
            case "malformed_body":
                assert answer is not None
                return _response(request, status=answer.status_code, body=b'{"room":{"room_id":"room_')
            case _:
                return _response(request, status=int(kind.partition(":")[2]), body=b"{}")

    def close(self) -> None:
        """As of every adapter; the session closes it when its connections are old."""

    def _drawn(self, request: requests.PreparedRequest) -> str | None:
        if self.is_down:
            return "timeout_before"
        # By the call and not by the order of calls, because several threads register users.
        path = urlsplit(str(request.url)).path.split("/")
        name = f"{request.method} {'/'.join(path[2:4])} {_user_of(request)}"
        self._counts[name] += 1
        chance = random.Random(f"{self._seed} {name} {self._counts[name]}")
        return chance.choice(KINDS) if chance.random() < self.fault_rate else None

    def _answer(self, request: requests.PreparedRequest) -> requests.Response:
        parts = urlsplit(str(request.url))
        body = request.body or b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("apikey") in self.keys:
            headers["apikey"] = "ak_inside"
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.encode(), str(value).encode()) for name, value in headers.items()],
        }
        messages = [{"type": "http.request", "body": body.encode() if isinstance(body, str) else body}]
        sent: list[Message] = []

        async def receive() -> Message:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        self._loop.run_until_complete(self._app(scope, receive, send))
        content = b"".join(message.get("body", b"") for message in sent)
        return _response(request, status=sent[0]["status"], body=content)

    # ── THE PEOPLE IN ITS ROOMS ──────────────────────────────────────────────────────────────────────────

    def enter(self, link: str, *, name: str, expelled: Expelled) -> Attendee | None:
        """Open a link, and return who is in the call now; None if the link is dead."""
        token = urlsplit(link).path.rpartition("/")[2]

        def deliver(event: Event | None) -> None:
            if event is not None and event["type"] == "expelled":
                expelled(event["reason"])

        with refreshed(self.state):
            led = self.state.live_link(token)
            if led is None:
                return None
            return connect(self.state, room=led[0], participant=led[1], name=name, deliver=deliver)

    def leave(self, attendee: Attendee) -> None:
        """Let somebody hang up."""
        with refreshed(self.state):
            disconnect(self.state, attendee=attendee)

    def living(self) -> dict[str, Room]:
        """Return the rooms whose links work, by id."""
        with refreshed(self.state):
            return {id_: room for id_, room in self.state.rooms.items() if room.status != "CLOSED"}

    def lose(self, room_id: str, *, deleted: bool) -> None:
        """Delete or disable a room, as another program of the company may."""
        self.lost[room_id] = self.state.clock()
        with refreshed(self.state):
            room = self.state.rooms[room_id]
            changed = replace(room, deleted=True) if deleted else replace(room, disabled=True)
            self.state.rooms[room_id] = changed

    def tidy(self) -> None:
        """Forget what nobody can ask for any more: a year of it would slow the simulator down."""
        with refreshed(self.state):
            self.state.requests.clear()
            for room_id, room in list(self.state.rooms.items()):
                if room.status == "CLOSED":
                    self.state.live_calls.pop(room_id, None)
                if room.deleted:
                    del self.state.rooms[room_id]
                    for seat in room.participants:
                        del self.state.link_tokens[seat.token]

    def end(self) -> None:
        """Close what the simulator runs on."""
        self._loop.close()


def _user_of(request: requests.PreparedRequest) -> str:
    path = urlsplit(str(request.url)).path
    if not path.endswith("/user/create"):
        return ""
    body: Any = request.body
    return body.decode() if isinstance(body, bytes) else str(body)


def _response(request: requests.PreparedRequest, *, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = str(request.url)
    response._content = body
    return response
