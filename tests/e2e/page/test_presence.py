"""A page that is visible says that its reader waits, once, and shows who else does."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    PEOPLE,
    REQUESTS_TIMEOUT_SECONDS,
    TELECONSULTATION_ID,
    Site,
    call_data,
    expect_state,
    texts,
    wait_for_requests,
)

START = datetime(2030, 6, 3, 10, 0, tzinfo=UTC)
SINCE = "2030-06-03T09:52:00.000Z"
COUNT_SAID = """
    window.said = 0;
    const { fetch } = window;
    window.fetch = (url, ...options) => {
        if (String(url).endsWith("/presence")) window.said += 1;
        return fetch(url, ...options);
    };
"""
IS_HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true });"


def ask_until(page: Page, site: Site, count: int) -> None:
    """Let the page ask until it has asked so often; while it waits for an answer it asks nothing."""
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 20):
        if len(site.asked) >= count:
            return
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(50)
    raise TimeoutError


def wait_for_presences(page: Page, site: Site, count: int) -> None:
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if len(site.presences) >= count:
            return
        page.wait_for_timeout(20)
    raise TimeoutError


def test_it_is_said_once_and_not_with_every_question(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED")
    page = open_page(url=site.page_url(fragment=f"#j={JOIN_SECRET}"))
    wait_for_presences(page, site, 1)

    ask_until(page, site, 4)
    expect_state(page, "scheduled")

    [said] = site.presences
    assert said.path == f"/api/teleconsultation/{TELECONSULTATION_ID}/join/presence"
    assert said.authorization == f"Bearer {JOIN_SECRET}"


def test_it_is_said_again_three_minutes_later(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=60)
    page = open_page(fake_time=True)
    wait_for_presences(page, site, 1)

    for count in (2, 3, 4, 5):
        page.clock.run_for(63_000)
        wait_for_requests(page, site, count)
        # The clock stands until the page has its answer.
        page.wait_for_timeout(100)

    wait_for_presences(page, site, 2)
    assert len(site.presences) == 2


@pytest.mark.parametrize(
    ("state", "opens_in_seconds", "init_script"),
    [("SCHEDULED", 600, IS_HIDDEN), ("SCHEDULED", 3_700, ""), ("ENDED", -7_200, "")],
    ids=["hidden", "too early", "over"],
)
def test_nobody_is_said_to_wait_who_does_not(
    site: Site, open_page: OpenPage, state: str, opens_in_seconds: int, init_script: str
) -> None:
    site.answer = call_data(state, opens_in_seconds=opens_in_seconds)

    page = open_page(init_script=COUNT_SAID + init_script)
    # The page says it as soon as it has drawn the answer.
    expect_state(page, state.lower())

    assert page.evaluate("window.said") == 0
    assert site.presences == []


def test_the_count_of_these_tests_counts(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=COUNT_SAID)

    expect_state(page, "scheduled")

    assert page.evaluate("window.said") == 1


@pytest.mark.parametrize("language", ["en", "it", "de", "ar"])
def test_who_waits_is_shown_and_announced(site: Site, open_page: OpenPage, language: str) -> None:
    people = [{**person, "waitingSince": SINCE} for person in PEOPLE]
    site.answer = call_data("SCHEDULED", start=START, now=START.replace(hour=9, minute=45), people=people)

    page = open_page(query=f"?language={language}")

    words = texts(language)["waits"].partition("{time}")[0].strip()
    expect(page.locator(".waits")).to_have_count(1)
    expect(page.locator("dd", has=page.locator(".waits"))).to_contain_text("Dr. Ada Rossi")
    expect(page.locator(".waits")).to_contain_text(words)
    expect(page.locator(".spoken")).to_contain_text(words)


def test_an_earlier_service_says_nothing_of_it(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    expect_state(page, "scheduled")
    expect(page.locator("dd", has_text="Dr. Ada Rossi")).to_be_visible()
    expect(page.locator(".waits")).to_have_count(0)
