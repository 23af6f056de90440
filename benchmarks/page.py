"""`make bench-page`: what a reader waits for and loads, beside an earlier page, into docs/performance.md.

`.venv/bin/python -m benchmarks.page [--rounds 11] [--before COMMIT]`. No part of CI, where
tests/e2e/page/test_built_page.py counts trips and bytes without a clock.
"""

import argparse
import base64
import hashlib
import io
import itertools
import json
import os
import random
import shutil
import statistics
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.report import table, when, write_section
from benchmarks.variants import NODE_24
from local.page import local_configuration
from tests.e2e.conftest import CHROMIUM_ARGUMENTS
from tests.e2e.page.page_site import Answer, Site, call_data, served_site
from tests.fakes.certificates import new_authority
from tests.pages import SOURCES, built_page

_FRONT: Final = Path(__file__).with_name("http2_front.mjs")
_SPEEDS: Final[dict[str, dict[str, float]]] = {
    "unthrottled": {"downloadThroughput": -1, "uploadThroughput": -1, "latency": 0},
    # Bytes a second and milliseconds: `Slow4GConditions` in front_end/core/sdk/NetworkManager.ts of
    # https://github.com/ChromeDevTools/devtools-frontend.
    "slow 4G": {
        "downloadThroughput": 1.6e6 / 8 * 0.9,
        "uploadThroughput": 750e3 / 8 * 0.9,
        "latency": 150 * 3.75,
    },
}
# The last page of sources that browsers loaded as they stand.
BEFORE: Final = "dd8b89c"
_PAGES: Final = ("before", "now")
_STATES: Final = ("waiting", "scheduled", "other language", "open")
_VISITS: Final = ("first", "second")
_NOTE_MOMENTS: Final = """
    const moments = (window.moments = {});
    const note = () => {
        const state = document.querySelector("teleconsultation-room")?.getAttribute("state") ?? "loading";
        if (state !== "loading") moments.state ??= performance.now();
        if (document.querySelector("aside:not([hidden]) h2")) moments.help ??= performance.now();
        const frame = document.querySelector("iframe");
        if (!frame || moments.frame) return;
        moments.frame = performance.now();
        frame.addEventListener("load", () => (moments.loaded = performance.now()));
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });
"""
# A header counts 300 bytes by definition, and an answer that the kept file is good (304) is only that.
# https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-transfersize
_READ: Final = """() => {
    const { state, loaded, help } = window.moments;
    const all = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
    const before = all.filter(({ responseEnd }) => responseEnd && responseEnd <= state);
    const sum = (read) => before.reduce((total, entry) => total + read(entry), 0);
    return {
        state_ms: state,
        loaded_ms: loaded ?? null,
        help_ms: help ?? null,
        requests: before.length,
        decoded_bytes: sum(({ decodedBodySize }) => decodedBodySize),
        wire_bytes: sum(({ transferSize }) => Math.max(0, transferSize - 300)),
    };
}"""

type Case = tuple[str, str, str, str]
"""Page, speed, state and visit."""


@dataclass(frozen=True)
class Sample:
    """One visit; requests and bytes are those up to the state, the document's and the API's included."""

    state_ms: float
    loaded_ms: float | None
    help_ms: float | None
    requests: int
    decoded_bytes: int
    wire_bytes: int


