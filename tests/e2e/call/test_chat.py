from playwright.sync_api import expect

from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall

HOSTILE = "<img src=x onerror=alert(1)> & co"


def test_text_arrives_and_is_text(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    doctor, patient = open_call(links["doctor"]), open_call(links["patient"])
    expect(doctor.locator(".tile")).to_have_count(2)

    patient.get_by_role("button", name="Chat").click()
    expect(patient.get_by_role("textbox", name="Message to everybody")).to_be_focused()
    patient.keyboard.type(HOSTILE)
    patient.keyboard.press("Enter")

    expect(doctor.get_by_role("status")).to_have_text(f"patient wrote: {HOSTILE}")
    expect(doctor.locator("#unread")).to_have_text("1")
    doctor.get_by_role("button", name="Chat").click()
    expect(doctor.get_by_role("log")).to_contain_text(HOSTILE)
    expect(doctor.locator("#unread")).to_be_hidden()
    expect(patient.get_by_role("log").locator(".own")).to_contain_text("You")


def test_chat_closes_by_key_and_gives_the_focus_back(call_site: CallSite, open_call: OpenCall) -> None:
    doctor = open_call(call_site.room("doctor", "patient")["doctor"])
    opener = doctor.get_by_role("button", name="Chat", exact=True)
    opener.press("Enter")
    expect(doctor.get_by_role("textbox")).to_be_focused()

    doctor.keyboard.press("Escape")

    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(doctor.get_by_role("textbox")).to_be_hidden()


def test_message_that_was_not_sent_stays_in_the_field(call_site: CallSite, open_call: OpenCall) -> None:
    doctor = open_call(call_site.room("doctor", "patient")["doctor"])
    doctor.get_by_role("button", name="Chat").click()
    doctor.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')); }")

    doctor.get_by_role("textbox").fill("Can you hear me?")
    doctor.keyboard.press("Enter")

    expect(doctor.get_by_role("status")).to_have_text("The message was not sent.")
    expect(doctor.get_by_role("textbox")).to_have_value("Can you hear me?")


def test_participant_without_the_tool_has_no_chat(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", tools={"patient": {"whiteboard": True}})

    patient = open_call(links["patient"])

    expect(patient.get_by_role("button", name="Mute")).to_be_enabled()
    expect(patient.get_by_role("button", name="Chat")).to_have_count(0)
