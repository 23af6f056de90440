"""A visit whose time changes while its page is open."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    TELECONSULTATION_ID,
    TOKEN,
    Site,
    call_data,
    expect_question_after,
    expect_state,
    gateway_error,
    problem,
    texts,
)

MONDAY = datetime(2031, 12, 1, 14, 30, tzinfo=UTC)
TUESDAY = datetime(2031, 12, 2, 14, 30, tzinfo=UTC)
MOVED = (
    texts("en")["moved"].replace("{day}", "Tuesday, 2 December 2031").replace("{hours}", "15:30 \u2013 16:00")
)


def ask_now(page: Page) -> None:
    with page.expect_event("requestfinished", lambda request: "/api/" in request.url):
        page.evaluate("window.dispatchEvent(new Event('online'))")


def test_a_move_while_waiting_is_announced_and_stays(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", start=MONDAY)
    page = open_page()
    expect(page.locator("dd").first).to_contain_text("1 December")
    expect(page.locator(".moved")).to_have_count(0)

    site.answer = call_data("SCHEDULED", start=TUESDAY)
    ask_now(page)

    expect(page.locator(".moved")).to_have_text(MOVED)
    expect(page.get_by_role("status")).to_contain_text(MOVED)
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", start=TUESDAY)
    ask_now(page)
    expect_state(page, "waiting")
    expect(page.locator(".moved")).to_have_text(MOVED)


def open_ended(site: Site, open_page: OpenPage) -> Page:
    site.answer = call_data("ENDED", start=MONDAY)
    page = open_page(fake_time=True, init_script=NO_JITTER)
    expect_state(page, "ended")
    assert page.evaluate("sessionStorage.length") == 0
    return page


def test_a_visit_that_is_over_and_is_moved_goes_on(site: Site, open_page: OpenPage) -> None:
    page = open_ended(site, open_page)

    site.answer = call_data("SCHEDULED", start=TUESDAY)
    expect_question_after(page, site, milliseconds=600_000)

    expect_state(page, "scheduled")
    expect(page.locator(".moved")).to_have_text(MOVED)
    kept = page.evaluate("({...sessionStorage})")
    assert kept == {f"teleconsultation/{TELECONSULTATION_ID}": f"token={TOKEN}"}


def test_errors_after_the_end_do_not_change_the_page(site: Site, open_page: OpenPage) -> None:
    page = open_ended(site, open_page)

    for answer in (problem(500, "internal"), gateway_error(401, "Unauthorized"), problem(410, "deleted")):
        site.answer = answer
        expect_question_after(page, site, milliseconds=600_000)

        expect_state(page, "ended")
