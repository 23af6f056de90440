"""The device check names the camera, the microphone and the loudspeaker in use."""

import json
from collections.abc import Mapping, Sequence

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, texts

ENGLISH = texts("en")
# The names of Chromium's pretended devices.
CAMERA = "fake_device_0"
MICROPHONE = "Fake Default Audio Input"
LOUDSPEAKER = "Fake Default Audio Output"


def line(device: str, name: str) -> str:
    return f"{ENGLISH[f'{device}.used']} {name}"


def start_check(page: Page) -> Locator:
    page.get_by_role("button", name=ENGLISH["check"]).click()
    expect(page.locator(".camera")).not_to_have_class("camera wait")
    return page.get_by_role("status").locator(".in-use small")


def listing(devices: Sequence[Mapping[str, str]]) -> str:
    """Return a script after which the browser lists these devices."""
    return f"MediaDevices.prototype.enumerateDevices = async () => {json.dumps(devices)};"


def test_the_check_names_the_devices_in_use(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    names = start_check(page)

    expect(names).to_have_text(
        [line("camera", CAMERA), line("microphone", MICROPHONE), line("loudspeaker", LOUDSPEAKER)]
    )
    expect(names.locator("bdi")).to_have_text([CAMERA, MICROPHONE, LOUDSPEAKER])


def test_the_systems_choice_has_its_own_name(site: Site, open_page: OpenPage) -> None:
    headset = "Headset (1234:5678)"
    devices = [
        {"kind": "audiooutput", "deviceId": "default", "groupId": "g", "label": f"Default - {headset}"},
        {"kind": "audiooutput", "deviceId": "communications", "groupId": "g", "label": f"Calls - {headset}"},
        {"kind": "audioinput", "deviceId": "m", "groupId": "g", "label": "Its microphone"},
        {"kind": "audiooutput", "deviceId": "a", "groupId": "another", "label": "Another loudspeaker"},
        {"kind": "audiooutput", "deviceId": "b", "groupId": "g", "label": headset},
    ]
    page = open_page(init_script=listing(devices))

    names = start_check(page)

    expect(names.last).to_have_text(line("loudspeaker", headset))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(listing([]), id="no-loudspeaker-listed"),
        pytest.param(
            listing([{"kind": "audiooutput", "deviceId": "", "groupId": "", "label": ""}]), id="no-label"
        ),
        pytest.param("delete MediaDevices.prototype.enumerateDevices;", id="no-list"),
        pytest.param(
            "MediaDevices.prototype.enumerateDevices = async () => { throw new DOMException(); };",
            id="list-refused",
        ),
    ],
)
def test_what_the_browser_does_not_tell_is_left_out(script: str, site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=script)

    names = start_check(page)

    expect(names).to_have_text([line("camera", CAMERA), line("microphone", MICROPHONE)])


def test_blocked_devices_have_no_name(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            MediaDevices.prototype.getUserMedia = async () => {
                throw new DOMException("no", "NotAllowedError");
            };
        """
    )

    names = start_check(page)

    # Without a permission a browser tells no names; the pretended devices have theirs all the same.
    expect(names).to_have_text([line("loudspeaker", LOUDSPEAKER)])


def test_a_device_that_is_connected_during_the_check_is_named(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    names = start_check(page)
    expect(names).to_have_count(3)

    page.evaluate(
        listing([{"kind": "audiooutput", "deviceId": "new", "groupId": "n", "label": "Headphones"}])
    )
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")

    expect(names.last).to_have_text(line("loudspeaker", "Headphones"))


def test_an_unplugged_device_loses_its_name(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            const ask = MediaDevices.prototype.getUserMedia;
            MediaDevices.prototype.getUserMedia = async function (constraints) {
                window.stream = await ask.call(this, constraints);
                return window.stream;
            };
        """
    )
    names = start_check(page)
    expect(names).to_have_count(3)

    page.evaluate(
        """() => {
            const [track] = window.stream.getVideoTracks();
            track.stop();
            track.dispatchEvent(new Event("ended"));
        }"""
    )

    expect(names).to_have_text([line("microphone", MICROPHONE), line("loudspeaker", LOUDSPEAKER)])
