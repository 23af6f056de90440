"""The README's pictures: `make pictures` writes them to docs, other runs to this folder.

`test_story` takes the one of the events.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.page.page_site import expect_state
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import ENGLISH, book, call_frame, enter_all, expect_whole_call
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, dates, doctor, patient, visit

FOLDER = Path(os.environ.get("PICTURES") or Path(__file__).parent / "pictures")
PORTRAIT = Path(__file__).with_name("portrait.js").read_text(encoding="utf-8")
LARGEST_BYTES = 200_000
# The picture shows a call that has been running for a while.
SHORT_HELP = {"/call/call.js": ("ARRIVED_AFTER_MS = 20_000", "ARRIVED_AFTER_MS = 500")}
PEOPLE = [doctor(fullName="Dr. Dana Rossi"), patient(fullName="Paolo Bianchi")]
PORTRAITS = {
    DOCTOR: {
        "wall": ["#dcebe9", "#9fc4c3"],
        "skin": "#e3b08f",
        "hair": "#4a2f27",
        "clothes": "#2f7f88",
        "hasCoat": True,
        "hasLongHair": True,
    },
    PATIENT: {
        "wall": ["#f3e3cf", "#d9b48c"],
        "skin": "#c98f6b",
        "hair": "#8d8f94",
        "clothes": "#3d5a80",
        "hasCoat": False,
        "hasLongHair": False,
    },
}


def portrait(person: str) -> str:
    return f"{{ const portrait = {json.dumps(PORTRAITS[person])}; {PORTRAIT} }}"


def test_waiting_room(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api, visit(people=PEOPLE, **dates(start_in_seconds=1_000)))
    size = {"width": 640, "height": 1000}
    page = open_link(booked.links[PATIENT], viewport=size, init_script=portrait(PATIENT))
    expect_state(page, "scheduled")

    page.get_by_role("button", name=ENGLISH["check"]).click()
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    expect(page.locator(".microphone")).to_have_text(ENGLISH["microphone.good"])
    FOLDER.mkdir(exist_ok=True)
    picture = page.screenshot(path=FOLDER / "waiting-room.png", full_page=True)

    assert len(picture) < LARGEST_BYTES


@pytest.mark.sources
def test_call_between_two_people(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api, visit(people=PEOPLE, **dates(start_in_seconds=0)))
    size = {"width": 1000, "height": 640}
    doctors, patients = (
        open_link(booked.links[person], viewport=size, init_script=portrait(person), patches=SHORT_HELP)
        for person in (DOCTOR, PATIENT)
    )

    enter_all(doctors, patients)
    expect_whole_call(doctors, patients)
    expect(call_frame(doctors).locator(".tile[data-connected=true]")).to_have_count(2)
    expect(doctors.locator(".notice")).to_have_count(0)
    FOLDER.mkdir(exist_ok=True)
    picture = doctors.screenshot(path=FOLDER / "call.png")

    assert len(picture) < LARGEST_BYTES
