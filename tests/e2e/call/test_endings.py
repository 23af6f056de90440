"""Every end of a call that the person did not choose, and the page that follows."""

import pytest
from playwright.sync_api import expect

from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.e2e.media import expect_media


@pytest.mark.parametrize("end", ["delete", "disable"])
def test_deleted_room_ends_the_call_for_everybody(call_site: CallSite, open_call: OpenCall, end: str) -> None:
    links = call_site.room("doctor", "patient")
    pages = [open_call(links[user]) for user in ("doctor", "patient")]
    expect_media(pages[0], people=1)

    if end == "delete":
        call_site.api.delete(f"/room/delete/{links['room_id']}")
    else:
        call_site.api.put(f"/room/disable/{links['room_id']}")

    for page in pages:
        expect(page.get_by_role("status")).to_have_text("The call is over.")
        expect(page.get_by_role("heading", name="Video call")).to_be_focused()
        expect(page.get_by_role("button")).to_have_count(0)
        assert page.evaluate(
            "watchedConnections.every(({ connectionState }) => connectionState === 'closed')"
        )


def test_call_ends_after_a_warning_when_its_time_is_used_up(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", duration=60)
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect(doctor.locator(".tile")).to_have_count(2)
    expect(doctor.locator("#time-left")).to_be_hidden()

    call_site.advance(seconds=30)
    for page in (doctor, patient):
        expect(page.locator("#time-left")).to_contain_text("This call ends in 0:")
        expect(page.get_by_role("status")).to_have_text("This call ends in 30 seconds.")
    call_site.advance(seconds=30)

    for page in (doctor, patient):
        expect(page.get_by_role("status")).to_have_text("The call is over: its time is used up.")
        expect(page.get_by_role("button")).to_have_count(0)


def test_same_link_elsewhere_takes_over_and_can_be_taken_back(
    call_site: CallSite, open_call: OpenCall
) -> None:
    links = call_site.room("doctor", "patient")
    doctor, first = open_call(links["doctor"]), open_call(links["patient"])
    expect_media(first, people=1)

    second = open_call(links["patient"])

    expect(first.get_by_role("status")).to_have_text(
        "This call was opened in another window. It goes on there."
    )
    expect_media(second, people=1)
    expect(doctor.locator(".tile")).to_have_count(2)
    first.get_by_role("button", name="Use it here").click()
    expect_media(first, people=1)
    expect(second.get_by_role("button", name="Use it here")).to_be_visible()


def test_companys_page_follows_inside_the_frame(call_site: CallSite, open_call: OpenCall) -> None:
    call_site.api.post(
        "/company/update",
        json={
            "end_call_redirect_url": f"{call_site.outer_url}/landing",
            "end_call_redirect_timeout_ms": 500,
        },
    )
    links = call_site.room("doctor", "patient")
    page = open_call(call_site.framed(links["doctor"]))
    frame = page.frame_locator("iframe")

    frame.get_by_role("button", name="Leave").click()

    expect(frame.get_by_text("You left the call. You will be taken on in a moment.")).to_be_visible()
    expect(frame.get_by_text("Landed")).to_be_visible()
    assert page.title() == "Outer"


def test_redirect_waits_for_the_companys_timeout(call_site: CallSite, open_call: OpenCall) -> None:
    call_site.api.post(
        "/company/update",
        json={
            "end_call_redirect_url": f"{call_site.outer_url}/landing",
            "end_call_redirect_timeout_ms": 60_000,
        },
    )
    page = open_call(call_site.room("doctor", "patient")["doctor"])
    page.clock.install()

    page.get_by_role("button", name="Leave").click()
    page.clock.fast_forward(59_000)
    expect(page.get_by_role("button", name="Enter again")).to_be_visible()
    page.clock.fast_forward(1_000)

    expect(page.get_by_text("Landed")).to_be_visible()
