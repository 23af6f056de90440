"""A clinic's colours and logo, with the original's keys; unreadable colours are ignored."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, expect_state

# The defaults of the Mia-Platform service.
ORIGINAL = {
    "light": {"primaryColor": "#fff", "accentColor": "#480ca8"},
    "dark": {"primaryColor": "#003049", "accentColor": "#d62828"},
}
LOGO = "/icon.svg"
COLOURS = """() => {
    const colour = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
    const button = document.querySelector("aside button[aria-pressed]");
    button.setAttribute("aria-pressed", "true");
    const style = getComputedStyle(button);
    return {
        card: colour(".panel", "backgroundColor"),
        service: colour(".service", "color"),
        button: style.backgroundColor,
        onButton: style.color,
    };
}"""


def colours(page: Page) -> dict[str, str]:
    expect(page.locator("aside button").first).to_be_visible()
    found: dict[str, str] = page.evaluate(COLOURS)
    return found


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour: str) -> float:
        channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        red, green, blue = (
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("scheme", "card", "button"),
    [("light", "rgb(255, 255, 255)", "rgb(72, 12, 168)"), ("dark", "rgb(0, 48, 73)", "rgb(214, 40, 40)")],
)
def test_the_originals_theme_is_applied_and_readable(
    scheme: Any, card: str, button: str, site: Site, open_page: OpenPage
) -> None:
    site.configuration["theme"] = ORIGINAL

    page = open_page(color_scheme=scheme)
    found = colours(page)

    assert (found["card"], found["button"]) == (card, button)
    assert contrast(found["service"], found["card"]) >= 4.5
    assert contrast(found["onButton"], found["button"]) >= 4.5


@pytest.mark.parametrize(
    "theme",
    [
        pytest.param({"primaryColor": "#000", "accentColor": "#fff"}, id="dark-text-on-black"),
        pytest.param({"primaryColor": "white", "accentColor": "#480ca8"}, id="no-hexadecimal"),
        pytest.param({"primaryColor": "#fff"}, id="half-a-pair"),
    ],
)
def test_unreadable_colours_are_ignored(theme: dict[str, str], site: Site, open_page: OpenPage) -> None:
    site.configuration["theme"] = {"light": theme}

    found = colours(open_page())

    assert (found["card"], found["button"]) == ("rgb(255, 255, 255)", "rgb(11, 107, 116)")


def test_the_theme_follows_the_device_from_light_to_dark(site: Site, open_page: OpenPage) -> None:
    site.configuration["theme"] = ORIGINAL
    page = open_page(color_scheme="light")
    assert colours(page)["card"] == "rgb(255, 255, 255)"

    page.emulate_media(color_scheme="dark")

    expect(page.locator(".panel").first).to_have_css("background-color", "rgb(0, 48, 73)")


@pytest.mark.parametrize(("url", "count"), [(LOGO, 1), ("https://clinic.example/logo.png", 0)], ids=str)
def test_only_a_logo_of_our_origin_is_shown(url: str, count: int, site: Site, open_page: OpenPage) -> None:
    site.configuration["companyLogo"] = {"url": url}

    page = open_page()

    expect_state(page, "scheduled")
    expect(page.locator(".panel > img")).to_have_count(count)


def test_the_logo_has_the_clinics_name_and_a_height(site: Site, open_page: OpenPage) -> None:
    # This picture has no width and no height.
    site.configuration["companyLogo"] = {"url": LOGO, "name": "Clinic of the Lake"}

    page = open_page()

    logo = page.get_by_role("img", name="Clinic of the Lake")
    expect(logo).to_be_visible()
    assert logo.evaluate("(logo) => [logo.clientHeight, getComputedStyle(logo).objectFit]") == [68, "contain"]
