"""A call between real browsers, measured at the receiving ends."""

from playwright.sync_api import Frame, Page, expect

from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.e2e.media import expect_media, expect_standstill

# The rest of a beep that was playing when its microphone was switched off.
SILENCE_ENERGY = 1e-6


def call_frame(page: Page) -> Frame:
    (frame,) = page.frames[1:]
    return frame


def test_two_people_see_and_hear_each_other_in_frames(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")

    doctor = open_call(call_site.framed(f"{links['doctor']}&display_name=Anna"))
    patient = open_call(call_site.framed(f"{links['patient']}&display_name=Marco"))

    for page in (doctor, patient):
        expect_media(call_frame(page), people=1)
    expect(call_frame(doctor).locator(".tile figcaption")).to_have_text(["Marco", "You"])
    expect(call_frame(patient).locator(".tile figcaption")).to_have_text(["Anna", "You"])


def test_three_people_see_and_hear_each_other(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", "relative")

    pages = [open_call(links[user]) for user in ("doctor", "patient", "relative")]

    for page in pages:
        expect_media(page, people=2)
        expect(page.locator(".tile")).to_have_count(3)


def test_muting_silences_the_other_end_until_unmuted(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect_media(doctor, people=1)

    patient.get_by_role("button", name="Mute").click()

    expect_standstill(doctor, kind="energy", tolerance=SILENCE_ENERGY)
    expect(doctor.get_by_role("img", name="Microphone off")).to_be_visible()
    expect_media(patient, people=1)
    patient.get_by_role("button", name="Unmute").click()
    expect_media(doctor, people=1)
    expect(doctor.get_by_role("img", name="Microphone off")).to_have_count(0)


def test_camera_that_is_off_sends_no_picture_and_is_released(
    call_site: CallSite, open_call: OpenCall
) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect_media(doctor, people=1)

    patient.get_by_role("button", name="Camera off").click()

    expect(doctor.locator(".tile:not(.own) .avatar")).to_be_visible()
    expect_standstill(doctor, kind="frames")
    assert patient.evaluate("document.querySelector('.own video').srcObject.getVideoTracks().length") == 0
    expect_media(doctor, people=1, kinds=("energy",))
    patient.get_by_role("button", name="Camera on").click()
    expect_media(doctor, people=1)
    expect(doctor.locator(".tile:not(.own) .avatar")).to_be_hidden()


def test_leaving_and_entering_again(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect_media(doctor, people=1)

    patient.get_by_role("button", name="Leave").click()
    expect(doctor.locator(".tile")).to_have_count(1)
    expect(patient.get_by_role("status")).to_have_text("You left the call.")
    expect(patient.get_by_role("button", name="Enter again")).to_be_focused()
    patient.get_by_role("button", name="Enter again").click()

    expect_media(doctor, people=1)
    expect_media(patient, people=1)


def test_closed_tab_disappears(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect_media(doctor, people=1)

    patient.close()

    expect(doctor.locator(".tile")).to_have_count(1)
    expect(doctor.get_by_text("You are the first one here.")).to_be_visible()


def test_call_recovers_from_lost_signalling(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    for page in (doctor, patient):
        expect_media(page, people=1)

    # Recorded when it happens: it may be back before the test looks.
    doctor.evaluate("""() => {
      new MutationObserver(() => { window.lossWasShown = true; })
        .observe(document.getElementById("lost"), { attributes: true });
    }""")
    call_site.cut_streams()

    doctor.wait_for_function("() => window.lossWasShown")
    for page in (doctor, patient):
        expect(page.get_by_text("The connection is lost.")).to_be_hidden()
        expect_media(page, people=1)


def test_room_with_a_lobby_waits_for_a_click(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", directCall=False)
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect(doctor.get_by_role("status")).to_have_text("You are not in the call yet.")
    assert doctor.evaluate("watchedConnections.length") == 0

    for page in (doctor, patient):
        page.get_by_role("button", name="Join the call").click()

    for page in (doctor, patient):
        expect_media(page, people=1)
