"""The page as a browser loads it.

The laptop's page server with the template's headers, an API in front of it that answers as the test sets,
and the provider's page on another origin.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from playwright.sync_api import Request as PageRequest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployment.template.application import Template
from deployment.template.site_headers import read_site_headers
from local.asgi_server import AsgiServer
from local.page import create_app, local_configuration
from tests.pages import SOURCES

PROJECT = Path(__file__).parents[3]
TEXT_FOLDERS = (SOURCES / "translations", SOURCES / "call/texts", SOURCES / "waiting/texts")
REQUESTS_TIMEOUT_SECONDS = 15

TELECONSULTATION_ID = "5f0c1e2d3a4b5c6d7e8f9a0b"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwYXRpZW50In0.c2lnbmF0dXJl"
JOIN_SECRET = "mJ3b0bC7rXg2y5Qm_2v9XQ"
NO_JITTER = "Math.random = () => 0;"
# A notice about a fault or a change; the help beside a new frame is none.
NOTICE = ".notice:not(.arriving)"

PEOPLE = [
    {"bandyerUserId": "usr_1", "fullName": "Dr. Ada Rossi", "role": "plus"},
    {"bandyerUserId": "usr_2", "fullName": "Joe Smith", "role": "basic"},
]

Answer = Callable[[], Response]


@dataclass(frozen=True)
class Asked:
    """One request to the server."""

    path: str
    query: str
    authorization: str
    referer: str


type Patch = tuple[str, str]


@dataclass
class Site:
    """The values that tests set and read; `answer` is used until it is changed.

    `headers` replace those of the template; `patches` replace one text by another in a file of the page.
    """

    answer: Answer
    calendar_answer: Answer = field(default_factory=lambda: calendar_file)
    page_origin: str = ""
    provider_origin: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    patches: dict[str, Patch] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    provider_asked: list[Asked] = field(default_factory=list)
    presences: list[Asked] = field(default_factory=list)
    """How often a page said that its reader waits."""
    consent_answer: Answer = field(default_factory=lambda: consent_given)
    consents: list[tuple[Asked, Any]] = field(default_factory=list)
    """What a page said that its reader agrees to."""

    def reset(self) -> None:
        self.answer = call_data("SCHEDULED")
        self.calendar_answer = calendar_file
        self.reset_consent()
        for changed in (self.configuration, self.headers, self.patches):
            changed.clear()
        for asked in (self.asked, self.provider_asked, self.presences):
            asked.clear()

    def reset_consent(self) -> None:
        self.consent_answer = consent_given
        self.consents.clear()

    def link(self, path: str = "/connect/direct-rest-call-handler/abc") -> str:
        return self.provider_origin + path

    def page_url(self, *, query: str = "", fragment: str = f"#token={TOKEN}") -> str:
        return f"{self.page_origin}/teleconsultation/{TELECONSULTATION_ID}{query}{fragment}"


def call_data(
    state: str,
    *,
    user: str | None = "usr_2",
    opens_in_seconds: float = 600,
    retry_after_seconds: int | None = None,
    link: str | None = None,
    language: str | None = None,
    start: datetime | None = None,
    now: datetime | None = None,
    people: Sequence[Mapping[str, str | None]] = PEOPLE,
    notice: Mapping[str, str] | None = None,
    recording: str | None = None,
) -> Answer:
    """Return the GET body; the door's time is fixed by the first request, the server's time by each one.

    Many answers are made when the tests are collected, long before they are sent. `now` is the server's time
    at the first request.
    """

    @cache
    def ahead() -> timedelta:
        return now - datetime.now(UTC) if now else timedelta()

    @cache
    def opens_at() -> datetime:
        if start:
            return start - timedelta(minutes=10)
        return datetime.now(UTC) + ahead() + timedelta(seconds=opens_in_seconds)

    def answer() -> Response:
        start_date = opens_at() + timedelta(minutes=10)
        end_date = start_date + timedelta(minutes=30)
        body = {
            "roomId": TELECONSULTATION_ID,
            "state": state,
            "serverTime": _iso(datetime.now(UTC) + ahead()),
            "startDate": _iso(start_date),
            "endDate": _iso(end_date),
            "opensAt": _iso(opens_at()),
            "closesAt": _iso(end_date + timedelta(minutes=15)),
            "retryAfterSeconds": retry_after_seconds,
            "bandyerUserId": user,
            "accessLinkURL": link,
            "participantsBandyerCall": people,
            "language": language,
            "notice": notice,
            "recording": recording,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    return answer


def consent_given() -> Response:
    """Return the answer to a consent that is stored."""
    return JSONResponse({"version": "1", "givenAt": "2026-12-01T15:21:07.000Z"})


def calendar_file() -> Response:
    """Return an entry for a calendar."""
    return Response("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", media_type="text/calendar")


def problem(
    status: int,
    code: str,
    *,
    retry_after_seconds: int | None = None,
    media_type: str = "application/problem+json",
) -> Answer:
    """Return an error of our functions (RFC 9457)."""
    headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
    body = {"type": "about:blank", "title": code, "status": status, "code": code}
    return lambda: JSONResponse(body, status, headers, media_type=media_type)


def gateway_error(status: int, message: str, *, challenge: str = "") -> Answer:
    """Return an error of API Gateway itself."""
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return lambda: JSONResponse({"message": message}, status, headers)


def web_page(status: int, *, retry_after: str = "") -> Answer:
    """Return an answer of a proxy or CDN instead of the API's."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return lambda: HTMLResponse("<h1>Bad gateway</h1>", status, headers)


