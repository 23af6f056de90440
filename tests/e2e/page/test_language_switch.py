"""The reader's own choice of language."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    NOTICE,
    Site,
    call_data,
    enter,
    expect_state,
    problem,
    texts,
    wait_for_requests,
)

SPEAKING = "/speaking?display_name=Joe"
NOTE_NOTICES = """
    window.notices = [];
    new MutationObserver(() => {
        for (const { className } of document.querySelectorAll(".notice")) window.notices.push(className);
    }).observe(document, { subtree: true, childList: true });
"""


def choose(page: Page, language: str) -> None:
    page.locator("footer select").select_option(language)


def test_every_part_speaks_the_language_that_is_chosen(site: Site, open_page: OpenPage) -> None:
    page = open_page(locale="en-GB")
    expect(page.get_by_label(texts("en")["language"])).to_have_value("en")
    expect(page.locator("aside h2")).to_have_text(texts("en")["title"])

    choose(page, "it")

    expect(page.get_by_role("heading", level=1)).to_have_text(texts("it")["scheduled.title"])
    expect(page.locator("aside h2")).to_have_text(texts("it")["title"])
    expect(page.get_by_label(texts("it")["language"])).to_have_value("it")
    expect(page.locator("html")).to_have_attribute("lang", "it")
    assert page.title().startswith(texts("it")["scheduled.title"])


def test_each_language_is_named_in_itself(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    options = page.locator("footer option")
    for language, name in [("en", "English"), ("it", "Italiano"), ("es", "Español")]:
        option = options.and_(page.locator(f"[value={language}]"))
        expect(option).to_have_text(name)
        expect(option).to_have_attribute("lang", language)


def test_a_reload_and_the_link_for_another_device_keep_it(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(query="?language=es", fragment=f"#j={JOIN_SECRET}"))
    expect_state(page, "scheduled")
    choose(page, "it")
    expect(page.locator("h1")).to_have_text(texts("it")["scheduled.title"])

    assert page.url.endswith("?language=it")
    page.reload()

    expect(page.locator("h1")).to_have_text(texts("it")["scheduled.title"])
    # The call's page, too.
    assert site.asked[-1].query == "language=it"


@pytest.mark.parametrize("key", ["i", "ArrowDown"])
def test_the_keyboard_chooses_and_stays_where_it_is(key: str, site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    page.locator("footer select").focus()

    page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page.locator("html")).not_to_have_attribute("lang", "en")
    expect(page.locator("footer select")).to_be_focused()


def test_it_is_there_in_trouble_too(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(404, "not_found")
    page = open_page()
    expect_state(page, "not-found")

    choose(page, "es")

    expect(page.locator("h1")).to_have_text(texts("es")["not-found.title"])


def test_the_call_does_not_seem_to_move_when_its_page_speaks_another_language(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link(f"{SPEAKING}&language=en"), retry_after_seconds=1)
    page = open_page(init_script=NOTE_NOTICES)
    enter(page)
    expect(page.locator(".notice")).to_have_count(0)
    asked = len(site.asked)

    site.answer = call_data("OPEN", link=site.link(f"{SPEAKING}&language=it"), retry_after_seconds=1)
    # The second one is sent after the first was shown.
    wait_for_requests(page, site, asked + 2)
    site.answer = call_data("ENDED")

    expect(page.locator(NOTICE)).to_have_text(texts("en")["notice.ended"])
    assert "notice moved" not in page.evaluate("window.notices")
