"""Booked visits on the whole product, and a check that a call works completely."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tests.e2e.media import expect_media
from tests.e2e.page.page_site import NOTICE, enter, expect_state, texts
from tests.integration.api.client import ApiClient, dates, visit

ENGLISH = texts("en")
# In the same order as their names in the texts.
FEATURES = (
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
    "fullscreen",
    "speaker-selection",
    "screen-wake-lock",
    "clipboard-write",
)
NAMES = dict(zip(FEATURES, ENGLISH["features"].split("|"), strict=True))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A booked visit with the participants' links by id."""

    id: str
    links: dict[str, str]


def book(api: ApiClient, body: dict[str, Any] | None = None) -> Visit:
    """Book a visit, which is open by default."""
    created = api.post(body or visit(**dates(start_in_seconds=0)))
    assert created.status == 201
    people = created.body["participants"]
    return Visit(
        id=created.body["roomId"], links={each["userExternalId"]: each["joinUrl"] for each in people}
    )


def enter_all(*pages: Page) -> None:
    """Press "Enter" in every page, once its door is open."""
    for page in pages:
        enter(page)


def call_frame(page: Page) -> Frame:
    """Return the frame of the call, once its page is loaded."""
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function("() => document.querySelector('#call[data-state=call]')")
    return frame


def expect_whole_call(*pages: Page) -> None:
    """Expect that both people see and hear each other and that no feature is blocked in the frame."""
    for page in pages:
        expect_state(page, "open")
        expect_media(call_frame(page), people=1)
        expect(page.locator(NOTICE)).to_have_count(0)
