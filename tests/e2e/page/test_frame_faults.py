"""Frames that do not show the call: help stands beside a new frame until its reader is in the call."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import NO_JITTER, Site, call_data, enter, expect_state, texts

ENGLISH = texts("en")
ARRIVING = ENGLISH["notice.arriving"]
FAULTS = {
    "X-Frame-Options": "/refusing",
    "frame-ancestors": "/refusing-ancestors",
    "connection reset": "/reset",
    "500 with a page of its own": "/failing",
    "no answer": "/silence",
}


def open_frame(site: Site, open_page: OpenPage, *, path: str) -> Page:
    """Enter a call whose frame has that path, on a stopped clock."""
    site.answer = call_data("OPEN", link=site.link(path), retry_after_seconds=3_600)
    page = open_page(fake_time=True, init_script=NO_JITTER)
    page.route("**/reset", lambda route: route.abort("connectionreset"))
    enter(page)
    return page


@pytest.mark.parametrize("path", FAULTS.values(), ids=FAULTS)
def test_a_frame_without_the_call_has_help_beside_it(path: str, site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path=path)

    expect(page.locator(".notice p")).to_have_text(ARRIVING)
    expect(page.get_by_role("status")).to_have_text(ARRIVING)
    expect(page.locator(".notice a")).to_have_attribute("href", site.link(path))


def test_a_frame_that_leads_to_another_site_is_refused(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link("/leading-elsewhere"), retry_after_seconds=1)
    page = open_page()

    page.get_by_role("button", name=ENGLISH["enter"]).click()

    expect_state(page, "refused")
    expect(page.get_by_role("status")).to_contain_text(ENGLISH["refused.text"])
    expect(page.locator("iframe")).to_have_count(0)
    # A corrected link is offered, and not entered unasked.
    site.answer = call_data("OPEN", link=site.link("/corrected"), retry_after_seconds=1)
    expect_state(page, "ready")
    assert [asked.path for asked in site.provider_asked] == ["/leading-elsewhere"]


def test_a_frame_that_leaves_later_has_the_help_again(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/speaking")
    expect(page.locator(".notice")).to_have_count(0)

    page.frame_locator("iframe").locator("body").evaluate("() => location.assign('/leading-elsewhere')")

    expect(page.locator(".notice p")).to_have_text(ARRIVING)
    expect_state(page, "open")


def test_a_blocked_frame_of_somebody_else_does_not_end_the_call(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/connect")

    page.evaluate("""() => {
        const frame = document.createElement("iframe");
        frame.src = "http://localhost:1/";
        const reported = new Promise((done) => {
            document.addEventListener("securitypolicyviolation", done, { once: true });
        });
        document.body.append(frame);
        return reported.then(() => {});
    }""")

    expect_state(page, "open")
    expect(
        page.frame_locator("teleconsultation-room iframe").get_by_text("You are in the call")
    ).to_be_visible()


def test_the_help_is_gone_after_20_seconds_in_the_call(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/connect")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()

    page.clock.run_for(19_900)
    expect(page.locator(".notice p")).to_have_text(ARRIVING)
    page.clock.run_for(200)

    expect(page.locator(".notice")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("")


def test_a_hidden_page_keeps_the_help(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/connect")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")

    page.clock.run_for(25_000)
    expect(page.locator(".notice p")).to_have_text(ARRIVING)
    page.evaluate("delete document.hidden")
    page.clock.run_for(20_000)

    expect(page.locator(".notice")).to_have_count(0)


def test_a_message_of_the_providers_page_ends_the_help(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/speaking")

    expect(page.locator(".notice")).to_have_count(0)


def test_a_focused_link_of_the_help_gives_the_focus_to_the_frame(site: Site, open_page: OpenPage) -> None:
    page = open_frame(site, open_page, path="/connect")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    page.locator(".notice a").focus()

    page.clock.run_for(20_100)

    expect(page.locator("iframe")).to_be_focused()
