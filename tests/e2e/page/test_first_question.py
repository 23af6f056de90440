"""The script inside index.html asks the API with the document's first bytes; call-data.js takes its reply."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    TELECONSULTATION_ID,
    TOKEN,
    Site,
    expect_state,
    problem,
    wait_for_requests,
)

PATH = f"/api/teleconsultation/{TELECONSULTATION_ID}"
JOIN = f"#j={JOIN_SECRET}"
HEADERS = """
    window.asked = [];
    const send = fetch;
    fetch = (url, options) => {
        // The page's presence is told later, by another module.
        if (String(url).startsWith("/api/") && options.method !== "POST") {
            const { signal, ...rest } = options;
            window.asked.push(JSON.stringify({ url, ...rest, limited: signal instanceof AbortSignal }));
        }
        return send(url, options);
    };
"""
# As if call-data.js found no reply.
IGNORED = "Object.defineProperty(window, 'firstQuestion', { set() {}, get() {}, configurable: true });"
MODULE = "**/main*.js"


def hold(page: Page, pattern: str) -> None:
    """Keep the answers to matching requests back until the pattern is unrouted."""
    page.route(pattern, lambda route: None)


@pytest.mark.parametrize(
    ("query", "fragment", "asked"),
    [
        ("", f"#token={TOKEN}", (PATH, "")),
        ("", JOIN, (f"{PATH}/join", "")),
        ("?language=pt-BR", JOIN, (f"{PATH}/join", "language=pt-BR")),
        ("?language=%26x%3D1", JOIN, (f"{PATH}/join", "")),
        ("?utm_source=mail", JOIN, (f"{PATH}/join", "")),
    ],
)
def test_the_api_is_asked_before_any_module_has_arrived_and_once(
    query: str, fragment: str, asked: tuple[str, str], site: Site, open_page: OpenPage
) -> None:
    page = open_page(url="about:blank")
    hold(page, MODULE)
    page.goto(site.page_url(query=query, fragment=fragment), wait_until="commit")

    wait_for_requests(page, site, 1)
    page.unroute(MODULE)

    expect_state(page, "scheduled")
    page.wait_for_load_state("networkidle")
    [one] = site.asked
    assert (one.path, one.query) == asked
    assert one.authorization == f"Bearer {fragment.partition('=')[2]}"


@pytest.mark.parametrize("query", ["", "?language=es-MX", "?language=es_MX", "?language=%26x%3D1"])
@pytest.mark.parametrize("fragment", [f"#token={TOKEN}", JOIN])
def test_the_script_asks_exactly_what_the_module_asks(
    query: str, fragment: str, site: Site, open_page: OpenPage
) -> None:
    """With the script's reply hidden, the module asks the question again."""
    page = open_page(url="about:blank", init_script=HEADERS + IGNORED)
    page.goto(site.page_url(query=query, fragment=fragment))
    expect_state(page, "scheduled")

    questions = page.evaluate("window.asked")

    assert len(questions) == 2
    assert questions[0] == questions[1]
    assert site.asked[0] == site.asked[1]


