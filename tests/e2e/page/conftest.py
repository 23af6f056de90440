from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.page.page_site import JOIN_SECRET, TOKEN, Site, served_site
from tests.e2e.witness import Witness
from tests.pages import chosen_page

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    with chosen_page() as folder, served_site(folder) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Site:
    running_site.reset()
    return running_site


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Opens the page in a new profile.

    A complaint of the browser (CSP, errors) fails the test, and so does a request to other origins than page
    and provider, or a secret outside its header.
    """
    contexts = []
    witness = Witness()
    complaints: list[str] = []

    # The console also reports the error statuses, blocked devices and refused frames that tests cause.
    caused = (
        "Failed to load resource",
        "Permissions policy violation",
        "Refused to display",
        "frame-ancestors",
        "Framing 'http://localhost",
    )

    def complain(text: str) -> None:
        if not any(each in text for each in caused):
            complaints.append(text)

    def open_page(
        *,
        query: str = "",
        url: str | None = None,
        init_script: str = "",
        fake_time: bool | datetime = False,
        **options: Any,
    ) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Rome"} | options)
        contexts.append(context)
        witness.watch(context)
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
    # An insecure page leads to the secure one.
    origins = {site.page_origin, site.page_origin.replace("http:", "https:"), site.provider_origin}
    assert witness.complaints(origins=origins, secrets={TOKEN, JOIN_SECRET}) == []
