"""The company's colours and logo on the call page."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Client

from tests.contract.bandyer_simulator.test_company import PNG

type Paths = Callable[..., dict[str, str]]

COLOURS = "/_company/colours.css"
OURS = "/_page/logo.svg"
UPLOADED = "/_company/logos/dark"
LIGHT, DARK = (
    {"primary_color": "#005588", "accent_color": "#cc3300"},
    {"primary_color": "#ffcc00", "accent_color": "#33ccff"},
)


def logos(page: str) -> list[str]:
    """Return the addresses for the device's dark and light mode."""
    return re.findall(r'(?:srcset|<img src)="([^"]*)"', page)


def test_without_colours_the_page_has_its_own(site: Client) -> None:
    answer = site.get(COLOURS)

    assert (answer.text, answer.headers["content-type"]) == ("", "text/css; charset=utf-8")


def test_the_page_has_the_companys_colours_and_readable_text_on_them(api: Client, site: Client) -> None:
    api.post("/company/theme", json={"light": LIGHT, "dark": DARK})

    rules = re.findall(r"(--[\w-]+): light-dark\((.*), (.*)\);", site.get(COLOURS).text)

    assert rules == [
        ("--accent", "#005588", "#ffcc00"),
        ("--on-accent", "#ffffff", "#17202a"),
        ("--highlight", "#cc3300", "#33ccff"),
    ]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colours_of_one_mode_serve_both(api: Client, site: Client, mode: str) -> None:
    api.post("/company/theme", json={mode: LIGHT})

    assert "--accent: light-dark(#005588, #005588);" in site.get(COLOURS).text


def test_the_page_shows_the_logo_of_each_mode(api: Client, site: Client, link_paths: Paths) -> None:
    path = link_paths()["doctor"]
    before = site.get(path).text
    api.post("/company/logo/update", files={"logo": ("logo.png", PNG)}, data={"theme": "dark"})

    page = site.get(path).text

    assert ("<picture hidden>" in before, "<picture hidden>" in page) == (True, False)
    [dark, light] = logos(page)
    assert light == OURS
    shown = site.get(dark)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert site.get("/_company/logos/light").status_code == 404


@pytest.mark.parametrize(("theme", "shown"), [("light", {OURS}), ("dark", {UPLOADED})])
def test_the_links_theme_chooses_the_logo(
    api: Client, site: Client, link_paths: Paths, theme: str, shown: set[str]
) -> None:
    api.post("/company/logo/update", files={"logo": ("logo.png", PNG)}, data={"theme": "dark"})

    page = site.get(link_paths()["doctor"], params={"theme": theme}).text

    assert {logo.partition("?")[0] for logo in logos(page)} == shown