def test_a_module_that_is_faster_than_the_answer_waits_for_it(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    hold(page, "**/api/**")
    page.goto(site.page_url())
    # The address is emptied by the module.
    page.wait_for_function("() => !location.hash")
    expect_state(page, "loading")

    page.unroute("**/api/**")

    expect_state(page, "scheduled")
    assert len(site.asked) == 1


def test_the_script_notes_when_it_has_asked_and_when_the_answer_came(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    hold(page, MODULE)
    page.goto(site.page_url(), wait_until="commit")
    wait_for_requests(page, site, 1)

    sent_at, received_at, read_at = page.evaluate("""async () => {
        const { sentAt, receivedAt } = await window.firstQuestion.reply;
        return [sentAt, receivedAt, performance.now()];
    }""")

    page.unroute(MODULE)
    expect_state(page, "scheduled")
    assert 0 < sent_at < received_at <= read_at


@pytest.mark.sources
def test_the_clock_takes_the_scripts_times_however_late_the_module_is(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    body, synchronised = page.evaluate("""async () => {
        const { fetchCallData } = await import("/call-data.js");
        const response = await fetch("/api/teleconsultation/1");
        const body = await response.clone().json();
        const reply = Promise.resolve({ response, sentAt: 1, receivedAt: 3 });
        const life = new AbortController();
        window.firstQuestion = { url: "/api/teleconsultation/2", secret: "t", reply, life };
        const question = { apiBaseUrl: "/api", id: "2", credential: "token=t", language: "" };
        const synchronised = [];
        await fetchCallData(question, { sync: (...given) => synchronised.push(given) });
        return [body, synchronised];
    }""")

    assert synchronised == [[body["serverTime"], {"sentAt": 1, "receivedAt": 3}]]
    assert "/api/teleconsultation/2" not in {one.path for one in site.asked}


def test_an_error_of_the_first_question_is_one_of_the_page(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(410, "deleted")

    page = open_page(query="")

    expect_state(page, "cancelled")
    assert len(site.asked) == 1


def test_a_connection_that_breaks_is_asked_again_by_the_module(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    page.route("**/api/**", lambda route: route.abort(), times=1)

    page.goto(site.page_url())

    expect_state(page, "unreachable")
    expect_state(page, "scheduled")
    assert len(site.asked) == 1


def test_a_reload_asks_at_once_with_the_secret_that_the_tab_keeps(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    site.asked.clear()
    hold(page, MODULE)

    page.reload(wait_until="commit")
    wait_for_requests(page, site, 1)
    page.unroute(MODULE)

    expect_state(page, "scheduled")
    assert [one.authorization for one in site.asked] == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize(
    ("fragment", "state", "asked"), [(f"#token={TOKEN}", "scheduled", 1), ("", "incomplete", 0)]
)
def test_without_storage_the_link_is_enough(
    fragment: str, state: str, asked: int, site: Site, open_page: OpenPage
) -> None:
    """Without a secret in the link the script looks for one in the storage."""
    refused = """
        const refuse = () => { throw new DOMException("", "SecurityError"); };
        Object.defineProperty(window, "sessionStorage", { get: refuse });
    """

    page = open_page(url=site.page_url(fragment=fragment), init_script=refused)

    expect_state(page, state)
    assert len(site.asked) == asked


@pytest.mark.parametrize(
    "path",
    [
        f"/Teleconsultation/{TELECONSULTATION_ID.upper()}#j={JOIN_SECRET}",
        f"//teleconsultation/{TELECONSULTATION_ID}#j={JOIN_SECRET}",
        f"/teleconsultation/{TELECONSULTATION_ID}/#j={JOIN_SECRET}).",
    ],
)
def test_a_damaged_address_is_left_to_the_module(path: str, site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_origin + path)

    expect_state(page, "scheduled")
    assert [(one.path, one.authorization) for one in site.asked] == [
        (f"{PATH}/join", f"Bearer {JOIN_SECRET}")
    ]


def test_with_a_wrong_hash_in_the_policy_the_page_asks_later_and_once(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    answer = context.request.get(site.page_url(fragment=""))
    policy = answer.headers["content-security-policy"]
    site.headers["content-security-policy"] = re.sub(
        r"'sha256-[^']+'", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", policy
    )

    page.goto(site.page_url())

    expect_state(page, "scheduled")
    assert [one.authorization for one in site.asked] == [f"Bearer {TOKEN}"]
    [complaint] = console
    assert "inline script" in complaint
    context.close()


def test_nobody_elses_question_is_taken(site: Site, open_page: OpenPage) -> None:
    """A renewed link, pasted before the module came: the script's reply is for the old secret."""
    page = open_page(url="about:blank")
    hold(page, MODULE)
    page.goto(site.page_url(), wait_until="commit")
    wait_for_requests(page, site, 1)
    page.evaluate(f"location.hash = 'j={JOIN_SECRET}'")

    page.unroute(MODULE)

    expect_state(page, "scheduled")
    assert [one.authorization for one in site.asked] == [f"Bearer {TOKEN}", f"Bearer {JOIN_SECRET}"]
