"""Browsers that lack an interface, because they are older or locked down."""

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, enter, expect_state, texts

ENGLISH = texts("en")
# Safari before 16 and Chrome before 103.
NO_TIME_LIMIT = "delete AbortSignal.timeout;"
# iOS in lockdown mode.
NO_SOUND = "delete window.AudioContext;"


def test_without_a_ready_made_time_limit_the_page_works(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page(init_script=NO_TIME_LIMIT)
    expect_state(page, "scheduled")

    site.answer = call_data("OPEN", link=site.link())
    enter(page)

    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()


@pytest.mark.sources
def test_a_time_limit_of_our_own_ends_in_the_same_error(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=NO_TIME_LIMIT)

    reason = page.evaluate("""async () => {
        const { timeLimit } = await import("/time-limit.js");
        const signal = timeLimit(1);
        await new Promise((done) => signal.addEventListener("abort", done));
        return signal.reason.name;
    }""")

    assert reason == "TimeoutError"


def test_without_sound_the_device_check_ends_and_no_sound_is_offered(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=NO_SOUND)

    page.get_by_role("button", name=ENGLISH["check"]).click()

    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.unmeasured"])
    expect(page.get_by_role("button", name=ENGLISH["endCheck"])).to_be_visible()
    expect(page.get_by_role("meter")).to_have_count(0)
    expect(page.get_by_role("button", name=ENGLISH["sound"])).to_have_count(0)


def test_a_sound_level_that_cannot_be_measured_does_not_stop_the_check(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(init_script="window.AudioContext = class { constructor() { throw new Error('no'); } };")

    page.get_by_role("button", name=ENGLISH["check"]).click()

    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.unmeasured"])


def test_a_region_that_the_browser_cannot_name_leaves_the_date(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            Object.defineProperty(navigator, "languages", { value: ["C"] });
            Object.defineProperty(navigator, "language", { value: "en_US.UTF-8" });
        """
    )

    expect_state(page, "scheduled")
    expect(page.locator("dd").first).to_contain_text("Europe/Rome")
