from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.e2e.call.call_site import CallSite, running_call_site
from tests.e2e.media import WATCH

type OpenCall = Callable[..., Page]

TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def shared_call_site() -> Iterator[CallSite]:
    with running_call_site() as site:
        yield site


@pytest.fixture
def call_site(shared_call_site: CallSite) -> CallSite:
    shared_call_site.reset()
    return shared_call_site


@pytest.fixture
def open_call(browser: Browser, call_site: CallSite) -> Iterator[OpenCall]:
    """Opens an address in a new profile; an error or policy violation of the page fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Policy" in message.text:
            complaints.append(message.text)

    def open_call(url: str, *, init_script: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB"} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.add_init_script(WATCH + init_script)
        page.goto(url)
        return page

    yield open_call
    for context in contexts:
        context.close()
    assert complaints == []
