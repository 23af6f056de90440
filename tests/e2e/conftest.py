"""One browser for all end-to-end tests: Playwright drives only one at a time from one thread."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM_ARGUMENTS = [
    # Root cannot have the sandbox.
    "--no-sandbox",
    "--disable-gpu",
    # Nothing calls home.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A moving picture and a beep in place of devices, given to every page that may ask. Ten pictures a second
    # tell as much as thirty, and leave two cores free for the four browsers that show them.
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    # Media over 127.0.0.1, so that a call needs no network at all.
    "--allow-loopback-in-peer-connection",
]


# Patience for a busy machine: what is there is not waited for, so this costs nothing but on failure.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    # Without one it is Playwright's own; the channel names the whole browser in place of its headless shell.
    channel = None if executable else "chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, channel=channel, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()
