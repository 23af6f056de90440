"""When the page asks again, by a clock that the test moves: answers say when, browser events say now."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    Answer,
    Site,
    call_data,
    expect_state,
    gateway_error,
    problem,
    wait_for_requests,
)

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
NO_JITTER = "Math.random = () => 0;"
MOST_JITTER = "Math.random = () => 1;"


def expect_question_after(page: Page, site: Site, *, milliseconds: int) -> None:
    """Not before, then at once."""
    asked = len(site.asked)
    page.clock.run_for(milliseconds - 30)
    page.wait_for_timeout(100)
    assert len(site.asked) == asked
    # An answer may come before this step of the clock is over: then the next pause begins that much earlier.
    page.clock.run_for(40)
    wait_for_requests(page, site, asked + 1)


def expect_no_question(page: Page, site: Site) -> None:
    asked = len(site.asked)
    page.clock.run_for(4 * 3_600_000)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.evaluate(HIDE, arg=False)
    page.wait_for_timeout(200)
    assert len(site.asked) == asked


def open_at_rest(open_page: OpenPage, site: Site, *, state: str, jitter: str = NO_JITTER) -> Page:
    """The page after its first answer, with a clock that stands still."""
    page = open_page(fake_time=True, init_script=jitter)
    expect_state(page, state)
    return page


@pytest.mark.parametrize(
    ("answer", "state", "milliseconds"),
    [
        pytest.param(
            call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=20), "waiting", 20_000, id="as-told"
        ),
        pytest.param(call_data("WAITING_FOR_PARTICIPANTS"), "waiting", 30_000, id="not-told"),
        pytest.param(
            call_data("SCHEDULED", opens_in_seconds=9_000_000, retry_after_seconds=8_000_000),
            "scheduled",
            3_600_000,
            id="told-past-what-a-timer-can-hold",
        ),
        pytest.param(problem(503, "provider_unavailable"), "unreachable", 2_000, id="failed"),
        pytest.param(
            problem(503, "provider_unavailable", retry_after_seconds=40),
            "unreachable",
            40_000,
            id="retry-after",
        ),
    ],
)
def test_the_page_asks_when_it_was_told_to(
    answer: Answer, state: str, milliseconds: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_at_rest(open_page, site, state=state)

    expect_question_after(page, site, milliseconds=milliseconds)


def test_failures_are_followed_by_longer_and_longer_pauses(site: Site, open_page: OpenPage) -> None:
    site.answer = gateway_error(500, "Internal Server Error")
    page = open_at_rest(open_page, site, state="unreachable")

    for seconds in (2, 4, 8, 16, 30, 30):
        expect_question_after(page, site, milliseconds=seconds * 1_000)
        page.wait_for_timeout(100)


def test_pages_of_the_same_hour_do_not_ask_in_one_beat(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=20)

    page = open_at_rest(open_page, site, state="waiting", jitter=MOST_JITTER)

    expect_question_after(page, site, milliseconds=22_000)


def test_a_hidden_page_asks_less_often_but_not_past_the_door(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=80, retry_after_seconds=30)
    page = open_page(fake_time=True, init_script=NO_JITTER + f"({HIDE})(true);")
    expect_state(page, "scheduled")

    page.clock.run_for(70_000)
    page.wait_for_timeout(100)
    assert len(site.asked) == 1
    page.clock.run_for(10_000)

    wait_for_requests(page, site, 2)


@pytest.mark.parametrize("event", ["visibilitychange", "online"])
def test_a_page_that_comes_back_asks_at_once(event: str, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=3_600)
    page = open_at_rest(open_page, site, state="waiting")
    if event == "visibilitychange":
        page.evaluate(HIDE, arg=True)
        page.wait_for_timeout(100)
        assert len(site.asked) == 1

        page.evaluate(HIDE, arg=False)
    else:
        page.evaluate("window.dispatchEvent(new Event('online'))")

    wait_for_requests(page, site, 2)


def test_no_event_breaks_the_quiet_that_the_server_asked_for(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(429, "too_many_requests", retry_after_seconds=60)
    page = open_at_rest(open_page, site, state="unreachable")

    page.evaluate(HIDE, arg=True)
    page.evaluate(HIDE, arg=False)
    page.evaluate("window.dispatchEvent(new Event('online'))")

    page.wait_for_timeout(100)
    assert len(site.asked) == 1
    expect_question_after(page, site, milliseconds=60_000)


def test_there_are_never_two_questions_at_once(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=1)
    page = open_page(
        init_script="""
        window.underWay = window.mostUnderWay = 0;
        const realFetch = window.fetch;
        window.fetch = async (url, options) => {
            if (!String(url).includes("/api/")) return realFetch(url, options);
            window.mostUnderWay = Math.max(window.mostUnderWay, ++window.underWay);
            try { return await realFetch(url, options); } finally { window.underWay -= 1; }
        };
    """
    )
    expect_state(page, "waiting")

    page.evaluate("for (let i = 0; i < 50; i++) window.dispatchEvent(new Event('online'))")
    wait_for_requests(page, site, 3)

    assert page.evaluate("window.mostUnderWay") == 1
    assert len(site.asked) < 10


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(call_data("ENDED", retry_after_seconds=5), "ended", id="ended"),
        pytest.param(problem(410, "deleted"), "cancelled", id="cancelled"),
        pytest.param(gateway_error(401, "Unauthorized"), "signed-out", id="signed-out"),
    ],
)
def test_where_nothing_can_change_nothing_is_asked(
    answer: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_at_rest(open_page, site, state=state)

    expect_no_question(page, site)


def test_an_api_that_does_not_answer_counts_as_one_that_fails(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
        AbortSignal.timeout = () => AbortSignal.abort();
        const realFetch = window.fetch;
        window.fetch = (url, options) =>
            realFetch(url, String(url).includes("/api/") ? options : { ...options, signal: undefined });
    """
    )

    expect_state(page, "unreachable")


@pytest.mark.parametrize(
    "fail",
    [
        "reject(new TypeError('Failed to fetch'))",
        # As on a train: neither an answer nor an error.
        "options.signal?.addEventListener('abort', () => reject(options.signal.reason))",
    ],
    ids=["error", "silence"],
)
def test_a_first_file_that_does_not_come_is_asked_for_again(
    fail: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=1)
    page = open_page(
        init_script=f"const fail = (options, reject) => {{ {fail}; }};"
        """
        const realFetch = window.fetch;
        const refused = new Set();
        const realTimeout = AbortSignal.timeout;
        AbortSignal.timeout = () => realTimeout.call(AbortSignal, 1_000);
        window.fetch = (url, options) => {
            const path = new URL(url, location).pathname;
            const again = path.startsWith("/api/") || refused.has(path);
            refused.add(path);
            return again ? realFetch(url, options) : new Promise((_, reject) => fail(options, reject));
        };
    """
    )

    expect_state(page, "waiting")
    expect(page.locator("h1")).to_be_visible()
