"""Keyboard control and motion."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, enter, expect_state, problem, texts

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
    expect(page.get_by_role("button", name=ENGLISH["loudspeaker"])).to_be_focused()
    page.keyboard.press("Tab")
    sound = page.get_by_role("button", name=ENGLISH["sound"])
    expect(sound).to_be_focused()
    page.keyboard.press("Space")
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.locator("video")).to_have_count(0)


def test_leaving_and_reentering_work_by_keyboard(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    expect_state(page, "ready")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=ENGLISH["enter"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()

    # Skip the frame's own button and the link to its own tab.
    page.keyboard.press("Shift+Tab")
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


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_bar_of_a_call_has_its_whole_title_and_one_button(
    width: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page(viewport={"width": width, "height": 640})
    enter(page)

    title = page.locator("header > h1")

    expect(page.locator("header").locator("button, a")).to_have_text([ENGLISH["leave"]])
    expect(title).to_have_text(ENGLISH["service"])
    assert title.evaluate("(title) => title.scrollWidth <= title.clientWidth && title.clientHeight < 30")


def test_an_icon_moves_for_a_few_seconds_only(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(500, "internal")

    page = open_page()

    expect_state(page, "unreachable")
    count = page.locator(".icon").evaluate("(icon) => getComputedStyle(icon).animationIterationCount")
    assert count == "4"


def test_forced_colours_leave_the_icon(site: Site, open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    expect_state(page, "scheduled")

    shown = page.evaluate("""() => {
        const style = getComputedStyle(document.querySelector(".icon"), "::before");
        const canvas = getComputedStyle(document.body).backgroundColor;
        return style.backgroundColor !== canvas;
    }""")

    assert shown


def outline_of_focus(page: Page) -> str:
    width: str = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    return width


def test_the_page_grows_with_a_very_wide_screen_and_still_with_its_readers_zoom(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 1920, "height": 1080})
    expect_state(page, "scheduled")
    letters = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    usual = page.evaluate(letters)
    sizes = {}
    # A screen of 3840 pixels at a ratio of 1, as it is, at 200 % and at 300 %; then a low and a high one.
    for width, height in ((3840, 2160), (1280, 720), (5120, 1440), (2160, 3840)):
        page.set_viewport_size({"width": width, "height": height})
        sizes[width] = page.evaluate(letters)
        panel = page.locator(".panel").first.bounding_box()
        assert panel is not None
        if width == 3840:
            assert panel["width"] / width > 0.2

    assert usual == pytest.approx(17, abs=0.1)
    assert sizes[1280] == 17
    assert 24 < sizes[3840] < 2 * usual
    # At 300 % letters are twice as large as without zoom, nearly.
    assert 3 * sizes[1280] / sizes[3840] > 1.9
    assert sizes[5120] < 22
    assert sizes[2160] < 19
