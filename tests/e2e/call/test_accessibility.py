"""The simulator's pages, checked by axe in light and dark."""

from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.call.call_site import CallSite
from tests.e2e.call.conftest import OpenCall
from tests.e2e.call.test_devices import refusing


def test_lobby_call_chat_and_farewell(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", directCall=False)
    page, other = (open_call(links[user]) for user in ("doctor", "patient"))
    found = {"lobby": violations(page)}

    for each in (other, page):
        each.get_by_role("button", name="Join the call").click()
    expect(page.locator(".tile[data-connected=true]")).to_have_count(2)
    found["call"] = violations(page)
    other.get_by_role("button", name="Mute").click()
    other.get_by_role("button", name="Camera off").click()
    page.get_by_role("button", name="Chat", exact=True).click()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-log li")).to_have_count(1)
    expect(page.locator(".tile.unseen.silent")).to_have_count(1)
    found["chat"] = violations(page)
    page.get_by_role("button", name="Leave").click()
    found["farewell"] = violations(page)

    assert found == {"lobby": {}, "call": {}, "chat": {}, "farewell": {}}


def test_alone_without_devices_and_with_little_time_left(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient", duration=60)
    page = open_call(links["doctor"], init_script=refusing("NotAllowedError"))
    expect(page.locator("#devices p")).to_be_visible()
    found = {"alone": violations(page)}

    open_call(links["patient"])
    expect(page.locator(".tile")).to_have_count(2)
    call_site.advance(seconds=30)
    expect(page.locator("#time-left")).to_be_visible()
    found["time"] = violations(page)

    assert found == {"alone": {}, "time": {}}


def test_links_that_lead_nowhere(call_site: CallSite, open_call: OpenCall) -> None:
    links = call_site.room("doctor", "patient")
    call_site.api.delete(f"/room/delete/{links['room_id']}")

    page = open_call(links["doctor"])

    assert violations(page) == {}
