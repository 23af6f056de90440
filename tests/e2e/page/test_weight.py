"""The files loaded before the first state shows: their number, uncompressed size and order."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.module_graph import modules_of
from tests.e2e.page.page_site import (
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    gateway_error,
    texts,
)

LARGEST_FIRST_LOAD_BYTES = 46_500
MOST_FIRST_REQUESTS = 18
# With an open door the call's files are loaded at once; otherwise they are loaded while waiting.
LARGEST_CALL_BYTES = 17_900
MOST_CALL_REQUESTS = 8
# All files received when the state first shows: documents, scripts, styles,
# pictures, texts and configuration, without the API's answer.
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


def path_of(request: Request) -> str:
    return urlsplit(request.url).path


def first_load(site: Site, open_page: OpenPage, *, answer: Answer, state: str) -> dict[str, int]:
    site.answer = answer
    page = open_page(url="about:blank", init_script=NOTE_FIRST_LOAD)
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    page.goto(site.page_url(query="?language=es"))
    expect_state(page, state)
    if state == "ready":
        enter(page)
    page.wait_for_load_state("networkidle")
    # The icons count too, although they may arrive after the first state.
    icons = {"/icon.svg", "/icons.svg"}
    before = {*page.evaluate("window.firstLoad"), urlsplit(site.page_url()).path} | icons
    sizes = {}
    for request in finished:
        path = path_of(request)
        assert path not in sizes, f"{path} was asked for twice"
        if path in before:
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
def test_the_first_state_loads_few_bytes_and_files(
    answer: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    sizes = first_load(site, open_page, answer=answer, state=state)

    assert {"/main.js", "/style.css", "/translations/es.json", "/icon.svg", "/icons.svg"} <= sizes.keys()
    assert not [path for path in sizes if path.startswith(("/waiting/", "/call/"))]
    assert 25_000 < sum(sizes.values()) < LARGEST_FIRST_LOAD_BYTES
    assert len(sizes) <= MOST_FIRST_REQUESTS


def test_an_open_call_adds_only_the_calls_files(site: Site, open_page: OpenPage) -> None:
    sizes = first_load(site, open_page, answer=call_data("OPEN", link=site.link()), state="ready")

    call = {
        path: size
        for path, size in sizes.items()
        if path.startswith("/call/") or path in {"/load-style.js", "/pass-on-link.js"}
    }

    assert 0 < sum(call.values()) < LARGEST_CALL_BYTES
    assert len(call) <= MOST_CALL_REQUESTS
    assert sum(sizes.values()) - sum(call.values()) < LARGEST_FIRST_LOAD_BYTES
    assert len(sizes) - len(call) <= MOST_FIRST_REQUESTS


def test_only_the_pages_style_blocks_rendering(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    enter(page)

    blocking = page.evaluate("""
        performance.getEntriesByType("resource")
            .filter(({ renderBlockingStatus }) => renderBlockingStatus === "blocking")
            .map(({ name }) => new URL(name).pathname)
    """)

    assert blocking == ["/style.css"]


@pytest.mark.parametrize(
    ("held", "needed", "answer"),
    [
        pytest.param(
            "/*.*", modules_of("/main.js") | {"/config.json", "/style.css"}, "SCHEDULED", id="first state"
        ),
        pytest.param(
            "/{call/**,load-style.js,pass-on-link.js}",
            (modules_of("/call/call-controller.js") - modules_of("/main.js"))
            | {"/call/call.css", "/call/texts/en.json"},
            "OPEN",
            id="call",
        ),
        pytest.param(
            "/{waiting/**,load-style.js}",
            (modules_of("/waiting/waiting-help.js") - modules_of("/main.js"))
            | {"/waiting/waiting.css", "/waiting/texts/en.json"},
            "SCHEDULED",
            id="waiting",
        ),
    ],
)
def test_no_file_waits_for_another(
    held: str, needed: set[str], answer: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data(answer, link=site.link())
    page = open_page(url="about:blank")
    page.route(f"{site.page_origin}{held}", lambda route: None)
    missing = set(needed)

    def is_the_last(request: Request) -> bool:
        missing.discard(path_of(request))
        return not missing

    # All files are requested while none is answered.
    with page.expect_request(is_the_last):
        page.goto(site.page_url(), wait_until="commit")

    page.unroute_all()
    expect_state(page, "ready" if answer == "OPEN" else "scheduled")


def test_the_call_is_loaded_while_waiting(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED")
    page = open_page()
    expect_state(page, "scheduled")
    page.wait_for_load_state("networkidle")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    site.answer = call_data("OPEN", link=site.link())
    page.evaluate("window.dispatchEvent(new Event('online'))")
    enter(page)

    assert not [url for url in requested if url.startswith(f"{site.page_origin}/call/")]


def test_missing_files_of_the_call_are_requested_again(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page(url="about:blank")
    page.route("**/call/texts/*", lambda route: route.abort())
    page.on("console", lambda message: None)
    page.goto(site.page_url())
    expect_state(page, "unreachable")
    assert page.title().startswith(texts("en")["unreachable.title"])

    page.unroute("**/call/texts/*")

    expect_state(page, "ready")


def test_a_missing_module_is_requested_again(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    page.route("**/views.js", lambda route: route.abort(), times=1)
    page.route("**/main.js", lambda route: None)
    with page.expect_event("requestfailed"):
        page.goto(site.page_url(), wait_until="commit")

    page.unroute_all()

    expect_state(page, "scheduled")
