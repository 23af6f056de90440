"""Who waits can put the visit into the calendar of their device."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import JOIN_SECRET, Site, call_data, expect_state, problem, texts

ENGLISH, ITALIAN = texts("en"), texts("it")


def test_the_entry_is_loaded_with_the_readers_own_secret_and_saved(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=f"#j={JOIN_SECRET}"), locale="it-IT")

    with page.expect_download() as download:
        page.get_by_role("button", name=ITALIAN["calendar"]).click()

    assert download.value.suggested_filename == "invitation.ics"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("BEGIN:VCALENDAR")
    asked = site.asked[-1]
    assert asked.path.endswith("/join/invitation.ics")
    assert asked.query == "language=it"
    assert asked.authorization == f"Bearer {JOIN_SECRET}"


def test_an_entry_that_cannot_be_loaded_is_said_and_can_be_tried_again(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    button = page.get_by_role("button", name=ENGLISH["calendar"])
    for failing in (problem(503, "storage_unavailable"), call_data("SCHEDULED")):
        site.calendar_answer = failing

        button.click()

        expect(page.locator(".calendar p")).to_have_text(ENGLISH["calendar.problem"])


def test_an_open_door_needs_no_calendar(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_page()

    expect_state(page, "ready")
    expect(page.get_by_role("button", name=ENGLISH["check"])).to_be_visible()
    expect(page.get_by_role("button", name=ENGLISH["calendar"])).to_be_hidden()
