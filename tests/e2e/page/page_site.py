"""The page as a browser meets it.

Its files under the strictest headers, an API that says what a test tells it to, and the provider's page on an
origin of its own.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

FRONTEND = Path(__file__).parents[3] / "frontend_static"
START_TIMEOUT_SECONDS = 10
REQUESTS_TIMEOUT_SECONDS = 15

TELECONSULTATION_ID = "5f0c1e2d3a4b5c6d7e8f9a0b"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwYXRpZW50In0.c2lnbmF0dXJl"

Answer = Callable[[], Response]


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    path: str
    query: str
    authorization: str
    referer: str


@dataclass
class Site:
    """What the tests set and read; `answer` holds until it is changed."""

    answer: Answer
    page_origin: str = ""
    provider_origin: str = ""
    local_mode: bool = True
    asked: list[Asked] = field(default_factory=list)
    provider_asked: list[Asked] = field(default_factory=list)

    def reset(self) -> None:
        self.answer = call_data("SCHEDULED")
        self.local_mode = True
        self.asked.clear()
        self.provider_asked.clear()

    def link(self, path: str = "/connect/direct-rest-call-handler/abc") -> str:
        return self.provider_origin + path

    def page_url(self, *, query: str = "", fragment: str = f"#token={TOKEN}") -> str:
        return f"{self.page_origin}/teleconsultation/{TELECONSULTATION_ID}{query}{fragment}"


def call_data(
    state: str,
    *,
    opens_in_seconds: float = 600,
    retry_after_seconds: int | None = None,
    link: str | None = None,
    language: str | None = None,
    start: datetime | None = None,
) -> Answer:
    """The GET body; the door's time is fixed when this is called, the server's time when it is asked for."""
    opens_at = (
        (start - timedelta(minutes=10)) if start else datetime.now(UTC) + timedelta(seconds=opens_in_seconds)
    )
    start_date = opens_at + timedelta(minutes=10)
    end_date = start_date + timedelta(minutes=30)

    def answer() -> Response:
        body = {
            "roomId": TELECONSULTATION_ID,
            "state": state,
            "serverTime": _iso(datetime.now(UTC)),
            "startDate": _iso(start_date),
            "endDate": _iso(end_date),
            "opensAt": _iso(opens_at),
            "closesAt": _iso(end_date + timedelta(minutes=15)),
            "retryAfterSeconds": retry_after_seconds,
            "bandyerUserId": "usr_2",
            "accessLinkURL": link,
            "participantsBandyerCall": [
                {"bandyerUserId": "usr_1", "fullName": "Dr. Ada Rossi"},
                {"bandyerUserId": "usr_2", "fullName": "Joe Smith"},
            ],
            "language": language,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    return answer


def problem(status: int, code: str, *, retry_after_seconds: int | None = None) -> Answer:
    """An error of our own functions (RFC 9457)."""
    headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
    body = {"type": "about:blank", "title": code, "status": status, "code": code}
    return lambda: JSONResponse(body, status, headers, media_type="application/problem+json")


def gateway_error(status: int, message: str) -> Answer:
    """An error of API Gateway itself."""
    return lambda: JSONResponse({"message": message}, status)


def web_page(status: int) -> Answer:
    """What a proxy or a CDN answers in place of the API."""
    return lambda: HTMLResponse("<h1>Bad gateway</h1>", status)


@contextmanager
def served_site() -> Iterator[Site]:
    """Both origins on ephemeral ports of the loopback interface."""
    site = Site(answer=call_data("SCHEDULED"))
    with _served(_provider_app(site)) as site.provider_origin, _served(_page_app(site)) as site.page_origin:
        yield site


def _page_app(site: Site) -> Starlette:
    def headers() -> dict[str, str]:
        origin = site.provider_origin
        return {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self'; connect-src 'self'; frame-src {origin}; form-action 'none'; base-uri 'none'; "
            "object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
            "trusted-types 'none'",
            "Permissions-Policy": f'camera=(self "{origin}"), microphone=(self "{origin}"), geolocation=()',
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def page(request: Request) -> Response:
        return FileResponse(FRONTEND / "index.html", headers=headers())

    async def config(request: Request) -> Response:
        body = {"apiBaseUrl": "/api", "frameOrigins": [site.provider_origin], "localMode": site.local_mode}
        return JSONResponse(body, headers=headers())

    async def api(request: Request) -> Response:
        site.asked.append(_asked(request))
        return site.answer()

    async def file(request: Request) -> Response:
        path = (FRONTEND / request.path_params["path"]).resolve()
        if not path.is_relative_to(FRONTEND) or not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, headers=headers())

    return Starlette(
        routes=[
            Route("/teleconsultation/{id}", page),
            Route("/config.json", config),
            Route("/api/teleconsultation/{id}", api),
            Route("/api/teleconsultation/{id}/join", api),
            Route("/{path:path}", file),
        ]
    )


def _provider_app(site: Site) -> Starlette:
    async def call(request: Request) -> Response:
        site.provider_asked.append(_asked(request))
        return HTMLResponse(
            "<!doctype html><title>Call</title><button>Mute</button><p>You are in the call</p>"
        )

    async def silence(request: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    return Starlette(routes=[Route("/silence", silence), Route("/{path:path}", call)])


@contextmanager
def _served(app: Starlette) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    started = threading.Event()
    startup = server.startup

    async def announced_startup(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = announced_startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    if not started.wait(START_TIMEOUT_SECONDS):
        raise TimeoutError
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(START_TIMEOUT_SECONDS)


def _asked(request: Request) -> Asked:
    headers = request.headers
    return Asked(
        path=request.url.path,
        query=request.url.query,
        authorization=headers.get("authorization", ""),
        referer=headers.get("referer", ""),
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def texts(language: str) -> dict[str, str]:
    """The page's words in that language."""
    words: dict[str, str] = json.loads(
        (FRONTEND / "translations" / f"{language}.json").read_text(encoding="utf-8")
    )
    return words


def wait_for_requests(page: Page, site: Site, count: int) -> None:
    """Until the API was asked that often; the browser needs the time in between."""
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if len(site.asked) >= count:
            return
        page.wait_for_timeout(20)
    raise TimeoutError


def expect_state(page: Page, state: str) -> None:
    """The state that the element shows to the outside."""
    expect(page.locator("teleconsultation-room")).to_have_attribute("state", state)
