"""Answers that are not the service's, in every state that asks: of firewalls, proxies and captive portals."""

from collections.abc import Callable, Sized

import pytest
from playwright.sync_api import Page, Request, expect
from starlette.responses import RedirectResponse, Response

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    REQUESTS_TIMEOUT_SECONDS,
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    gateway_error,
    json_answer,
    problem,
    web_page,
)

# An answer takes real time, in which the test's clock may pass the end of a request's patience.
NO_TIMEOUT = "AbortSignal.timeout = () => new AbortController().signal"
# Longer than the longest pause after a failure, and than the service's own in these tests.
LONGEST_PAUSE_MS = 31_000
ANSWERS_IN_A_ROW = 3


def _reset() -> Response:
    raise AssertionError("the browser's connection is reset before it comes to an answer")


FOREIGN: dict[str, Callable[[Site], Answer]] = {
    "403 of a firewall": lambda site: web_page(403),
    "403 as JSON": lambda site: gateway_error(403, "Forbidden"),
    "404 of a proxy": lambda site: web_page(404),
    "404 of API Gateway": lambda site: gateway_error(404, "Not Found"),
    "400 of CloudFront": lambda site: web_page(400),
    "401 of a proxy": lambda site: web_page(401),
    "410 of a proxy": lambda site: web_page(410),
    "200 with HTML": lambda site: web_page(200),
    "200 with other JSON": lambda site: json_answer({"state": "success"}),
    "redirect to another origin": lambda site: lambda: RedirectResponse(site.link("/login")),
    "429 of API Gateway": lambda site: gateway_error(429, "Too Many Requests"),
    "500 repeated": lambda site: problem(500, "internal_error"),
    "503 of a CDN": lambda site: web_page(503),
    "connection reset": lambda site: _reset,
}
OWN: dict[str, Callable[[Site], Answer]] = {
    "waiting": lambda site: call_data("WAITING_FOR_PARTICIPANTS"),
    "scheduled": lambda site: call_data("SCHEDULED", opens_in_seconds=400_000),
    "pending": lambda site: call_data("OPEN", link=None),
    "open": lambda site: call_data("OPEN", link=site.link()),
}


def answer_with(page: Page, site: Site, *, answer: Answer) -> None:
    site.answer = answer
    page.unroute_all()
    if answer is _reset:
        page.route("**/api/**", lambda route: route.abort("connectionreset"))


def poll_until(page: Page, answered: Sized, *, count: int) -> None:
    """Advance the clock from poll to poll until `answered` has that many entries."""
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if len(answered) >= count:
            return
        # Repeated, since the last answer may set its timer during this step.
        page.clock.run_for(LONGEST_PAUSE_MS)
        page.wait_for_timeout(20)
    raise AssertionError("the page asks no more")


def recover(page: Page, site: Site, *, own: Answer) -> None:
    """Let the service answer again, once."""
    answered = []

    def answer() -> Response:
        answered.append(own)
        return own()

    answer_with(page, site, answer=answer)
    poll_until(page, answered, count=1)


def watch_answers(page: Page) -> list[Request]:
    answered: list[Request] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            answered.append(request)

    page.on("requestfinished", note)
    page.on("requestfailed", note)
    return answered


@pytest.mark.parametrize("state", OWN)
def test_no_foreign_answer_is_final_and_the_services_next_one_counts(
    state: str, site: Site, open_page: OpenPage
) -> None:
    own = site.answer = OWN[state](site)
    page = open_page(fake_time=True, init_script=NO_JITTER)
    answered = watch_answers(page)
    if state == "open":
        enter(page)
    expect_state(page, state)
    page.evaluate(NO_TIMEOUT)

    for name, foreign in FOREIGN.items():
        answer_with(page, site, answer=foreign(site))
        poll_until(page, answered, count=len(answered) + ANSWERS_IN_A_ROW)
        expect_state(page, "open" if state == "open" else "unreachable")

        recover(page, site, own=own)

        expect_state(page, state)
        assert page.evaluate("sessionStorage.length") == 1, name
    if state == "open":
        expect(page.locator("iframe")).to_have_count(1)
        assert [asked.path for asked in site.provider_asked] == ["/connect/direct-rest-call-handler/abc"]


def test_no_foreign_answer_to_the_first_question_is_final(site: Site, open_page: OpenPage) -> None:
    own = OWN["scheduled"](site)
    page = open_page(url="about:blank", fake_time=True, init_script=NO_JITTER)

    for name, foreign in FOREIGN.items():
        answer_with(page, site, answer=foreign(site))
        page.goto("about:blank")
        page.goto(site.page_url())
        expect_state(page, "unreachable")
        page.evaluate(NO_TIMEOUT)

        recover(page, site, own=own)

        expect_state(page, "scheduled")
        assert page.evaluate("sessionStorage.length") == 1, name
