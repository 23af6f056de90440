import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.page.page_site import Site, served_site

OpenPage = Callable[..., Page]

# Root needs --no-sandbox; the others keep the browser from calling home.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    with served_site() as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Site:
    running_site.reset()
    return running_site


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Opens the page in a new profile; whatever the browser complains about (CSP, errors) fails the test."""
    contexts = []
    complaints: list[str] = []

    def complain(text: str) -> None:
        # The console also tells of the error statuses that the tests ask for.
        if "Failed to load resource" not in text:
            complaints.append(text)

    def open_page(
        *,
        query: str = "",
        url: str | None = None,
        init_script: str = "",
        fake_time: bool = False,
        **options: Any,
    ) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Rome"} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("console", lambda message: complain(message.text))
        if init_script:
            page.add_init_script(init_script)
        if fake_time:
            page.clock.install(time=0)
            page.clock.pause_at(1)
        page.goto(url or site.page_url(query=query))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
