"""One browser for all end-to-end tests: Playwright drives one at a time in a thread."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM_ARGUMENTS = [
    # Chromium has no sandbox for root.
    "--no-sandbox",
    "--disable-gpu",
    # No requests of the browser itself.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A moving picture and a beep instead of devices, granted to every allowed page. Ten pictures a second
    # are enough, and leave two cores free for the four browsers that show them.
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    # Media over 127.0.0.1, so that a call needs no network.
    "--allow-loopback-in-peer-connection",
]


# Long enough for a busy machine; expectations return at once when met, so only failures take this long.
expect.set_options(timeout=15_000)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends; nobody else in the thread may run it meanwhile."""
    program = os.environ.get("CHROMIUM") or "chromium-headless-shell"
    # If it is not installed, Playwright's; the channel selects the whole browser instead of its shell.
    channel = "chromium" if program == "chromium" else None
    executable = shutil.which(program)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, channel=None if executable else channel, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser
