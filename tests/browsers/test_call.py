"""A call between Firefox and Chromium, whoever comes first: pictures, sound and a shared screen arrive."""

import time
from collections.abc import Iterator
from typing import Final

import playwright.sync_api as chromium
import pytest

from tests.browsers.drivers import Browser, click, enter_frame, go, run, running_firefox
from tests.e2e.call.call_site import CallSite, running_call_site
from tests.e2e.call.test_call import SILENCE_ENERGY
from tests.e2e.conftest import running_chromium
from tests.e2e.media import WATCH, expect_media, expect_standstill

pytestmark = pytest.mark.deep

PATIENCE_SECONDS: Final = 60.0
OTHER: Final = ".tile:not(.own) video"
SCREEN: Final = "#screen video"
# How many different pictures a second of the video has.
PICTURES: Final = """
const [selector] = arguments;
return (async () => {
  const video = document.querySelector(selector);
  if (!(video?.videoWidth > 2)) { return 0; }
  const pen = new OffscreenCanvas(64, 36).getContext("2d");
  const pictures = new Set();
  for (let look = 0; look < 10; look += 1) {
    pen.drawImage(video, 0, 0, 64, 36);
    pictures.add(pen.getImageData(0, 0, 64, 36).data.join());
    await new Promise((done) => setTimeout(done, 100));
  }
  return pictures.size;
})();
"""
# Who speaks, as the page shows it: the level comes from the browser's receiver. Without a sound card Firefox
# has no other measure of what it hears.
SPEAKING: Final = "return document.querySelectorAll('.tile.speaking:not(.own)').length"


@pytest.fixture(scope="module")
def running_site() -> Iterator[CallSite]:
    with running_call_site() as site:
        yield site


@pytest.fixture
def site(running_site: CallSite) -> CallSite:
    running_site.reset()
    return running_site


@pytest.fixture(scope="module")
def firefox() -> Iterator[Browser]:
    with running_firefox() as browser:
        yield browser


@pytest.fixture(scope="module")
def running_pages() -> Iterator[chromium.Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(running_pages: chromium.Browser) -> Iterator[chromium.Page]:
    with running_pages.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        yield page


def expect_in(browser: Browser, script: str, *arguments: object, at_least: int) -> None:
    """Wait until a script counts at least so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := run(browser, script, *arguments)) < at_least:
        assert time.monotonic() < deadline, f"{arguments or script}: {found}"


def open_in_firefox(firefox: Browser, site: CallSite, link: str) -> None:
    """Open a link as the service's page does, in a frame."""
    go(firefox, site.framed(link))
    enter_frame(firefox)


@pytest.mark.parametrize("first", ["firefox", "chromium"])
def test_both_see_and_hear_each_other(
    first: str, site: CallSite, firefox: Browser, page: chromium.Page
) -> None:
    links = site.room("doctor", "patient")
    # The one who comes first makes the offer.
    if first == "firefox":
        open_in_firefox(firefox, site, links["patient"])
        expect_in(firefox, "return document.querySelectorAll('.tile').length", at_least=1)
    page.goto(links["doctor"])
    if first == "chromium":
        chromium.expect(page.locator(".tile")).to_have_count(1)
        open_in_firefox(firefox, site, links["patient"])

    expect_media(page, people=1)
    expect_in(firefox, PICTURES, OTHER, at_least=2)
    expect_in(firefox, SPEAKING, at_least=1)

    page.get_by_role("button", name="Share screen").click()
    expect_in(firefox, PICTURES, SCREEN, at_least=2)

    click(firefox, "#microphone")
    expect_standstill(page, kind="energy", tolerance=SILENCE_ENERGY)
