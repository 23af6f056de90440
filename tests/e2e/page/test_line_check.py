"""The line's verdict in the device check, on lines that Chromium slows down."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, expect_state, texts

ENGLISH = texts("en")
CLOCK_OF_A_LINE = """
let now = 0;
Performance.prototype.now = () => now;
const browsersOwn = window.fetch;
window.fetch = async (address, options) => {
    const response = await browsersOwn(address, options);
    if (options?.method === "HEAD") now += %(delay_ms)s;
    else if (/[.](js|css)$/.test(address)) {
        now += response.headers.get("content-length") * 8 / %(megabits)s / 1_000;
    }
    return response;
};
"""
"""Requests of the line's check take as long as on a line of such a delay and speed."""


def slow_down(page: Page, *, megabits: float, delay_ms: int) -> None:
    """Limit the page's connections from now on."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": delay_ms,
            "downloadThroughput": megabits * 1e6 / 8,
            "uploadThroughput": -1,
        },
    )


def start(page: Page) -> None:
    expect_state(page, "scheduled")
    page.get_by_role("button", name=ENGLISH["check"]).click()


@pytest.mark.parametrize(
    ("megabits", "delay_ms", "verdict"),
    [
        (1.6, 240, "good"),
        (1.4, 20, "weak"),
        (1_000, 260, "weak"),
        (0.5, 790, "weak"),
        (0.3, 20, "bad"),
        (1_000, 810, "bad"),
    ],
)
def test_the_verdict_follows_speed_and_delay(
    megabits: float, delay_ms: int, verdict: str, site: Site, open_page: OpenPage
) -> None:
    # Only the requests of the check move the clock, so this machine's own delays do not count.
    page = open_page(init_script=CLOCK_OF_A_LINE % {"megabits": megabits, "delay_ms": delay_ms})

    start(page)

    expect(page.locator(".line")).to_have_text(ENGLISH[f"line.{verdict}"])
    expect(page.locator(".line")).to_have_class("line good" if verdict == "good" else "line problem")
    expect(page.locator(".line-limits")).to_have_text(ENGLISH["line.limits"])


@pytest.mark.parametrize(("megabits", "delay_ms"), [(0.1, 20), (1_000, 1_000)])
def test_a_line_that_the_browser_slows_down_is_bad(
    megabits: float, delay_ms: int, site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    # The check's own code is not what is measured.
    start(page)
    expect(page.locator(".line-limits")).to_be_visible()
    page.get_by_role("button", name=ENGLISH["endCheck"]).click()
    slow_down(page, megabits=megabits, delay_ms=delay_ms)

    page.get_by_role("button", name=ENGLISH["check"]).click()

    expect(page.locator(".line")).to_have_text(ENGLISH["line.bad"])


def test_an_offline_device_has_no_line(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    start(page)
    expect(page.locator(".line-limits")).to_be_visible()
    page.get_by_role("button", name=ENGLISH["endCheck"]).click()
    page.context.set_offline(True)

    page.get_by_role("button", name=ENGLISH["check"]).click()

    expect(page.locator(".line")).to_have_text(ENGLISH["line.bad"])


def test_a_check_that_is_ended_reports_nothing_more(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    page.goto(site.page_url())
    expect_state(page, "scheduled")
    held = []
    page.route(
        lambda url: url.endswith((".js", ".css")),
        lambda route: held.append(route) if route.request.method == "HEAD" else route.continue_(),
    )
    start(page)
    expect(page.locator(".line")).to_have_text(ENGLISH["line.measuring"])

    page.get_by_role("button", name=ENGLISH["endCheck"]).click()
    page.unroute_all()

    expect(page.locator(".line, .line-limits")).to_have_count(0)
