"""The network goes away at each step of a visit: the page says so, and goes on with the next answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.depth import by_depth
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    TELECONSULTATION_ID,
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    texts,
    wait_for_requests,
)

ENGLISH: Final = texts("en")
OFFLINE: Final = ENGLISH["unreachable.offline"]
# Nothing but the device's own news makes the page ask.
NO_POLL_SECONDS: Final = 3_600
CONSENT: Final = {"version": "1", "texts": {"en": "I agree to a visit at a distance."}}


@dataclass(frozen=True, kw_only=True)
class Step:
    """How a reader gets to a step of the visit, and what the page shows there."""

    state: str
    answer: Callable[[Site], Answer]
    reach: Callable[[Page], None] = lambda page: None
    check: Callable[[Page], None] = lambda page: None


def _open(site: Site) -> Answer:
    return call_data("OPEN", link=site.link(), retry_after_seconds=NO_POLL_SECONDS)


def _tick(page: Page) -> None:
    page.get_by_label(ENGLISH["consent.agree"]).check()


def _ticked(page: Page) -> None:
    expect(page.get_by_label(ENGLISH["consent.agree"])).to_be_checked()


def _leave(page: Page) -> None:
    enter(page)
    page.get_by_role("button", name=ENGLISH["leave"]).click()


def _open_own_tab(page: Page) -> None:
    enter(page)
    with page.context.expect_page():
        page.get_by_role("link", name=ENGLISH["ownTab"]).click()


def _has_the_call(page: Page) -> None:
    """Expect that this tab keeps the others from entering."""
    assert page.evaluate("navigator.locks.query().then(({ held }) => held.length)") == 1


WAITING: Final = {
    "waiting for people": Step(
        state="waiting",
        answer=lambda site: call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=NO_POLL_SECONDS),
    ),
    "waiting for the door": Step(
        state="scheduled",
        answer=lambda site: call_data(
            "SCHEDULED", opens_in_seconds=9_000, retry_after_seconds=NO_POLL_SECONDS
        ),
    ),
    "waiting for the room": Step(
        state="pending",
        answer=lambda site: call_data("OPEN", link=None, retry_after_seconds=NO_POLL_SECONDS),
    ),
}
# Here the service has said all that is needed: entering takes the provider alone.
AT_THE_DOOR: Final = {
    "at the open door": Step(state="ready", answer=_open),
    "asked for consent": Step(state="ready", answer=_open, reach=_tick, check=_ticked),
    "after the call": Step(state="left", answer=_open, reach=_leave),
    "in the provider's own tab": Step(
        state="own-tab", answer=_open, reach=_open_own_tab, check=_has_the_call
    ),
}
STEPS: Final = WAITING | AT_THE_DOOR


def reach(name: str, site: Site, open_page: OpenPage) -> Page:
    step = STEPS[name]
    if step.reach is _tick:
        site.configuration["consent"] = CONSENT
    site.answer = step.answer(site)
    page = open_page(init_script=NO_JITTER)
    step.reach(page)
    expect_state(page, step.state)
    return page


def expect_offline(page: Page) -> None:
    # Removed after ten seconds.
    expect(page.locator("p.spoken")).to_contain_text(OFFLINE)
    expect_state(page, "unreachable")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["offline.title"])
    expect(page.locator(".panel > p:not(.service)").first).to_have_text(OFFLINE)
    expect(page.locator("footer strong")).to_have_text(f"D-000-{TELECONSULTATION_ID[-6:].upper()}")


@pytest.mark.parametrize("name", STEPS)
def test_a_device_that_goes_offline_is_told_at_once_and_goes_on_with_one_answer(
    name: str, site: Site, open_page: OpenPage
) -> None:
    page = reach(name, site, open_page)
    asked = len(site.asked)

    page.context.set_offline(offline=True)
    expect_offline(page)
    page.context.set_offline(offline=False)

    expect_state(page, STEPS[name].state)
    assert len(site.asked) == asked + 1
    STEPS[name].check(page)


def test_before_the_first_answer(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/**", hold)
    page.goto(site.page_url())
    # The page's script runs.
    page.wait_for_function("() => !location.hash")
    expect_state(page, "loading")

    page.context.set_offline(offline=True)
    for route in held:
        route.abort("internetdisconnected")
    expect_offline(page)
    page.unroute_all()
    page.context.set_offline(offline=False)

    expect_state(page, "scheduled")
    assert len(site.asked) == 1


def test_before_the_pages_own_scripts(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    page.route("**/*.js", lambda route: route.abort("internetdisconnected"))
    page.goto(site.page_url())
    words = page.locator(".late")
    expect(words).to_be_hidden()

    # They appear after eight seconds.
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")

    expect(words).to_be_visible()
    expect(words.locator(":visible")).to_contain_text(["Check your connection, then reload this page."])


def test_in_the_call(site: Site, open_page: OpenPage) -> None:
    site.answer = _open(site)
    page = open_page(init_script=NO_JITTER)
    enter(page)
    call = page.frame_locator("iframe").get_by_text("You are in the call")
    expect(call).to_be_visible()
    asked = len(site.asked)

    page.context.set_offline(offline=True)
    expect(page.locator("p.spoken")).to_have_text(OFFLINE)
    expect(page.locator(".notice.offline p")).to_have_text(OFFLINE)
    expect(call).to_be_visible()
    page.context.set_offline(offline=False)

    expect(page.locator(".notice.offline")).to_have_count(0)
    expect_state(page, "open")
    expect(call).to_be_visible()
    assert (len(site.asked), len(site.provider_asked)) == (asked + 1, 1)


def test_after_the_visits_end(site: Site, open_page: OpenPage) -> None:
    """That the visit is over stays true; that it was moved is learnt with the next answer."""
    site.answer = call_data("ENDED")
    page = open_page(init_script=NO_JITTER)
    expect_state(page, "ended")

    page.context.set_offline(offline=True)
    # The first lost answer alone is shown nowhere.
    for _ in range(2):
        with page.expect_event("requestfailed", _is_question):
            page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect_state(page, "ended")
    site.answer = call_data("SCHEDULED")
    page.context.set_offline(offline=False)

    expect_state(page, "scheduled")


def _is_question(request: Request) -> bool:
    return request.url.endswith(TELECONSULTATION_ID)


def lose_answers(page: Page) -> None:
    """Break the line to the service, as a dead Wi-Fi does whose device believes that it is online."""
    page.context.route("**/api/**", lambda route: route.abort("connectionreset"))
    with page.expect_event("requestfailed", _is_question):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    # The page asks again by itself.
    with page.expect_event("requestfailed", _is_question):
        pass


@pytest.mark.parametrize("name", by_depth(["waiting for the door", "at the open door"], deep=list(STEPS)))
def test_a_dead_line_is_told_where_the_reader_needs_the_service_and_the_next_answer_goes_on(
    name: str, site: Site, open_page: OpenPage
) -> None:
    page = reach(name, site, open_page)
    asked = len(site.asked)

    lose_answers(page)

    if name in AT_THE_DOOR:
        expect_state(page, STEPS[name].state)
    else:
        expect_state(page, "unreachable")
        expect(page.locator(".panel > p:not(.service)").first).to_have_text(ENGLISH["unreachable.text"])
    page.context.unroute_all()
    wait_for_requests(page, site, asked + 1)
    expect_state(page, STEPS[name].state)
    assert len(site.asked) == asked + 1
    STEPS[name].check(page)
