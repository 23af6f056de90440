"""A call without camera or microphone: the cause is shown, and the call works."""

import pytest
from playwright.sync_api import expect

from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.e2e.media import expect_media


def refusing(error: str) -> str:
    return f"""
    window.allowDevices = () => {{ delete navigator.mediaDevices.getUserMedia; }};
    if (navigator.mediaDevices) {{
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "{error}"));
    }}
    """


@pytest.mark.parametrize(
    ("error", "explanation"),
    [
        ("NotAllowedError", "The browser blocks the camera and the microphone."),
        ("NotFoundError", "The browser does not find the camera and the microphone."),
        ("NotReadableError", "Another program is using the camera and the microphone."),
    ],
)
def test_blocked_devices_are_explained(
    call_site: CallSite, open_call: OpenCall, error: str, explanation: str
) -> None:
    links = call_site.room("doctor", "patient")

    page = open_call(links["patient"], init_script=refusing(error))

    expect(page.locator("#devices p")).to_contain_text(f"Others can neither see nor hear you. {explanation}")


def test_the_call_is_joined_after_the_permission_prompt(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor = open_call(links["doctor"])

    no_answer = """
    if (navigator.mediaDevices) { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }
    """
    patient = open_call(links["patient"], init_script=no_answer)

    expect(patient.get_by_text("Allow the camera and the microphone when the browser asks.")).to_be_visible()
    expect(doctor.locator(".tile")).to_have_count(1)


def test_person_without_devices_receives_and_can_try_again(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor = open_call(links["doctor"])
    patient = open_call(links["patient"], init_script=refusing("NotAllowedError"))

    patient.wait_for_function("() => document.querySelector('.tile:not(.own) video')?.videoWidth > 2")
    patient.evaluate("allowDevices()")
    patient.get_by_role("button", name="Try again").click()

    expect_media(doctor, people=1)
    expect_media(patient, people=1)
    expect(patient.locator("#devices")).to_be_hidden()


def test_sound_that_needs_a_click_shows_a_button(call_site: CallSite, open_call: OpenCall) -> None:
    # Forces the browser's autoplay rule for pages without recording: a driven page counts as clicked.
    strict = """
    const play = HTMLMediaElement.prototype.play;
    let clicked = false;
    addEventListener("click", () => { clicked = true; }, { capture: true });
    HTMLMediaElement.prototype.play = function () {
      return clicked ? play.call(this) : Promise.reject(new DOMException("", "NotAllowedError"));
    };
    """
    links = call_site.room("doctor", "patient")
    open_call(links["doctor"])
    patient = open_call(links["patient"], init_script=strict)

    patient.get_by_role("button", name="Turn the sound on").click()

    expect(patient.get_by_role("button", name="Turn the sound on")).to_be_hidden()
    patient.wait_for_function("() => !document.querySelector('.tile:not(.own) video').paused")


def test_sound_of_a_leaving_person_raises_no_error(call_site: CallSite, open_call: OpenCall) -> None:
    # The browser's error when the stream ends before its first picture, which is a race.
    interrupted = """
    HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException("", window.reason));
    window.reason = "NotAllowedError";
    addEventListener("click", () => { window.reason = "AbortError"; }, { capture: true });
    """
    links = call_site.room("doctor", "patient")
    open_call(links["doctor"])
    patient = open_call(links["patient"], init_script=interrupted)

    patient.get_by_role("button", name="Turn the sound on").click()
    # An unhandled rejection is reported after its script and fails this test.
    patient.evaluate("() => new Promise((done) => setTimeout(done))")

    expect(patient.get_by_role("button", name="Turn the sound on")).to_be_hidden()


def test_dismissed_notice_stays_dismissed(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    patient = open_call(links["patient"], init_script=refusing("NotAllowedError"))

    patient.get_by_role("button", name="Go on without").click()
    open_call(links["doctor"])
    expect(patient.locator(".tile")).to_have_count(2)

    expect(patient.locator("#devices")).to_be_hidden()


def test_one_missing_device_leaves_the_other_working(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    no_camera = """
    const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (ask) {
      navigator.mediaDevices.getUserMedia = (wanted) =>
        wanted.video ? Promise.reject(new DOMException("", "NotFoundError")) : ask(wanted);
    }
    """
    patient = open_call(links["patient"], init_script=no_camera)
    doctor = open_call(links["doctor"])

    expect_media(doctor, people=1, kinds=("energy",))

    expect(patient.locator("#devices p")).to_contain_text("Others cannot see you. The browser does not find")


def test_frame_without_permissions_is_named_as_the_cause(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    call_site.allow = "microphone; autoplay"

    page = open_call(call_site.framed(links["patient"]))
    doctor = open_call(links["doctor"])

    expect(page.frame_locator("iframe").locator("#devices p")).to_have_text(
        "Others cannot see you. The page around this call does not pass on the camera."
    )
    expect_media(doctor, people=1, kinds=("energy",))
