"""The page as `make deploy` publishes it: its trips, its weight, and a deployment in the middle of a visit.

A trip is one way to the server and back. Files that are asked for while no other one is answered share one;
so trips are counted without a clock.
"""

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from deployment.bundle import build_page
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    gateway_error,
    served_site,
    texts,
)
from tests.pages import SOURCES, built_page

# What a browser receives until the first state, in gzip, with the texts of all languages.
LARGEST_FIRST_LOAD_BYTES = 40_000
MOST_FIRST_REQUESTS = 10
# Loaded by a press: the device check, and the code for another device.
LARGEST_PART_BYTES = 4_500
SMALLEST_COMPRESSED_BYTES = 1_000
ICONS = "/assets/icon"
# Sent once the state is there; nothing waits for it.
PRESENCE = "/presence"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with built_page() as folder:
        yield folder


@pytest.fixture(scope="module")
def running_built_site(folder: Path) -> Iterator[Site]:
    with served_site(folder) as site:
        yield site


@pytest.fixture
def site(running_built_site: Site) -> Site:
    running_built_site.reset()
    return running_built_site


def path_of(request: Request) -> str:
    return urlsplit(request.url).path


def references(document: Path) -> set[str]:
    return set(re.findall(r'"(/assets/[^"]+)"', document.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(call_data("WAITING_FOR_PARTICIPANTS"), "waiting", id="waiting"),
        pytest.param(call_data("SCHEDULED"), "scheduled", id="scheduled"),
        pytest.param(call_data("OPEN", link="https://call.example"), "refused", id="refused"),
        pytest.param(gateway_error(401, "Unauthorized"), "signed-out", id="signed-out"),
    ],
)
def test_the_first_state_is_two_trips_away(
    answer: Answer, state: str, folder: Path, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer
    page = open_page(url="about:blank")
    page.route("**/assets/**", lambda route: None)
    page.route("**/api/**", lambda route: None)
    # Nothing waits for the icons.
    missing = {path for path in references(folder / "index.html") if not path.startswith(ICONS)}
    asked: list[str] = []

    def is_the_last(request: Request) -> bool:
        asked.append(path_of(request))
        return missing <= {*asked} and any(path.startswith("/api/") for path in asked)

    # All that the state needs is asked for while none of it is answered.
    with page.expect_request(is_the_last):
        page.goto(site.page_url(), wait_until="commit")
    asked.clear()
    page.on("request", lambda request: asked.append(path_of(request)))
    page.unroute_all()

    expect_state(page, state)
    page.wait_for_load_state("networkidle")
    assert [path for path in asked if not path.startswith(ICONS) and not path.endswith(PRESENCE)] == []


def test_the_help_while_waiting_comes_with_the_first_state(site: Site, open_page: OpenPage) -> None:
    appeared = """
        window.appeared = [];
        new MutationObserver(() => {
            const state = document.querySelector("teleconsultation-room")?.getAttribute("state");
            const help = document.querySelector("aside h2");
            if (state && state !== "loading") window.appeared.push(Boolean(help));
        }).observe(document, { subtree: true, childList: true, attributes: true });
    """

    page = open_page(init_script=appeared)
    expect_state(page, "scheduled")

    assert page.evaluate("window.appeared")[0] is True


def test_a_participants_language_costs_no_trip(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", language="it")
    page = open_page(url="about:blank", locale="en-GB")
    page.route("**/api/**", lambda route: None)
    page.goto(site.page_url())
    # The page's script runs.
    page.wait_for_function("() => !location.hash")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(path_of(request)))

    page.unroute_all()

    expect(page.locator("h1")).to_have_text(texts("it")["scheduled.title"])
    expect(page.locator("aside h2")).to_have_text(texts("it")["title"])
    assert [path for path in asked if not path.startswith(ICONS) and not path.endswith(PRESENCE)] == []


def test_the_calls_page_is_one_trip_after_the_first_state(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    expect_state(page, "ready")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    enter(page)
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Call")

    assert asked[0] == site.link()
    assert [url for url in asked if url.startswith(site.page_origin)] == []


def test_the_page_is_light_and_asks_for_each_file_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(url="about:blank")
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    page.goto(site.page_url())
    expect_state(page, "scheduled")
    page.wait_for_load_state("networkidle")

    files = [request for request in finished if "/api/" not in request.url]

    paths = [path_of(request) for request in files]
    assert len(paths) == len({*paths}) <= MOST_FIRST_REQUESTS
    assert 15_000 < sum(map(sent_bytes, files)) < LARGEST_FIRST_LOAD_BYTES


def sent_bytes(request: Request) -> int:
    """The size that CloudFront sends: it compresses files of 1,000 bytes and more."""
    response = request.response()
    body = response.body() if response else b""
    return len(gzip.compress(body)) if len(body) >= SMALLEST_COMPRESSED_BYTES else len(body)


def test_a_part_that_is_loaded_by_a_press_is_small(folder: Path) -> None:
    parts = [
        path for path in folder.glob("assets/*.js") if path.name.startswith(("device-check", "other-device"))
    ]

    assert len(parts) == 2
    assert sum(len(gzip.compress(path.read_bytes())) for path in parts) < LARGEST_PART_BYTES


def test_only_styles_block_rendering(folder: Path, site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    blocking = page.evaluate("""
        performance.getEntriesByType("resource")
            .filter(({ renderBlockingStatus }) => renderBlockingStatus === "blocking")
            .map(({ name }) => new URL(name).pathname)
    """)

    styles = {path for path in references(folder / "index.html") if path.endswith(".css")}
    assert {*blocking} == styles


def test_browsers_keep_what_has_a_hash_and_ask_for_documents(
    folder: Path, site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    kept = {path: cache_control(site, path, page=page) for path in references(folder / "index.html")}

    assert {*kept.values()} == {"public, max-age=31536000, immutable"}
    assert cache_control(site, "/", page=page) == "no-cache"
    assert cache_control(site, "/call-ended.html", page=page) == "no-cache"
    # A browser that kept "not found" would not find the file once it is there.
    assert cache_control(site, "/assets/main-00000000.js", page=page) == ""


def cache_control(site: Site, path: str, *, page: Page) -> str:
    return page.request.get(site.page_origin + path).headers.get("cache-control", "")


@pytest.mark.parametrize("document", ["index.html", "call-ended.html"])
def test_documents_name_built_files_only(document: str, folder: Path) -> None:
    text = (folder / document).read_text(encoding="utf-8")

    named = re.findall(r'(?:href|src)="(.*?)"', text)

    assert named
    assert all((folder / path.removeprefix("/")).is_file() for path in named)
    assert all(re.fullmatch(r"/assets/[\w-]+-[0-9A-Z]{8}\.(js|css|svg)", path) for path in named)


def test_the_script_inside_the_document_is_that_of_the_sources(folder: Path) -> None:
    """Its hash stands in the template."""
    script = re.compile(r"<script>.*?</script>", re.DOTALL)

    built, source = (script.findall((place / "index.html").read_text()) for place in (folder, SOURCES))

    assert built == source != []


def test_every_script_has_a_source_map_with_its_source(folder: Path) -> None:
    scripts = [*folder.glob("assets/*.js")]

    maps = [
        folder / "assets" / re.findall(r"sourceMappingURL=(\S+)", path.read_text())[0] for path in scripts
    ]

    sources = "".join(path.read_text(encoding="utf-8") for path in maps)
    assert "export class TeleconsultationRoom" in sources
    assert "export class DeviceCheck" in sources


def test_a_script_whose_connection_broke_is_requested_again(
    folder: Path, site: Site, open_page: OpenPage
) -> None:
    page = open_page(url="about:blank")
    page.route("**/assets/chunk-*", lambda route: route.abort(), times=1)

    page.goto(site.page_url())

    expect_state(page, "scheduled")


def test_a_page_that_was_open_during_a_deployment_goes_on_and_the_next_one_is_new(
    tmp_path: Path, browser: Browser
) -> None:
    """The bucket keeps the assets of the replaced page: integration/deployment/test_site.py."""
    bucket, sources = tmp_path / "bucket", tmp_path / "sources"
    shutil.copytree(SOURCES, sources)
    build_page(sources, into=bucket)
    with served_site(bucket) as deployed:
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(deployed.page_url())
        expect_state(page, "scheduled")
        before = references(bucket / "index.html")
        english = sources / "translations/en.json"
        english.write_text(english.read_text().replace("You are early", "You are too early"))
        check = sources / "waiting/device-check.js"
        check.write_text(check.read_text().replace('class: "check"', 'class: "check new"'))

        build_page(sources, into=bucket)

        page.get_by_role("button", name=texts("en")["check"]).click()
        expect(page.locator(".check")).to_have_attribute("class", "check")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(path_of(request)))
        page.reload()
        expect(page.locator("h1")).to_have_text("You are too early")
        after = references(bucket / "index.html")
        scripts = {path for path in asked if path.endswith(".js")}
        assert scripts == {path for path in after if path.endswith(".js")}
        assert not scripts & {path for path in before if "main-" in path}
        page.get_by_role("button", name=texts("en")["check"]).click()
        expect(page.locator(".check")).to_have_attribute("class", "check new")
        page.context.close()
