"""Narrow screens, enlarged text and keyboards, in every state."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, expect_state, gateway_error, problem, texts


@pytest.mark.parametrize("language", ["en", "it", "es"])
def test_nothing_is_cut_off_at_320_pixels(language: str, site: Site, open_page: OpenPage) -> None:
    page = open_page(query=f"?language={language}", viewport={"width": 320, "height": 568})
    for state, answer in {
        "waiting": call_data("WAITING_FOR_PARTICIPANTS"),
        "scheduled": call_data("SCHEDULED", opens_in_seconds=400_000),
        "open": call_data("OPEN", link=site.link()),
        "ended": call_data("ENDED"),
        "cancelled": problem(410, "deleted"),
        "not-participant": problem(403, "not_a_participant"),
        "not-found": problem(404, "not_found"),
        "signed-out": gateway_error(401, "Unauthorized"),
        "unreachable": problem(500, "internal"),
        "refused": call_data("OPEN", link="https://evil.example"),
    }.items():
        site.answer = answer
        page.goto("about:blank")
        page.goto(site.page_url(query=f"?language={language}"))
        expect_state(page, state)

        assert page.evaluate("document.documentElement.scrollWidth") == 320, state


def test_the_call_is_left_and_entered_by_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()

    # Past the frame's own button.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name=texts("en")["leave"])).to_be_focused()
    assert outline_of_focus(page) == "3px"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=texts("en")["reenter"])).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("iframe")).to_be_focused()


def test_whoever_wants_no_motion_gets_none(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(500, "internal")

    page = open_page(reduced_motion="reduce")

    expect_state(page, "unreachable")
    assert page.locator(".icon").evaluate("(icon) => getComputedStyle(icon).animationName") == "none"


def outline_of_focus(page: Page) -> str:
    width: str = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    return width
