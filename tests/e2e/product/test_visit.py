"""A visit on the whole product: booking, waiting room, door, frame, call with pictures and sound."""

import re

from playwright.sync_api import expect

from tests.conditions import wait_until
from tests.e2e.page.page_site import expect_state
from tests.e2e.page.test_clock import WRONG_CLOCK
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import ENGLISH, book, call_frame, enter_all, expect_whole_call
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, World, dates, doctor, patient, visit

# The template's default: the door opens that long before the start.
EARLY_JOIN_SECONDS = 600
# Long enough for two browsers to show the countdown on a loaded machine.
UNTIL_OPEN_SECONDS = 12
# The last seconds by the server's clock; the browsers' clocks are a day off.
COUNTDOWN = re.compile(r"0:[01]\d")


def test_two_people_wait_and_then_see_and_hear_each_other(api: ApiClient, open_link: OpenLink) -> None:
    start = dates(start_in_seconds=EARLY_JOIN_SECONDS + UNTIL_OPEN_SECONDS)
    booked = book(api, visit(people=[patient()], number=2, **start))
    patients = open_link(booked.links[PATIENT], init_script=WRONG_CLOCK % -24)
    expect_state(patients, "waiting")

    everybody = {"participants": {"data": [patient(), doctor()]}}
    completed = api.patch(booked.id, everybody, prefer="return=representation")
    doctors = open_link(completed.body["participants"][1]["joinUrl"], init_script=WRONG_CLOCK % 24)
    patients.evaluate("window.dispatchEvent(new Event('online'))")
    for page in (doctors, patients):
        expect(page.get_by_role("timer")).to_have_text(COUNTDOWN)

    enter_all(doctors, patients)

    expect_whole_call(doctors, patients)


def test_leaving_in_the_frame_allows_to_reenter(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api)
    doctors, patients = (open_link(booked.links[person]) for person in (DOCTOR, PATIENT))
    enter_all(doctors, patients)
    expect_whole_call(doctors, patients)

    # The provider's page redirects its frame to ours, as the company is configured; ours removes the frame.
    call_frame(patients).get_by_role("button", name="Leave").click()
    expect_state(patients, "left")
    expect(patients.get_by_role("heading", level=1)).to_have_text(ENGLISH["left.title"])
    expect(patients.locator("iframe")).to_have_count(0)
    expect(call_frame(doctors).locator(".tile")).to_have_count(1)
    patients.get_by_role("button", name=ENGLISH["reenter"]).click()

    expect_whole_call(doctors, patients)


def test_a_cancellation_ends_the_call_for_everybody(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api)
    pages = [open_link(booked.links[person]) for person in (DOCTOR, PATIENT)]
    enter_all(*pages)
    expect_whole_call(*pages)

    assert api.delete(booked.id).status == 204

    for page in pages:
        expect_state(page, "cancelled")
        expect(page.locator("iframe")).to_have_count(0)


def knows_owner(world: World, teleconsultation_id: str) -> bool:
    """Tell if the provider's event of the visit's room has been received: it comes after the booking."""
    rooms = [item for item in world.table.items() if item["pk"]["S"].startswith("ROOM#")]
    return any(room.get("teleconsultationId") == {"S": teleconsultation_id} for room in rooms)


def test_opening_a_link_repeatedly_changes_nothing(api: ApiClient, world: World, open_link: OpenLink) -> None:
    booked = book(api, visit(**dates(start_in_seconds=86_400)))
    assert wait_until(lambda: knows_owner(world, booked.id))

    with world.unchanged():
        page = open_link(booked.links[PATIENT])
        for _ in range(3):
            expect_state(page, "scheduled")
            page.goto("about:blank")
            page.goto(booked.links[PATIENT])

    expect_state(page, "scheduled")
