"""The page stops a second tab, because the provider would end the participant's first call."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    Site,
    call_data,
    enter,
    expect_state,
    problem,
    texts,
)

ENGLISH = texts("en")


def second_tab(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.page_url())
    return page


def test_a_second_tab_warns_and_can_take_over_the_call(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    first = open_page()
    enter(first)

    second = second_tab(first.context, site)
    expect_state(second, "elsewhere")
    expect(second.get_by_role("heading", level=1)).to_have_text(ENGLISH["elsewhere.title"])
    expect_state(first, "open")
    second.get_by_role("button", name=ENGLISH["useHere"]).click()

    expect_state(second, "open")
    expect_state(first, "elsewhere")
    expect(first.locator("iframe")).to_have_count(0)


def test_leaving_in_one_tab_allows_to_enter_in_another(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=60)
    first = open_page()
    enter(first)
    first.get_by_role("button", name=ENGLISH["leave"]).click()
    expect_state(first, "left")

    second = second_tab(first.context, site)
    enter(second)
    first.get_by_role("button", name=ENGLISH["reenter"]).click()

    expect_state(first, "elsewhere")


def test_the_call_in_the_providers_own_tab_is_taken_and_can_be_brought_back(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    first = open_page()
    enter(first)
    with first.context.expect_page():
        first.get_by_role("link", name=ENGLISH["ownTab"]).click()
    expect_state(first, "own-tab")

    expect_state(second_tab(first.context, site), "elsewhere")
    first.get_by_role("button", name=ENGLISH["bringBack"]).click()

    expect_state(first, "open")


def test_the_end_of_the_call_in_one_tab_leads_the_other_to_the_button(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=3_600)
    first = open_page()
    enter(first)
    second = second_tab(first.context, site)
    expect_state(second, "elsewhere")

    first.close()

    expect_state(second, "ready")
    assert len(site.provider_asked) == 1


def test_a_tab_that_lost_the_call_enters_again_by_a_press_only(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=3_600)
    first = open_page()
    enter(first)
    second = second_tab(first.context, site)
    second.get_by_role("button", name=ENGLISH["useHere"]).click()
    expect_state(first, "elsewhere")

    second.close()

    expect_state(first, "ready")


def test_a_cancellation_reaches_a_tab_whose_call_is_elsewhere(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    first = open_page()
    enter(first)
    second = second_tab(first.context, site)
    expect_state(second, "elsewhere")

    site.answer = problem(410, "deleted")

    expect_state(second, "cancelled")


@pytest.mark.sources
@pytest.mark.parametrize("second", ["acquire", "check"])
def test_a_tab_does_not_take_itself_for_another(second: str, site: Site, open_page: OpenPage) -> None:
    page = open_page()

    is_elsewhere = page.evaluate(
        """async (second) => {
            const { TabLock } = await import("/call/tab-lock.js");
            const lock = new TabLock(() => {});
            const first = lock.acquire("visit", { steal: false });
            await Promise.all([first, lock[second]("visit", { steal: false })]);
            return lock.isElsewhere;
        }""",
        second,
    )

    assert is_elsewhere is False


def test_a_reload_is_no_second_tab(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    enter(page)

    page.reload()

    expect_state(page, "ready")


@pytest.mark.parametrize("error", ["TimeoutError", "SecurityError"])
def test_a_late_lock_is_no_second_tab(error: str, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    expect_state(page, "ready")
    page.evaluate(
        """(error) => {
        const { request } = LockManager.prototype;
        LockManager.prototype.request = () => {
            LockManager.prototype.request = request;
            return Promise.reject(new DOMException("", error));
        };
    }""",
        error,
    )

    enter(page)


def test_two_people_may_share_a_browser(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), user="usr_1")
    first = open_page()
    enter(first)

    site.answer = call_data("OPEN", link=site.link(), user="usr_2")
    second = second_tab(first.context, site)
    enter(second)

    expect_state(first, "open")


def test_a_browser_without_locks_can_call(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_page(init_script="Object.defineProperty(navigator, 'locks', { value: undefined });")

    enter(page)
