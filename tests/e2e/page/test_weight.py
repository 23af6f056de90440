"""How much a reader loads, uncompressed, before the page says the first thing."""

import pytest
from playwright.sync_api import Request

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Answer, Site, call_data, expect_state, gateway_error, texts

LARGEST_FIRST_LOAD_BYTES = 30_000
# Who comes when the door is open needs the call at once, which all others load while they wait.
LARGEST_CALL_BYTES = 12_500
# All that the browser has received when the state shows for the first time: documents, scripts, styles,
# pictures, words and configuration, without the API's answer.
NOTE_FIRST_LOAD = """
    const noteFirstLoad = () => {
        const room = document.querySelector("teleconsultation-room");
        if (!room || room.getAttribute("state") === "loading" || window.firstLoad) return;
        window.firstLoad = performance.getEntriesByType("resource")
            .filter(({ name, decodedBodySize }) => decodedBodySize && !name.includes("/api/"))
            .map(({ name }) => new URL(name).pathname);
    };
    const watchAll = { subtree: true, childList: true, attributes: true };
    new MutationObserver(noteFirstLoad).observe(document, watchAll);
"""


def first_load(site: Site, open_page: OpenPage, *, answer: Answer, state: str) -> dict[str, int]:
    site.answer = answer
    page = open_page(url="about:blank", init_script=NOTE_FIRST_LOAD)
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    page.goto(site.page_url(query="?language=es"))
    expect_state(page, state)
    page.wait_for_load_state("networkidle")
    before = {*page.evaluate("window.firstLoad"), "/icon.svg", site.page_url().split("#")[0].split("/", 3)[3]}
    sizes = {}
    for request in finished:
        path = request.url.removeprefix(site.page_origin).split("?")[0]
        if path in before or path.lstrip("/") in before:
            response = request.response()
            sizes[path] = len(response.body()) if response else 0
    return sizes


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(call_data("WAITING_FOR_PARTICIPANTS"), "waiting", id="waiting"),
        pytest.param(call_data("SCHEDULED"), "scheduled", id="scheduled"),
        pytest.param(gateway_error(401, "Unauthorized"), "signed-out", id="signed-out"),
    ],
)
def test_the_first_state_is_under_thirty_kilobytes_away(
    answer: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    sizes = first_load(site, open_page, answer=answer, state=state)

    assert {"/main.js", "/style.css", "/translations/es.json", "/icon.svg", "/icons.svg"} <= sizes.keys()
    assert not [path for path in sizes if path.startswith(("/waiting/", "/call/"))]
    assert 25_000 < sum(sizes.values()) < LARGEST_FIRST_LOAD_BYTES


def test_an_open_call_is_the_same_and_the_calls_own_files(site: Site, open_page: OpenPage) -> None:
    sizes = first_load(site, open_page, answer=call_data("OPEN", link=site.link()), state="open")

    call = sum(size for path, size in sizes.items() if path.startswith("/call/") or path == "/load-style.js")

    assert 0 < call < LARGEST_CALL_BYTES
    assert sum(sizes.values()) - call < LARGEST_FIRST_LOAD_BYTES


def test_who_waits_has_the_call_ready_before_the_door_opens(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED")
    page = open_page()
    expect_state(page, "scheduled")
    page.wait_for_load_state("networkidle")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    site.answer = call_data("OPEN", link=site.link())
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_state(page, "open")

    assert not [url for url in requested if url.startswith(f"{site.page_origin}/call/")]


def test_a_call_whose_files_do_not_come_is_tried_again(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page(url="about:blank")
    page.route("**/call/texts/*", lambda route: route.abort())
    page.on("console", lambda message: None)
    page.goto(site.page_url())
    expect_state(page, "unreachable")
    assert page.title().startswith(texts("en")["unreachable.title"])

    page.unroute("**/call/texts/*")

    expect_state(page, "open")
