"""Help while waiting: device check, sound when the door opens, a screen that stays on."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    Site,
    call_data,
    enter,
    expect_state,
    texts,
    wait_for_requests,
)

ENGLISH = texts("en")
# Records every granted stream, and whether it was stopped when the call's frame appeared.
WATCH_DEVICES = """
    window.tracks = [];
    window.statesAtOpening = null;
    const realAsk = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
        const stream = await realAsk.call(this, constraints);
        await window.beforeHandingOver;
        window.tracks.push(...stream.getTracks());
        return stream;
    };
    const look = () => {
        if (document.querySelector("iframe")) {
            window.statesAtOpening ??= window.tracks.map(({ readyState }) => readyState);
        }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true });
"""
FAIL = """
    MediaDevices.prototype.getUserMedia = async ({ video, audio }) => {
        throw new DOMException("%(message)s", "%(name)s");
    };
    Permissions.prototype.query = async () => ({ state: "%(permission)s" });
"""
WATCH_WAKE_LOCK = """
    window.wakeLocks = [];
    WakeLock.prototype.request = async (kind) => {
        const lock = { kind, isHeld: true, release: async () => { lock.isHeld = false; } };
        window.wakeLocks.push(lock);
        return lock;
    };
"""
WATCH_SOUND = """
    window.notes = 0;
    const realStart = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...given) {
        window.notes += 1;
        return realStart.apply(this, given);
    };
"""


def start_check(page: Page) -> None:
    page.get_by_role("button", name=ENGLISH["check"]).click()


def open_door(page: Page, site: Site) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_state(page, "ready")


def test_the_camera_is_not_requested_before_a_click(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_DEVICES)
    expect(page.get_by_role("button", name=ENGLISH["check"])).to_be_visible()

    assert page.evaluate("window.tracks") == []
    assert (
        page.evaluate("performance.getEntriesByType('resource').map(({name}) => name).join()").count(
            "device-check"
        )
        == 0
    )


def test_the_check_shows_both_devices_and_releases_them_before_the_call(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(init_script=WATCH_DEVICES)

    start_check(page)
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.good"])
    assert page.locator("video").evaluate("(video) => video.videoWidth") > 0
    assert page.evaluate("window.tracks.map(({ readyState }) => readyState)") == ["live", "live"]
    open_door(page, site)
    expect(page.locator("video")).to_be_visible()
    enter(page)

    assert page.evaluate("window.statesAtOpening") == ["ended", "ended"]
    expect(page.locator("video, meter")).to_have_count(0)


def test_the_check_can_be_ended_and_repeated(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_DEVICES)
    start_check(page)
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])

    page.get_by_role("button", name=ENGLISH["endCheck"]).click()
    expect(page.locator("video")).to_have_count(0)
    assert set(page.evaluate("window.tracks.map(({ readyState }) => readyState)")) == {"ended"}
    start_check(page)

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])


def test_devices_granted_after_entering_are_released(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script=WATCH_DEVICES
        + "window.beforeHandingOver = new Promise((resolve) => { window.handOver = resolve; });"
    )
    start_check(page)
    expect(page.get_by_role("button", name=ENGLISH["endCheck"])).to_be_visible()
    open_door(page, site)
    enter(page)

    page.evaluate("window.handOver()")
    page.wait_for_function("() => window.tracks.length === 2")

    page.wait_for_function("() => window.tracks.every(({ readyState }) => readyState === 'ended')")


def test_a_reschedule_does_not_end_the_check(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    start_check(page)
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])

    site.answer = call_data("SCHEDULED", opens_in_seconds=9_000)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("timer")).to_contain_text("hr")

    expect(page.locator("video")).to_be_visible()


@pytest.mark.sources
def test_a_blocked_device_shows_the_blocking_layer(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    cases = [
        ("NotAllowedError", "Permission denied", "denied", "browser"),
        ("NotAllowedError", "Permission dismissed", "prompt", "browser"),
        ("NotAllowedError", "Permission denied by system", "prompt", "system"),
        ("NotAllowedError", "The request is not allowed", "granted", "system"),
        ("NotFoundError", "Requested device not found", "prompt", "missing"),
        ("OverconstrainedError", "", "prompt", "missing"),
        ("NotReadableError", "Could not start video source", "granted", "busy"),
        ("AbortError", "Starting failed", "granted", "busy"),
    ]

    layers = page.evaluate(
        """async (cases) => {
            const { deviceProblem } = await import("/waiting/device-problem.js");
            const layers = [];
            for (const [name, message, state] of cases) {
                Permissions.prototype.query = async () => ({ state });
                layers.push(await deviceProblem("camera", new DOMException(message, name)));
            }
            Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined });
            return [...layers, await deviceProblem("camera", new TypeError())];
        }""",
        cases,
    )

    assert layers == [*(layer for *_, layer in cases), "insecure"]


def test_the_blocking_layer_is_shown_for_each_device(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=FAIL % {"name": "NotAllowedError", "message": "no", "permission": "denied"})

    start_check(page)

    for device in ("camera", "microphone"):
        expect(page.locator(f".{device}")).to_have_text(ENGLISH[f"{device}.browser"])


def test_one_click_repeats_a_failed_check(site: Site, open_page: OpenPage) -> None:
    failing = FAIL % {"name": "NotReadableError", "message": "busy", "permission": "granted"}
    page = open_page(init_script=f"window.realAsk = MediaDevices.prototype.getUserMedia; {failing}")
    start_check(page)
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.busy"])

    page.evaluate("() => { MediaDevices.prototype.getUserMedia = window.realAsk; }")
    page.get_by_role("button", name=ENGLISH["again"]).click()

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    expect(page.get_by_role("button", name=ENGLISH["endCheck"])).to_be_visible()


def test_one_blocked_device_does_not_hide_the_other(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            const realAsk = MediaDevices.prototype.getUserMedia;
            MediaDevices.prototype.getUserMedia = function (constraints) {
                if (constraints.video) return Promise.reject(new DOMException("no camera", "NotFoundError"));
                return realAsk.call(this, constraints);
            };
        """
    )

    start_check(page)

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.missing"])
    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.good"])


