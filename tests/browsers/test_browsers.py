"""The page in Firefox and WebKit: every state, joining, devices, moves, cancellations, leaving and entering.

What an engine cannot do here stands in CANNOT, and nothing else is left out.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.browsers.drivers import Browser, click, go, run, running_firefox, running_webkit
from tests.e2e.page.page_site import (
    Answer,
    Site,
    call_data,
    gateway_error,
    problem,
    served_site,
    texts,
)
from tests.pages import SOURCES

pytestmark = pytest.mark.deep

ENGLISH: Final = texts("en")
ENGINES: Final = {"firefox": running_firefox, "webkit": running_webkit}
CANNOT: Final = {
    "firefox": {},
    "webkit": {
        "call": "Debian builds WebKitGTK without WebRTC; told that it is there, the page shows its frame",
        "devices": "without it there is no camera either, and the page says that this browser cannot call",
    },
}
PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.1
STATE: Final = "return document.querySelector('teleconsultation-room')?.getAttribute('state')"
EXPIRED: Final = 'Bearer error="invalid_token" error_description="the token has expired"'
STATES: Final[dict[str, tuple[str, Callable[[Site], Answer]]]] = {
    "waiting": ("waiting", lambda site: call_data("WAITING_FOR_PARTICIPANTS")),
    "scheduled": ("scheduled", lambda site: call_data("SCHEDULED")),
    "pending": ("pending", lambda site: call_data("OPEN")),
    "ready": ("ready", lambda site: call_data("OPEN", link=site.link())),
    "refused": ("refused", lambda site: call_data("OPEN", link="https://evil.example")),
    "ended": ("ended", lambda site: call_data("ENDED")),
    "cancelled": ("cancelled", lambda site: problem(410, "deleted")),
    "not-participant": ("not-participant", lambda site: problem(403, "not_a_participant")),
    "not-found": ("not-found", lambda site: problem(404, "not_found")),
    "signed-out": ("signed-out", lambda site: gateway_error(401, "Unauthorized")),
    "expired": ("signed-out", lambda site: gateway_error(401, "Unauthorized", challenge=EXPIRED)),
    "unreachable": ("unreachable", lambda site: problem(500, "internal_error")),
}


@pytest.fixture(scope="module")
def running_site() -> Iterator[Site]:
    with served_site(SOURCES) as site:
        yield site


@pytest.fixture(scope="module", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with ENGINES[request.param]() as browser:
        yield browser


@pytest.fixture
def site(running_site: Site, browser: Browser) -> Site:
    running_site.reset()
    if "call" in CANNOT[browser.name]:
        running_site.patches["obstacles.js"] = (
            "navigator.mediaDevices && window.RTCPeerConnection ?",
            "true ?",
        )
    return running_site


def expect(browser: Browser, script: str, wanted: object) -> None:
    """Wait until a script returns what is wanted."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := run(browser, script)) != wanted:
        assert time.monotonic() < deadline, f"{script}: {found}, not {wanted}"
        time.sleep(PAUSE_SECONDS)


def open_page(browser: Browser, site: Site, state: str, **where: str) -> None:
    # Each test is a tab of its own; what another one kept is not its business.
    go(browser, f"{site.page_origin}/icon.svg")
    run(browser, "sessionStorage.clear()")
    go(browser, site.page_url(**where))
    expect(browser, STATE, state)


def ask(browser: Browser) -> None:
    run(browser, "window.dispatchEvent(new Event('online'))")


def heading(browser: Browser) -> Any:
    return run(browser, "return document.querySelector('h1').textContent")


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_shown(name: str, browser: Browser, site: Site) -> None:
    state, answer = STATES[name]
    site.answer = answer(site)

    open_page(browser, site, state)

    assert heading(browser) == ENGLISH["expired.title" if name == "expired" else f"{state}.title"]
    assert run(browser, "return document.documentElement.lang") == "en"
    assert run(browser, "return document.documentElement.scrollWidth <= innerWidth") is True


@pytest.mark.parametrize("sign_in", ["", "https://portal.example/"])
def test_a_link_without_its_secret_is_explained(sign_in: str, browser: Browser, site: Site) -> None:
    site.configuration["signIn"] = {"url": sign_in, "clientId": ""}

    open_page(browser, site, "sign-in" if sign_in else "incomplete", fragment="")

    assert site.asked == []


def test_arabic_goes_from_right_to_left(browser: Browser, site: Site) -> None:
    open_page(browser, site, "scheduled", query="?language=ar")

    assert run(browser, "return document.documentElement.dir") == "rtl"
    assert heading(browser) == texts("ar")["scheduled.title"]


def test_the_address_loses_the_secret_and_a_reload_keeps_the_visit(browser: Browser, site: Site) -> None:
    open_page(browser, site, "scheduled")
    assert run(browser, "return location.hash") == ""

    go(browser, site.page_url(fragment=""))

    expect(browser, STATE, "scheduled")


def test_a_move_is_said_while_waiting(browser: Browser, site: Site) -> None:
    open_page(browser, site, "scheduled")

    site.answer = call_data("SCHEDULED", opens_in_seconds=90_000)
    ask(browser)

    expect(browser, "return document.querySelectorAll('.moved').length", 1)


def test_a_cancellation_is_said_while_waiting(browser: Browser, site: Site) -> None:
    open_page(browser, site, "scheduled")

    site.answer = problem(410, "deleted")
    ask(browser)

    expect(browser, STATE, "cancelled")


def test_joining_leaving_and_entering_again(browser: Browser, site: Site) -> None:
    site.answer = call_data("OPEN", link=site.link())
    open_page(browser, site, "ready")
    assert site.provider_asked == []

    click(browser, "button.enter")
    expect(browser, STATE, "open")
    expect(browser, "return document.activeElement.tagName", "IFRAME")
    click(browser, "button.leave")
    expect(browser, STATE, "left")
    expect(browser, "return document.querySelectorAll('iframe').length", 0)
    click(browser, "button.reenter")

    expect(browser, STATE, "open")
    expect(browser, "return document.querySelectorAll('iframe').length", 1)


def test_the_end_in_the_providers_frame_is_noticed(browser: Browser, site: Site) -> None:
    site.answer = call_data("OPEN", link=site.link("/hung-up"))
    open_page(browser, site, "ready")

    click(browser, "button.enter")

    expect(browser, STATE, "left")


def test_the_devices_are_checked(browser: Browser, site: Site) -> None:
    if "devices" in CANNOT[browser.name]:
        site.patches.clear()
        open_page(browser, site, "cannot")
        assert run(browser, "return document.querySelector('.copyLink') !== null") is True
        return
    open_page(browser, site, "scheduled")

    click(browser, ".check-devices")

    expect(browser, "return document.querySelector('.check .camera')?.className", "camera good")
    expect(browser, "return document.querySelectorAll('.check meter').length", 1)
    expect(browser, "return document.querySelectorAll('.line-limits').length", 1)
    click(browser, ".check-devices")
    expect(browser, "return document.querySelectorAll('video').length", 0)


def test_the_api_is_asked_once(browser: Browser, site: Site) -> None:
    open_page(browser, site, "scheduled")

    assert [asked.path for asked in site.asked] == ["/api/teleconsultation/5f0c1e2d3a4b5c6d7e8f9a0b"]
