"""Accessibility checks by axe, in light and dark."""

from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page

AXE: Final = Path(__file__).parents[2] / ".tools/page/node_modules/axe-core/axe.min.js"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_RUN: Final = """async () => {
    // The page's own changes for a scheme are done before the second frame.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    // Frames are judged where they are the page.
    const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
}"""


def violations(page: Page) -> dict[str, list[str]]:
    """Return axe's violations by colour scheme; the page stays in dark."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        if wrong := page.evaluate(_RUN):
            found[scheme] = wrong
    return found
