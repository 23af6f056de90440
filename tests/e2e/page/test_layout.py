"""Keyboard control and motion."""

from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, expect_state, problem, texts

ENGLISH = texts("en")


def test_waiting_works_by_keyboard(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    check = page.get_by_role("button", name=ENGLISH["check"])
    expect(check).to_be_visible()

    page.keyboard.press("Tab")
    expect(check).to_be_focused()
    assert outline_of_focus(page) == "3px"
    page.keyboard.press("Enter")
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    end = page.get_by_role("button", name=ENGLISH["endCheck"])
    expect(end).to_be_focused()
    expect(end).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    sound = page.get_by_role("button", name=ENGLISH["sound"])
    expect(sound).to_be_focused()
    page.keyboard.press("Space")
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.locator("video")).to_have_count(0)


def test_leaving_and_reentering_work_by_keyboard(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()

    # Skip the frame's own button.
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


def test_reduced_motion_stops_animations(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(500, "internal")

    page = open_page(reduced_motion="reduce")

    expect_state(page, "unreachable")
    assert page.locator(".icon").evaluate("(icon) => getComputedStyle(icon).animationName") == "none"


def outline_of_focus(page: Page) -> str:
    width: str = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    return width