def json_answer(body: object, *, status: int = 200) -> Answer:
    """Return JSON that is not the service's."""
    return lambda: JSONResponse(body, status)


def changed_call_data(**changes: object) -> Answer:
    """Return the GET body with some members replaced, or left out for None."""
    body = json.loads(bytes(call_data("SCHEDULED")().body)) | changes
    return json_answer({name: value for name, value in body.items() if value is not None})


@contextmanager
def served_site(folder: Path) -> Iterator[Site]:
    """Run both origins on free loopback ports; the page's files are those of the folder."""
    site = Site(answer=call_data("SCHEDULED"))
    with AsgiServer(_provider_app(site)) as provider:
        site.provider_origin = provider.url
        with AsgiServer(_page_app(site, folder)) as page:
            site.page_origin = page.url
            yield site


def _page_app(site: Site, folder: Path) -> ASGIApp:
    async def api(request: Request) -> Response:
        site.asked.append(_asked(request))
        return site.answer()

    async def calendar(request: Request) -> Response:
        site.asked.append(_asked(request))
        return site.calendar_answer()

    async def presence(request: Request) -> Response:
        site.presences.append(_asked(request))
        return Response(status_code=204)

    async def consent(request: Request) -> Response:
        site.consents.append((_asked(request), await request.json()))
        return site.consent_answer()

    def configuration() -> dict[str, Any]:
        shipped = local_configuration(SOURCES / "config.json", frame_origin=site.provider_origin)
        return shipped | site.configuration

    async def patched(request: Request) -> Response:
        path = request.url.path.removeprefix("/")
        old, new = site.patches[path]
        text = (SOURCES / path).read_text(encoding="utf-8")
        assert old in text
        return Response(text.replace(old, new), media_type="text/javascript")

    headers = read_site_headers(Template(PROJECT / "template.yaml"), frame_origin=site.provider_origin)
    shipped = create_app(folder, configuration=configuration, headers=headers)
    ours = Starlette(
        routes=[
            Route("/api/teleconsultation/{id}", api),
            Route("/api/teleconsultation/{id}/join", api),
            Route("/api/teleconsultation/{id}/invitation.ics", calendar),
            Route("/api/teleconsultation/{id}/join/invitation.ics", calendar),
            Route("/api/teleconsultation/{id}/consent", consent, methods=["POST"]),
            Route("/api/teleconsultation/{id}/join/consent", consent, methods=["POST"]),
            Route("/api/teleconsultation/{id}/presence", presence, methods=["POST"]),
            Route("/api/teleconsultation/{id}/join/presence", presence, methods=["POST"]),
            Route("/{path:path}", patched),
        ]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_ours = path.startswith("/api/") or path.removeprefix("/") in site.patches

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(site.headers)
            await send(message)

        await (ours if is_ours else shipped)(scope, receive, send_changed)

    return app


def _provider_app(site: Site) -> Starlette:
    async def call(request: Request) -> Response:
        site.provider_asked.append(_asked(request))
        return HTMLResponse(
            "<!doctype html><html lang=en><title>Call</title><link rel=icon href=data:,>"
            "<main><h1>Call</h1><button>Mute</button><p>You are in the call</p></main>"
        )

    async def speaking(request: Request) -> Response:
        script = "parent.postMessage({ action: 'ready' }, '*')"
        return HTMLResponse(f"<!doctype html><title>Call</title><script>{script}</script>")

    async def refusing(request: Request) -> Response:
        return HTMLResponse("<p>Not here</p>", headers={"X-Frame-Options": "DENY"})

    async def refusing_ancestors(request: Request) -> Response:
        return HTMLResponse("<p>Not here</p>", headers={"Content-Security-Policy": "frame-ancestors 'none'"})

    async def failing(request: Request) -> Response:
        return HTMLResponse("<h1>Internal error</h1>", status_code=500)

    async def leading_elsewhere(request: Request) -> Response:
        site.provider_asked.append(_asked(request))
        return RedirectResponse(site.provider_origin.replace("127.0.0.1", "localhost") + "/elsewhere")

    async def silence(request: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    async def hung_up(request: Request) -> Response:
        """Answer like the vendor's page after a call: follow `end_call_redirect_url` in its own frame."""
        script = f"location.replace('{site.page_origin}/call-ended.html')"
        return HTMLResponse(f"<!doctype html><title>Call</title><script>{script}</script>")

    async def liar(request: Request) -> Response:
        script = "parent.postMessage('call-ended', '*'); document.body.append('said')"
        return HTMLResponse(
            f"<!doctype html><title>Call</title><p>You are in the call</p><script>{script}</script>"
        )

    routes = [
        Route("/speaking", speaking),
        Route("/refusing", refusing),
        Route("/refusing-ancestors", refusing_ancestors),
        Route("/failing", failing),
        Route("/leading-elsewhere", leading_elsewhere),
        Route("/silence", silence),
        Route("/hung-up", hung_up),
        Route("/liar", liar),
        Route("/{path:path}", call),
    ]
    return Starlette(routes=routes)


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
    """Return the page's texts in that language, including those of its parts."""
    words: dict[str, str] = {}
    for folder in TEXT_FOLDERS:
        words |= json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return words


def wait_for_requests(page: Page, site: Site, count: int) -> None:
    """Wait until the API has that many requests; meanwhile the browser runs."""
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if len(site.asked) >= count:
            return
        page.wait_for_timeout(20)
    raise TimeoutError


def expect_question_after(page: Page, site: Site, *, milliseconds: int) -> None:
    """Expect no request before the end of the pause, then one at once; wait until the page has its answer.

    A clock that moves on while a request is under way would run into the request's own time limit.
    """
    ended: list[str] = []

    def end(request: PageRequest) -> None:
        ended.append(request.url)

    page.on("requestfinished", end)
    page.on("requestfailed", end)
    asked = len(site.asked)
    page.clock.run_for(milliseconds - 30)
    page.wait_for_timeout(100)
    assert len(site.asked) == asked
    # An answer may arrive during this step of the clock; the next pause then starts earlier.
    page.clock.run_for(40)
    wait_for_requests(page, site, asked + 1)
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if any("/api/" in url and not url.endswith("/presence") for url in ended):
            break
        page.wait_for_timeout(20)
    else:
        raise TimeoutError
    page.remove_listener("requestfinished", end)
    page.remove_listener("requestfailed", end)
    page.evaluate("() => Promise.resolve()")


def expect_state(page: Page, state: str) -> None:
    """Wait for the element's attribute `state`."""
    expect(page.locator("teleconsultation-room")).to_have_attribute("state", state)


def enter(page: Page) -> None:
    """Press "Enter" at the open door, and wait for the call."""
    page.locator("button.enter").click()
    expect_state(page, "open")
