"""`make bench-page`: what a reader waits for and loads, into docs/performance.md.

`.venv/bin/python -m benchmarks.page [--rounds 11]`. No part of CI, where
tests/e2e/page/test_weight.py counts bytes and requests without a clock.
"""

import argparse
import base64
import hashlib
import itertools
import os
import random
import shutil
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.report import table, when, write_section
from benchmarks.variants import NODE_24
from tests.e2e.conftest import CHROMIUM_ARGUMENTS
from tests.e2e.page.page_site import Answer, Site, call_data, served_site
from tests.fakes.certificates import new_authority

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
_STATES: Final = ("waiting", "scheduled", "open")
_VISITS: Final = ("first", "second")
_NOTE_MOMENTS: Final = """
    const moments = (window.moments = {});
    const note = () => {
        const state = document.querySelector("teleconsultation-room")?.getAttribute("state") ?? "loading";
        if (state !== "loading") moments.state ??= performance.now();
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
    const { state, loaded } = window.moments;
    const all = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
    const before = all.filter(({ responseEnd }) => responseEnd && responseEnd <= state);
    const sum = (read) => before.reduce((total, entry) => total + read(entry), 0);
    return {
        state_ms: state,
        loaded_ms: loaded ?? null,
        requests: before.length,
        decoded_bytes: sum(({ decodedBodySize }) => decodedBodySize),
        wire_bytes: sum(({ transferSize }) => Math.max(0, transferSize - 300)),
    };
}"""

type Case = tuple[str, str, str]
"""Speed, state and visit."""


@dataclass(frozen=True)
class Sample:
    """One visit; requests and bytes are those up to the state, the document's and the API's included."""

    state_ms: float
    loaded_ms: float | None
    requests: int
    decoded_bytes: int
    wire_bytes: int


def main() -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, served_site() as site:
        # The reader's press is no part of the time.
        site.configuration["entersDirectly"] = True
        pem = _certificate(Path(name))
        with _http2_in_front_of(site, pem=pem), _chromium(pem) as browser:
            version = browser.version
            samples = measure(browser, site, rounds=options.rounds)
    note = (
        f"{when()}: Chromium {version}, {options.rounds} rounds. Load average before and after: {load:.1f}, "
        f"{os.getloadavg()[0]:.1f}."
    )
    text = f"{as_table(samples)}\n\n{note}"
    print(text)
    write_section("the page", text)


def measure(browser: Browser, site: Site, *, rounds: int) -> Mapping[Case, Sequence[Sample]]:
    """Visit twice in every round, at each speed and in each state, in random order and a new profile."""
    samples: dict[Case, list[Sample]] = defaultdict(list)
    pairs = list(itertools.product(_SPEEDS, _STATES))
    for _ in range(rounds):
        for speed, state in random.sample(pairs, len(pairs)):
            site.answer = _answer(state, site)
            context = browser.new_context(locale="en-GB", timezone_id="Europe/Rome")
            context.add_init_script(_NOTE_MOMENTS)
            for visit in _VISITS:
                samples[speed, state, visit].append(_visit(context, site, speed=speed, state=state))
            context.close()
    return samples


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
    for state, visit in itertools.product(_STATES, _VISITS):
        cases: list[Case] = [(speed, state, visit) for speed in _SPEEDS]
        rows.append(
            (
                f"{state}, {visit} visit",
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
    page.wait_for_function(f"() => window.moments.{'loaded' if state == 'open' else 'state'}")
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
        case _:
            return call_data("SCHEDULED")


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
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    channel = None if executable else "chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, channel=channel, args=arguments)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
