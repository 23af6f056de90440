"""The loudspeaker test: two notes, and a question whether the reader heard them."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, enter, expect_state, texts

ENGLISH = texts("en")
WATCH_SOUND = """
    window.notes = 0;
    window.contexts = [];
    const realStart = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...given) {
        window.notes += 1;
        window.contexts.push(this.context);
        return realStart.apply(this, given);
    };
"""
OPEN_CONTEXTS = "window.contexts.filter(({ state }) => state !== 'closed').length"


def play(page: Page) -> None:
    page.get_by_role("button", name=ENGLISH["loudspeaker"]).click()


def answer(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=ENGLISH[key], exact=True)


def test_the_loudspeaker_test_plays_and_asks_at_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_SOUND)
    expect(page.get_by_role("button", name=ENGLISH["loudspeaker"])).to_be_visible()
    assert page.evaluate("window.notes") == 0
    expect(page.get_by_text(ENGLISH["heard"])).to_have_count(0)

    play(page)

    assert page.evaluate("window.notes") == 2
    expect(page.get_by_role("status").filter(has_text=ENGLISH["heard"])).to_be_visible()
    expect(answer(page, "yes")).to_have_attribute("aria-pressed", "false")
    expect(answer(page, "no")).to_have_attribute("aria-pressed", "false")


def test_each_answer_has_its_verdict_and_can_be_changed(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    play(page)

    answer(page, "no").click()
    expect(page.get_by_role("status").filter(has_text=ENGLISH["loudspeaker.problem"])).to_be_visible()
    expect(answer(page, "no")).to_be_focused()
    expect(answer(page, "no")).to_have_attribute("aria-pressed", "true")
    answer(page, "yes").click()

    expect(page.get_by_role("status").filter(has_text=ENGLISH["loudspeaker.good"])).to_be_visible()
    expect(page.get_by_text(ENGLISH["loudspeaker.problem"])).to_have_count(0)
    expect(answer(page, "no")).to_have_attribute("aria-pressed", "false")


def test_playing_again_asks_anew_and_closes_the_sound_before(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=WATCH_SOUND)
    play(page)
    answer(page, "no").click()

    play(page)

    expect(page.get_by_text(ENGLISH["loudspeaker.problem"])).to_have_count(0)
    expect(page.locator(".problem")).to_have_count(0)
    expect(answer(page, "no")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.notes") == 4
    # Two notes share a sound; the first one is closed.
    page.wait_for_function(f"() => {OPEN_CONTEXTS} === 2")


def test_the_loudspeaker_is_free_in_the_call(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page(init_script=WATCH_SOUND)
    expect_state(page, "ready")
    play(page)
    expect(answer(page, "yes")).to_be_visible()

    enter(page)

    page.wait_for_function(f"() => {OPEN_CONTEXTS} === 0")
    page.get_by_role("button", name=ENGLISH["leave"]).click()
    expect_state(page, "left")
    expect(page.get_by_text(ENGLISH["heard"])).to_have_count(0)


def test_the_loudspeaker_test_works_by_keyboard(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name=ENGLISH["loudspeaker"]).focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=ENGLISH["loudspeaker"])).to_be_focused()
    page.keyboard.press("Tab")
    expect(answer(page, "yes")).to_be_focused()
    page.keyboard.press("Space")

    expect(page.get_by_text(ENGLISH["loudspeaker.good"])).to_be_visible()
    expect(answer(page, "yes")).to_be_focused()


def test_the_sound_of_the_door_is_not_switched_by_an_answer(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    play(page)
    answer(page, "yes").click()

    site.answer = call_data("OPEN", link=site.link())
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_state(page, "ready")

    expect(answer(page, "yes")).to_be_visible()
    expect(page.get_by_role("button", name=ENGLISH["sound"])).to_have_count(0)


def test_a_browser_without_sound_is_offered_no_loudspeaker_test(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script="delete window.AudioContext;")
    expect(page.get_by_role("button", name=ENGLISH["check"])).to_be_visible()

    expect(page.get_by_role("button", name=ENGLISH["loudspeaker"])).to_have_count(0)
