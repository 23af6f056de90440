"""A simulator on a real port, and a page of another origin that frames its calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from httpx2 import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from local.asgi_server import AsgiServer
from local.bandyer_simulator.app import create_app
from local.bandyer_simulator.memory.live_calls import hang_up
from local.bandyer_simulator.memory.state import State

API_KEY = "ak_test_call"
START = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


@dataclass(kw_only=True)
class CallSite:
    """The addresses of both servers, and the simulator's clock."""

    url: str = ""
    outer_url: str = ""
    now: datetime = START
    allow: str = ""
    api: Client = field(default_factory=Client)
    state: State

    def advance(self, *, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def room(self, *users: str, tools: dict[str, Any] | None = None, **fields: Any) -> dict[str, str]:
        """Create a room and return its users' links, and its id as `room_id`; the first user is a doctor."""
        for index, user in enumerate(users):
            self.api.post("/user/create", json={"id": user, "role": "basic" if index else "plus"})
        participants = [
            {"user_id": user, **({"tools": tools[user]} if tools and user in tools else {})} for user in users
        ]
        body = {"participants": participants, "directCall": True, **fields}
        response = self.api.post("/room/create", json=body)
        assert response.status_code == 200, response.text
        room = response.json()["room"]
        return {
            "room_id": room["room_id"],
            **{each["user"]: f"{each['url']}?language=en" for each in room["user_urls"]},
        }

    def choose_background(self, image: bytes) -> str:
        """Upload a virtual background, make it the company's default one, and return its alias."""
        uploaded = self.api.post(
            "/company/virtual-background", files={"virtual_background": ("background.jpeg", image)}
        )
        alias: str = uploaded.json()["virtual_background"]["background_alias"]
        self.api.post("/company/update", json={"background_alias": alias})
        return alias

    def framed(self, link: str) -> str:
        """Return the address of a page that frames the call."""
        return f"{self.outer_url}/?link={link.replace('?', '%3F').replace('&', '%26')}"

    def cut_streams(self) -> None:
        """End all event streams, like a failing network."""
        hang_up(self.state)

    def reset(self) -> None:
        with Client(base_url=self.url) as client:
            client.post("/_control/reset")
        self.now = START
        self.allow = "camera; microphone; display-capture; autoplay"


@contextmanager
def running_call_site() -> Iterator[CallSite]:
    """Run both servers until the block ends."""
    app = create_app(api_key=API_KEY, public_url=lambda: server.url, clock=lambda: site.now)
    site = CallSite(state=app.state.simulator)

    async def outer(request: Request) -> HTMLResponse:
        link = escape(request.query_params["link"], quote=True)
        allow = "; ".join(f"{name} {site.url}" for name in site.allow.split("; ") if name)
        return HTMLResponse(
            f'<!doctype html><title>Outer</title><iframe width="600" height="400" allow="{allow}" '
            f'referrerpolicy="no-referrer" src="{link}"></iframe>'
        )

    async def landing(_request: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>Landing</title><p>Landed</p>")

    server = AsgiServer(app)
    around = AsgiServer(Starlette(routes=[Route("/", outer), Route("/landing", landing)]))
    with server, around:
        site.url, site.outer_url = server.url, around.url
        with Client(base_url=f"{server.url}/rest", headers={"apikey": API_KEY}) as site.api:
            yield site
        hang_up(site.state)
