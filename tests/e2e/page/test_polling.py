"""The times of the page's requests, on a clock that the test advances."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    Answer,
    Site,
    call_data,
    expect_question_after,
    expect_state,
    gateway_error,
    problem,
    texts,
    wait_for_requests,
    web_page,
)

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
MOST_JITTER = "Math.random = () => 1;"


def expect_no_question(page: Page, site: Site) -> None:
    asked = len(site.asked)
    page.clock.run_for(4 * 3_600_000)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.evaluate(HIDE, arg=False)
    page.wait_for_timeout(200)
    assert len(site.asked) == asked


def open_at_rest(open_page: OpenPage, site: Site, *, state: str, jitter: str = NO_JITTER) -> Page:
    """Open the page and wait for its first answer, with a stopped clock."""
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
        pytest.param(web_page(503, retry_after="86400"), "unreachable", 300_000, id="retry-after-of-a-day"),
        pytest.param(web_page(503, retry_after="1e999"), "unreachable", 300_000, id="retry-after-forever"),
        pytest.param(
            web_page(503, retry_after="Wed, 21 Oct 2037 07:28:00 GMT"),
            "unreachable",
            2_000,
            id="retry-after-as-date",
        ),
    ],
)
def test_the_page_polls_at_the_servers_interval(
    answer: Answer, state: str, milliseconds: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_at_rest(open_page, site, state=state)

    expect_question_after(page, site, milliseconds=milliseconds)


def test_the_pause_grows_with_each_failure(site: Site, open_page: OpenPage) -> None:
    site.answer = gateway_error(500, "Internal Server Error")
    page = open_at_rest(open_page, site, state="unreachable")

    for seconds in (2, 4, 8, 16, 30, 30):
        expect_question_after(page, site, milliseconds=seconds * 1_000)
        page.wait_for_timeout(100)


def test_pauses_have_jitter(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=20)

    page = open_at_rest(open_page, site, state="waiting", jitter=MOST_JITTER)

    expect_question_after(page, site, milliseconds=22_000)


def test_a_hidden_page_polls_less_often(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=3_600, retry_after_seconds=30)
    page = open_page(fake_time=True, init_script=NO_JITTER + f"({HIDE})(true);")
    expect_state(page, "scheduled")

    expect_question_after(page, site, milliseconds=90_000)


@pytest.mark.parametrize("hidden", ["false", "true"])
@pytest.mark.parametrize(
    ("told_seconds", "not_before_ms", "at_ms"),
    [(21, 20_900, 21_000), (24, 23_900, 24_000), (60, 25_000, 30_000)],
    ids=["told 21", "told 24", "told 60"],
)
def test_at_the_opening_the_page_comes_in_the_second_it_was_told(
    hidden: str, told_seconds: int, not_before_ms: int, at_ms: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=20, retry_after_seconds=told_seconds)
    page = open_page(fake_time=True, init_script=NO_JITTER + f"({HIDE})({hidden});")
    expect_state(page, "scheduled")

    page.clock.run_for(not_before_ms)
    page.wait_for_timeout(100)
    assert len(site.asked) == 1
    page.clock.run_for(at_ms - not_before_ms)

    wait_for_requests(page, site, 2)


@pytest.mark.parametrize(("chance", "milliseconds"), [(0, 2_000), (1, 4_000)], ids=["least", "most"])
def test_pages_that_were_refused_together_do_not_return_together(
    chance: int, milliseconds: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = gateway_error(429, "Too Many Requests")

    page = open_at_rest(open_page, site, state="unreachable", jitter=f"Math.random = () => {chance};")

    expect_question_after(page, site, milliseconds=milliseconds)


@pytest.mark.parametrize("event", ["visibilitychange", "online"])
def test_a_page_that_becomes_visible_polls_at_once(event: str, site: Site, open_page: OpenPage) -> None:
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


def test_a_long_retry_after_is_no_longer_in_a_hidden_page(site: Site, open_page: OpenPage) -> None:
    site.answer = web_page(503, retry_after="3600")
    page = open_page(fake_time=True, init_script=NO_JITTER + f"({HIDE})(true);")
    expect_state(page, "unreachable")

    expect_question_after(page, site, milliseconds=300_000)


@pytest.mark.parametrize("event", ["visibilitychange", "online"])
def test_browser_events_shorten_retry_after(event: str, site: Site, open_page: OpenPage) -> None:
    site.answer = web_page(429, retry_after="3600")
    page = open_at_rest(open_page, site, state="unreachable")
    site.answer = call_data("WAITING_FOR_PARTICIPANTS")

    if event == "visibilitychange":
        page.evaluate(HIDE, arg=True)
        page.evaluate(HIDE, arg=False)
    else:
        page.evaluate("window.dispatchEvent(new Event('online'))")

    expect_state(page, "waiting")


@pytest.mark.sources
def test_an_answer_that_cannot_be_drawn_is_reported_and_the_next_one_is_drawn(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=30)
    site.patches["views.js"] = (
        "export function panelView(",
        "export function panelView(...given) {"
        " if (window.broken) throw new Error('not drawn'); return view(...given); }\nfunction view(",
    )
    page = open_page(
        fake_time=True,
        init_script=NO_JITTER
        + """
        window.thrown = [];
        addEventListener("unhandledrejection", (event) => {
            event.preventDefault();
            window.thrown.push(event.reason.message);
        });
        """,
    )
    expect_state(page, "waiting")
    page.evaluate("window.broken = true")
    site.answer = call_data("SCHEDULED", opens_in_seconds=400_000)
    page.clock.run_for(30_000)
    page.wait_for_function("() => window.thrown.length > 0")

    page.evaluate("window.broken = false")
    page.clock.run_for(30_000)

    expect_state(page, "scheduled")
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("en")["scheduled.title"])
    assert page.evaluate("window.thrown") == ["not drawn"]


def test_requests_do_not_overlap(site: Site, open_page: OpenPage) -> None:
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
        pytest.param(problem(403, "not_a_participant"), "not-participant", id="not-participant"),
        pytest.param(problem(410, "deleted"), "cancelled", id="cancelled"),
        pytest.param(gateway_error(401, "Unauthorized"), "signed-out", id="signed-out"),
    ],
)
def test_final_states_end_the_polling(answer: Answer, state: str, site: Site, open_page: OpenPage) -> None:
    site.answer = answer

    page = open_at_rest(open_page, site, state=state)

    expect_no_question(page, site)


def test_a_missing_answer_counts_as_a_failure(site: Site, open_page: OpenPage) -> None:
    """The first question is the document's own; its time limit is the page's."""
    page = open_page(
        url="about:blank",
        init_script="""
        const { timeout } = AbortSignal;
        AbortSignal.timeout = () => timeout.call(AbortSignal, 100);
    """,
    )
    page.route("**/api/**", lambda route: None)
    page.goto(site.page_url())

    expect_state(page, "unreachable")
    page.unroute_all()
    expect_state(page, "scheduled")
