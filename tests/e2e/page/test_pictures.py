"""The pictures of docs/page.md: `make pictures` writes them to docs/page, other runs to the screenshots."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import TOKEN, Answer, Site, call_data, expect_state, problem, texts
from tests.e2e.page.test_every_state import SCREENSHOTS
from tests.e2e.product.test_pictures import portrait
from tests.integration.api.client import PATIENT

FOLDER: Final = Path(os.environ.get("PICTURES") or SCREENSHOTS) / "page"
LARGEST_BYTES: Final = 150_000
# Gradient and shadows are most of a picture's bytes.
FLAT: Final = """() => {
    document.body.style.background = "var(--page)";
    for (const each of document.querySelectorAll("*")) each.style.boxShadow = "none";
}"""
WORDS: Final = texts("en")
CLINIC: Final = {"name": "San Luca Clinic", "phone": "+39 02 1234 5678", "hours": "Mon-Fri 8-18"}
LINKS: Final = {"privacy": "https://clinic.example/privacy", "help": "https://clinic.example/help"}
PEOPLE: Final = [
    {"bandyerUserId": "usr_1", "fullName": "Dr. Dana Rossi", "role": "plus"},
    {"bandyerUserId": "usr_2", "fullName": "Paolo Bianchi", "role": "basic"},
]


CONSENT: Final = {
    "version": "2026-11",
    "url": "https://clinic.example/consent",
    "texts": {"en": "I agree to a visit by video and to its recording, which the clinic keeps for a year."},
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the service answers, and what the reader does before the picture is taken."""

    state: str
    answer: Callable[[Site], Answer] = lambda site: call_data("SCHEDULED", people=PEOPLE)
    then: Callable[[Page], None] = lambda page: None
    consent: Mapping[str, object] = field(default_factory=dict)
    language: str = "en"
    width: int = 360


def _check(page: Page) -> None:
    page.get_by_role("button", name=WORDS["check"]).click()
    expect(page.locator(".camera")).to_have_text(WORDS["camera.good"])
    expect(page.locator(".microphone")).to_have_text(WORDS["microphone.good"])


def _open(site: Site) -> Answer:
    return call_data("OPEN", link=site.link(), people=PEOPLE)


def _recorded(site: Site) -> Answer:
    return call_data("OPEN", link=site.link(), people=PEOPLE, recording="automatic")


def _late(site: Site) -> Answer:
    set_at = datetime.now(UTC) - timedelta(minutes=3)
    notice = {"text": "Dr. Rossi is about 20 minutes late.", "setAt": set_at.isoformat()}
    return call_data("SCHEDULED", people=PEOPLE, notice=notice)


PICTURES: Final = {
    "waiting": Picture(state="scheduled", then=_check),
    "consent": Picture(state="ready", answer=_recorded, consent=CONSENT),
    "ready": Picture(state="ready", answer=_open),
    "ready-wide": Picture(state="ready", answer=_open, width=1280),
    "late": Picture(state="scheduled", answer=_late),
    "cannot-get-in": Picture(state="not-participant", answer=lambda site: problem(403, "not_a_participant")),
    "arabic": Picture(state="scheduled", language="ar"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, site: Site, open_page: OpenPage) -> None:
    picture = PICTURES[name]
    site.configuration |= {"clinic": CLINIC, "links": LINKS, "consent": picture.consent}
    site.answer = picture.answer(site)
    page = open_page(
        url=site.page_url(query=f"?language={picture.language}", fragment=f"#token={TOKEN}"),
        viewport={"width": picture.width, "height": 640},
        color_scheme="light",
        init_script=portrait(PATIENT),
    )
    expect_state(page, picture.state)
    if picture.state != "not-participant":
        expect(page.locator("aside")).to_be_visible()
    picture.then(page)
    page.evaluate(FLAT)

    FOLDER.mkdir(parents=True, exist_ok=True)
    taken = page.screenshot(path=FOLDER / f"{name}.png", full_page=True, animations="disabled")

    assert len(taken) < LARGEST_BYTES