def test_a_blocking_policy_is_named(site: Site, open_page: OpenPage) -> None:
    site.headers["Permissions-Policy"] = "camera=()"

    page = open_page()
    start_check(page)

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.policy"])
    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.good"])


def test_an_unplugged_device_is_reported(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_DEVICES)
    start_check(page)
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])

    page.evaluate("""window.tracks.find(({ kind }) => kind === "video").dispatchEvent(new Event("ended"))""")

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.missing"])


def test_the_screen_stays_on_only_while_waiting(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page(init_script=WATCH_WAKE_LOCK)
    page.wait_for_function("() => window.wakeLocks.length === 1")
    assert page.evaluate("window.wakeLocks[0]")["kind"] == "screen"

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => window.wakeLocks.length === 2")
    open_door(page, site)
    enter(page)

    page.wait_for_function("() => !window.wakeLocks.at(-1).isHeld")


def test_the_sound_plays_only_if_switched_on(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_SOUND)
    sound = page.get_by_role("button", name=ENGLISH["sound"])
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.notes") == 2

    open_door(page, site)

    assert page.evaluate("window.notes") == 4
    assert page.title() == f"{ENGLISH['ready.title']} · {ENGLISH['service']}"


def test_a_sound_switched_off_is_not_played(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_SOUND)
    sound = page.get_by_role("button", name=ENGLISH["sound"])
    sound.click()
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")

    open_door(page, site)

    assert page.evaluate("window.notes") == 2


def test_the_check_scrolls_into_the_window_of_a_telephone(site: Site, open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 640})

    start_check(page)

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    expect(page.locator("video")).to_be_in_viewport(ratio=1)


def test_an_open_door_names_the_help_anew_and_needs_no_sound(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("aside h2")).to_have_text(ENGLISH["title"])

    open_door(page, site)

    expect(page.locator("aside h2")).to_have_text(ENGLISH["title.ready"])
    expect(page.get_by_role("button", name=ENGLISH["check"])).to_be_visible()
    expect(page.get_by_role("button", name=ENGLISH["sound"])).to_have_count(0)


def test_the_sound_plays_once_for_a_door_that_opens(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page(init_script=WATCH_SOUND)
    page.get_by_role("button", name=ENGLISH["sound"]).click()

    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    expect_state(page, "ready")
    wait_for_requests(page, site, len(site.asked) + 2)
    enter(page)

    assert page.evaluate("window.notes") == 4
