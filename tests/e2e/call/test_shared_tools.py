"""Screen sharing, whiteboard and files between real browsers, and for whom they are there."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.axe import violations
from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.e2e.call.test_call import call_frame
from tests.e2e.media import Place, expect_media

REPORT: FilePayload = {
    "name": "Report <1>.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7 a report",
}
# Without the camera: what is measured is the screen.
UNSEEN = "&video_disabled=true"
LINES = "() => [...document.querySelectorAll('#paper polyline')].map((line) => line.getAttribute('points'))"
PANEL = "#chat-open"
WIDE_LABELS = """() => [...document.querySelectorAll(".bar span")]
    .filter((label) => label.scrollWidth > label.parentElement.clientWidth)
    .map((label) => label.textContent)"""


def draw_line(place: Place) -> None:
    """Draw across the whiteboard with the pointer."""
    page = place if isinstance(place, Page) else place.page
    box = place.locator("#paper").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle - 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, middle + 20, steps=30)
    page.mouse.up()


def send_file(page: Page) -> None:
    page.locator(PANEL).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Send a file").click()
    chooser.value.set_files(REPORT)


def test_two_people_share_a_screen_a_whiteboard_and_a_file(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    # In frames, as the service's page has them: the screen is passed on to the provider's page too.
    outer = open_call(call_site.framed(f"{links['doctor']}{UNSEEN}&display_name=Anna"))
    doctor, patient = call_frame(outer), open_call(f"{links['patient']}{UNSEEN}")
    expect(patient.locator(".tile[data-connected=true]")).to_have_count(2)

    doctor.get_by_role("button", name="Share screen").click()
    expect(patient.get_by_text("Anna is sharing a screen.")).to_have_count(2)
    expect_media(patient, people=1, kinds=("screen",))
    patient.wait_for_function("() => document.querySelector('#screen video').videoWidth > 2")
    expect(doctor.get_by_text("You are sharing your screen.").first).to_be_visible()
    doctor.get_by_role("button", name="Stop sharing").click()
    expect(patient.locator("#screen")).to_be_hidden()

    patient.get_by_role("button", name="Whiteboard").click()
    draw_line(patient)
    expect(doctor.get_by_role("heading", name="Whiteboard")).to_be_visible()
    # Two pieces of a line and its end.
    expect(doctor.locator("#paper polyline:not([data-colour=own])")).to_have_count(2)
    doctor.get_by_role("application", name="Whiteboard").press("Shift+ArrowRight")
    expect(patient.locator("#paper polyline[data-colour='0']")).to_have_attribute("points", "800,500 820,500")
    expect(patient.locator("#paper polyline:not([data-colour=own])")).to_have_count(3)
    assert sorted(patient.evaluate(LINES)) == sorted(doctor.evaluate(LINES))
    doctor.get_by_role("button", name="Clear").click()
    expect(patient.locator("#paper polyline")).to_have_count(0)

    send_file(patient)
    expect(doctor.get_by_role("status")).to_have_text(f"patient sent the file {REPORT['name']}.")
    doctor.locator(PANEL).click()
    with outer.expect_download() as download:
        doctor.get_by_role("link", name="Report <1>.pdf").click()
    assert Path(download.value.path()).read_bytes() == REPORT["buffer"]
    [upload] = call_site.api.get(f"/room/{links['room_id']}/upload/list").json()["uploads"]
    assert upload["user_id"] == "patient"


def test_a_person_without_the_tools_cannot(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", tools={"patient": {"chat": True}})
    doctor, patient = open_call(f"{links['doctor']}{UNSEEN}"), open_call(f"{links['patient']}{UNSEEN}")
    expect(patient.locator(".tile[data-connected=true]")).to_have_count(2)

    patient.locator(PANEL).click()
    doctor.get_by_role("button", name="Whiteboard").click()
    draw_line(doctor)
    send_file(doctor)
    doctor.get_by_role("textbox").fill("Did you get it?")
    doctor.keyboard.press("Enter")

    expect(patient.get_by_role("log")).to_contain_text("Did you get it?")
    expect(patient.get_by_role("log").get_by_role("link")).to_have_count(0)
    expect(patient.locator("#board")).to_be_hidden()
    for tool in ("Share screen", "Whiteboard", "Send a file"):
        expect(patient.get_by_role("button", name=tool)).to_have_count(0)


@pytest.mark.deep
def test_the_server_refuses_a_page_that_offers_a_tool_all_the_same(
    call_site: CallSite, open_call: OpenCall
) -> None:
    links = call_site.room("doctor", "patient", tools={"patient": {"chat": True}})
    doctor = open_call(f"{links['doctor']}{UNSEEN}")
    pretending = """
    document.addEventListener("readystatechange", () => {
      document.getElementById("call").dataset.tools = "chat screen_sharing file_upload";
    }, { once: true });
    """
    patient = open_call(f"{links['patient']}{UNSEEN}", init_script=pretending)
    expect(patient.locator(".tile[data-connected=true]")).to_have_count(2)

    patient.get_by_role("button", name="Share screen").click()
    expect(patient.locator("#hint p")).to_have_text("The screen could not be shared.")
    send_file(patient)
    expect(patient.locator("#hint p")).to_have_text(f"{REPORT['name']} was not sent.")

    expect(doctor.locator("#screen")).to_be_hidden()
    assert call_site.api.get("/upload/list").json()["uploads"] == []


@pytest.mark.deep
def test_a_frame_that_withholds_the_screen_is_named_as_the_cause(
    call_site: CallSite, open_call: OpenCall
) -> None:
    links = call_site.room("doctor", "patient")
    call_site.allow = "camera; microphone; autoplay"
    frame = call_frame(open_call(call_site.framed(links["doctor"])))

    frame.get_by_role("button", name="Share screen").click()

    explanation = "The page around this call does not pass on the screen."
    expect(frame.locator("#hint p")).to_have_text(explanation)
    frame.locator("#hint").get_by_role("button", name="Close").click()
    expect(frame.locator("#hint")).to_be_hidden()


@pytest.mark.deep
def test_a_shared_screen_comes_back_after_lost_signalling(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(f"{links['doctor']}{UNSEEN}"), open_call(f"{links['patient']}{UNSEEN}")
    expect(patient.locator(".tile[data-connected=true]")).to_have_count(2)
    doctor.get_by_role("button", name="Share screen").click()
    expect_media(patient, people=1, kinds=("screen",))

    patient.evaluate("window.firstConnections = watchedConnections.length")
    call_site.cut_streams()

    patient.wait_for_function("() => watchedConnections.length > firstConnections")
    expect(patient.locator("#screen")).to_be_visible()
    expect_media(patient, people=1, kinds=("screen",))


@pytest.mark.deep
@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_shared_fits_and_is_accessible(call_site: CallSite, open_call: OpenCall, width: int) -> None:
    links = call_site.room("doctor", "patient")
    size = {"width": width, "height": 640}
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"], viewport=size)
    expect(patient.locator(".tile[data-connected=true]")).to_have_count(2)
    doctor.get_by_role("button", name="Share screen").click()
    expect(patient.locator("#screen")).to_be_visible()
    found = {"screen": violations(patient)}
    patient.get_by_role("button", name="Whiteboard").click()
    draw_line(patient)
    expect(doctor.locator("#paper polyline").first).to_be_visible()
    found["whiteboard"] = violations(patient)
    overflow = patient.evaluate("document.documentElement.scrollWidth > innerWidth")
    wide_labels = patient.evaluate(WIDE_LABELS)
    send_file(patient)
    expect(patient.get_by_role("log").get_by_role("link")).to_be_visible()
    found["files"] = violations(patient)

    assert found == {"screen": {}, "whiteboard": {}, "files": {}}
    assert not overflow
    assert wide_labels == []
