"""Layout, language and keyboard control of the call page."""

import re

import pytest
from playwright.sync_api import expect

from local.bandyer_simulator.calls.texts import TEXTS
from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.fakes.jpeg import jpeg

SIZES = [(360, 640), (600, 400), (1280, 720)]
_BOXES = """
() => {
  const boxes = (selector) =>
    [...document.querySelectorAll(selector)].map((each) => each.getBoundingClientRect().toJSON());
  const { scrollWidth, scrollHeight } = document.documentElement;
  return [[scrollWidth, scrollHeight], boxes(".tile"), boxes(".bar button")];
}
"""


def test_four_people_fit_wherever_the_page_is_put(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", "relative", "other")
    # The layout does not depend on the pictures, and twelve streams would overload a machine.
    page, *_ = [
        open_call(f"{links[user]}&video_disabled=true") for user in ("doctor", "patient", "relative", "other")
    ]
    expect(page.locator(".tile")).to_have_count(4)

    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})

        root, tiles, buttons = page.evaluate(_BOXES)
        assert root == [width, height]
        assert all(box["x"] >= 0 and box["right"] <= width for box in tiles + buttons)
        assert all(box["bottom"] <= height for box in buttons)
        assert len({(round(box["width"]), round(box["height"])) for box in tiles}) == 1
        assert all(box["width"] > width / 3 and box["height"] > 80 for box in tiles)
        assert all(box["width"] >= 44 and box["height"] >= 44 for box in buttons)


@pytest.mark.parametrize("language", ["en", "it", "es"])
def test_controls_speak_the_language_of_the_link(
    call_site: CallSite, open_call: OpenCall, language: str
) -> None:
    texts = TEXTS[language]
    link = call_site.room("doctor", "patient")["doctor"].replace("language=en", f"language={language}")

    page = open_call(link)

    bar = page.get_by_role("group", name=texts["controls"])
    expect(bar.get_by_role("button")).to_have_text(
        [texts[key] for key in ("mute", "camera_off", "share", "board_title", "chat_title", "end")]
    )
    page.get_by_role("button", name=texts["mute"]).click()
    expect(page.get_by_role("button", name=texts["unmute"])).to_be_visible()


def test_controls_are_reached_by_keyboard_in_order(call_site: CallSite, open_call: OpenCall) -> None:
    page = open_call(call_site.room("doctor", "patient")["doctor"])
    expect(page.get_by_role("button", name="Mute")).to_be_enabled()

    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    assert reached == ["Mute", "Camera off", "Share screen", "Whiteboard", "Chat", "Leave"]


def test_the_companys_background_is_behind_who_enters_with_it(
    call_site: CallSite, open_call: OpenCall
) -> None:
    links = call_site.room("doctor", "patient")
    alias = call_site.choose_background(jpeg(width=1280, height=1280))

    with_it = open_call(f"{links['doctor']}&virtual_background=image")
    without = open_call(links["patient"])

    own = ".tile.own"
    expect(with_it.locator(own)).to_have_css("background-image", re.compile(rf"/{alias}\.jpeg"))
    expect(without.locator(own)).to_have_css("background-image", "none")
