"""A visit from the waiting room to its end, as its people live it and as the booking system hears of it."""

from collections import Counter

from playwright.sync_api import Browser, Page, expect

from local import events_page
from local.stack import Stack
from tests.e2e.axe import violations
from tests.e2e.page.page_site import expect_state
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import book, call_frame, enter_all, expect_whole_call
from tests.e2e.product.test_pictures import FOLDER, LARGEST_BYTES, PEOPLE, portrait
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, dates, visit

# The door of such a visit opens in some minutes.
SOON_SECONDS = 1_000
STORY = {
    "teleconsultation.created": 1,
    "participant.waiting": 2,
    "teleconsultation.updated": 1,
    "teleconsultation.opened": 1,
    "participant.joined": 2,
    "call.started": 1,
    "participant.left": 2,
    "call.ended": 1,
}
# A webhook of the provider and an event of ours pass several queues on the way to the page.
PATIENCE_MS = 60_000


def ask_now(*pages: Page) -> None:
    """Let each page ask at once, as it does when the network is back."""
    for page in pages:
        page.evaluate("window.dispatchEvent(new Event('online'))")


def expect_told(events: Page, visit_id: str, *types: str) -> None:
    """Wait until the page of events shows these types of events of the visit."""
    section = events.locator("section", has_text=visit_id)
    for each in types:
        expect(section.locator(".type", has_text=each).first).to_be_visible(timeout=PATIENCE_MS)


def test_two_people_wait_talk_and_leave_and_the_page_of_events_tells_it(
    api: ApiClient, stack: Stack, browser: Browser, open_link: OpenLink
) -> None:
    booked = book(api, visit(people=PEOPLE, **dates(start_in_seconds=SOON_SECONDS)))
    events = browser.new_page(
        viewport={"width": 1000, "height": 710}, locale="en-GB", timezone_id="Europe/Rome"
    )
    events.goto(f"{stack.site_url}{events_page.PATH}")
    doctors, patients = (
        open_link(booked.links[person], init_script=portrait(person)) for person in (DOCTOR, PATIENT)
    )

    # They wait, and see each other wait.
    for page in (doctors, patients):
        expect_state(page, "scheduled")
    expect_told(events, booked.id, "teleconsultation.created", "participant.waiting")
    ask_now(doctors, patients)
    expect(doctors.locator("dd", has=doctors.locator(".waits"))).to_contain_text("Paolo Bianchi")
    expect(patients.locator("dd", has=patients.locator(".waits"))).to_contain_text("Dr. Dana Rossi")

    # The visit begins earlier than planned; they talk, and leave.
    assert api.patch(booked.id, dates(start_in_seconds=0)).status == 204
    ask_now(doctors, patients)
    enter_all(doctors, patients)
    expect_whole_call(doctors, patients)
    expect_told(events, booked.id, "teleconsultation.opened", "call.started")
    for page in (patients, doctors):
        call_frame(page).get_by_role("button", name="Leave").click()
        expect_state(page, "left")

    told = events.locator("section", has_text=booked.id).locator(".type")
    expect(told).to_have_count(sum(STORY.values()), timeout=PATIENCE_MS)
    assert Counter(told.all_text_contents()) == STORY
    expect(told.first).to_have_text("teleconsultation.created")
    assert violations(events) == {}
    text = events.locator("body").inner_text()
    assert not any(name in text for name in ("Bianchi", "Rossi", DOCTOR, PATIENT))
    events.emulate_media(color_scheme="light")
    FOLDER.mkdir(exist_ok=True)
    picture = events.screenshot(path=FOLDER / "events.png")
    events.close()
    assert len(picture) < LARGEST_BYTES