def main() -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help="whose page is measured beside")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        pem = _certificate(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        old = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folders = {"before": old, "now": stack.enter_context(built_page())}
        sites = {page: stack.enter_context(served_site(folders[page])) for page in _PAGES}
        for site in sites.values():
            # The reader's press is no part of the time.
            site.configuration["entersDirectly"] = True
            stack.enter_context(_http2_in_front_of(site, pem=pem))
        _write_page_of(options.before, into=old, site=sites["before"])
        browser = stack.enter_context(_chromium(pem))
        version = browser.version
        samples = measure(browser, sites, rounds=options.rounds)
    note = (
        f"{when()}: Chromium {version}, {options.rounds} interleaved rounds; *before* is the page of "
        f"{options.before}. "
        f"Load average before and after: {load:.1f}, {os.getloadavg()[0]:.1f}."
    )
    text = f"{ratios(samples)}\n\n{as_table(samples)}\n\n{note}"
    print(text)
    write_section("the page", text)


def measure(browser: Browser, sites: Mapping[str, Site], *, rounds: int) -> Mapping[Case, Sequence[Sample]]:
    """Visit twice in every round: each page, speed and state, in random order and a new profile."""
    samples: dict[Case, list[Sample]] = defaultdict(list)
    trials = list(itertools.product(_PAGES, _SPEEDS, _STATES))
    for _ in range(rounds):
        for which, speed, state in random.sample(trials, len(trials)):
            site = sites[which]
            site.answer = _answer(state, site)
            context = browser.new_context(locale="en-GB", timezone_id="Europe/Rome")
            context.add_init_script(_NOTE_MOMENTS)
            for visit in _VISITS:
                samples[which, speed, state, visit].append(_visit(context, site, speed=speed, state=state))
            context.close()
    return samples


def ratios(samples: Mapping[Case, Sequence[Sample]]) -> str:
    """Return Markdown: medians of the first visit on slow 4G beside the earlier page's, and the targets."""

    def row(name: str, state: str, value: Callable[[Sample], float | None], target: str) -> tuple[str, ...]:
        before, now = (
            statistics.median(
                time for one in samples[page, "slow 4G", state, "first"] if (time := value(one)) is not None
            )
            for page in _PAGES
        )
        return name, f"{before:.0f}", f"{now:.0f}", f"{now / before:.2f}", target

    rows = [
        row("first state", "scheduled", lambda one: one.state_ms, "≤ 0.70"),
        row("call's page", "open", lambda one: one.loaded_ms, "≤ 0.62"),
        row('"While you wait"', "scheduled", lambda one: one.help_ms, "≤ 0.70"),
        row(
            "first state in a language that is not the browser's",
            "other language",
            lambda one: one.state_ms,
            "–",
        ),
    ]
    return table(("first visit, slow 4G", "before, ms", "now, ms", "ratio", "target"), rows)


def as_table(samples: Mapping[Case, Sequence[Sample]]) -> str:
    """Return Markdown: median [minimum–maximum] of the times, and the medians of what does not vary."""

    def median(case: Case, value: Callable[[Sample], float]) -> float:
        return statistics.median(value(sample) for sample in samples[case])

    def times(case: Case, value: Callable[[Sample], float | None]) -> str:
        found = [time for sample in samples[case] if (time := value(sample)) is not None]
        if not found:
            return "–"
        return f"{statistics.median(found):.0f} [{min(found):.0f}–{max(found):.0f}]"

    rows = []
    for state, visit, which in itertools.product(_STATES, _VISITS, _PAGES):
        cases: list[Case] = [(which, speed, state, visit) for speed in _SPEEDS]
        rows.append(
            (
                f"{state}, {visit} visit, {which}",
                f"{median(cases[-1], lambda one: one.requests):.0f}",
                f"{median(cases[-1], lambda one: one.decoded_bytes):,.0f}",
                f"{median(cases[-1], lambda one: one.wire_bytes):,.0f}",
                *(times(case, lambda one: one.state_ms) for case in cases),
                *(times(case, lambda one: one.loaded_ms) for case in cases),
            )
        )
    moments = [f"{moment} ms, {speed}" for moment in ("state", "call's page") for speed in _SPEEDS]
    head = ("", "requests", "bytes", "sent", *moments)
    return table(head, rows)


def _visit(context: BrowserContext, site: Site, *, speed: str, state: str) -> Sample:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **_SPEEDS[speed]})
    page.goto(site.page_url())
    page.wait_for_function(f"() => window.moments.{'loaded' if state == 'open' else 'help'}")
    # Else what the page loads while its reader waits would not be there on the next visit.
    page.wait_for_load_state("networkidle")
    read: dict[str, Any] = page.evaluate(_READ)
    page.close()
    return Sample(**read)


def _answer(state: str, site: Site) -> Answer:
    match state:
        case "open":
            return call_data("OPEN", link=site.link())
        case "waiting":
            return call_data("WAITING_FOR_PARTICIPANTS")
        case "other language":
            return call_data("SCHEDULED", language="it")
        case _:
            return call_data("SCHEDULED")


def _write_page_of(commit: str, *, into: Path, site: Site) -> None:
    """Write the page of a commit, which asked for its configuration as a file."""
    archive = subprocess.run(
        ["git", "archive", commit, SOURCES.name], cwd=SOURCES.parent, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files, tempfile.TemporaryDirectory() as folder:
        files.extractall(folder, filter="data")
        shutil.copytree(Path(folder, SOURCES.name), into, dirs_exist_ok=True)
    configuration = local_configuration(into / "config.json", frame_origin=site.provider_origin)
    (into / "config.json").write_text(json.dumps(configuration | site.configuration), encoding="utf-8")


def _certificate(folder: Path) -> Path:
    new_authority().server_context(folder)
    return folder / "localhost.pem"


@contextmanager
def _http2_in_front_of(site: Site, *, pem: Path) -> Iterator[None]:
    port = site.page_origin.rpartition(":")[2]
    with subprocess.Popen([NODE_24, _FRONT, port, pem], stdout=subprocess.PIPE, text=True) as front:
        assert front.stdout is not None
        site.page_origin = f"https://localhost:{int(front.stdout.readline())}"
        try:
            yield
        finally:
            front.terminate()


@contextmanager
def _chromium(pem: Path) -> Iterator[Browser]:
    certificate = load_pem_x509_certificate(pem.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = base64.b64encode(hashlib.sha256(key).digest()).decode()
    # Trusting this key, and not every certificate: what came with an error Chromium does not keep.
    arguments = [*CHROMIUM_ARGUMENTS, f"--ignore-certificate-errors-spki-list={fingerprint}"]
    executable = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    channel = None if executable else "chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, channel=channel, args=arguments)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
