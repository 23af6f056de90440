"""Blocked devices are the most common fault of such pages: blocked here on purpose, and reported.

In Chromium, which tells. Of a frame that a browser tells nothing about, the provider's own page has to speak.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.stack import TEMPLATE, running_stack
from tests.e2e.media import expect_media, expect_standstill
from tests.e2e.page.page_site import enter
from tests.e2e.product.conftest import Guard, OpenLink
from tests.e2e.product.product_site import ENGLISH, FEATURES, NAMES, book, call_frame, enter_all
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient
from tests.integration.api.contract import Contract, load_document

# The blocked media, and the media that still arrive.
CARRIES = {"camera": ("frames", "energy"), "microphone": ("energy", "frames")}
# Chromium has no policy for the choice of the loudspeaker.
KNOWN = tuple(name for name in FEATURES if name != "speaker-selection")


def without(feature: str) -> dict[str, tuple[str, str]]:
    kept = f"frame.allow = FEATURES.filter((name) => name !== '{feature}').map("
    return {"/call/call.js": ("frame.allow = FEATURES.map(", kept)}


def withheld(template: str, feature: str) -> str:
    """Return the template with a feature blocked, as a security scanner would advise."""
    granted = f"{feature}=(self ${{Origins}})"
    assert granted in template
    return template.replace(granted, f"{feature}=()")


def expect_explanation(page: Page, feature: str) -> None:
    explained = ENGLISH["notice.withheld"].replace("{features}", NAMES[feature])
    expect(page.locator(".notice p")).to_have_text(explained)
    expect(page.get_by_role("status")).to_have_text(explained)
    expect(page.locator(".notice a")).to_have_attribute(
        "href", page.locator("iframe").get_attribute("src") or ""
    )


@pytest.mark.sources
@pytest.mark.parametrize("feature", KNOWN)
def test_a_feature_missing_in_allow_breaks_the_call_and_is_reported_with_a_remedy(
    feature: str, api: ApiClient, open_link: OpenLink
) -> None:
    booked = book(api)

    patients = open_link(booked.links[PATIENT], patches=without(feature))
    enter(patients)

    expect_explanation(patients, feature)
    assert not call_frame(patients).evaluate("(name) => document.featurePolicy.allowsFeature(name)", feature)
    if feature in CARRIES:
        doctors = open_link(booked.links[DOCTOR])
        enter(doctors)
        missing, arriving = CARRIES[feature]
        expect_media(call_frame(doctors), people=1, kinds=(arriving,))
        expect_standstill(call_frame(doctors), kind=missing)


def test_a_header_that_blocks_the_camera_breaks_the_call_and_is_reported(
    tmp_path: Path, guard: Guard, open_link: OpenLink
) -> None:
    hardened = tmp_path / TEMPLATE.name
    for code in ("functions", "layers"):
        (tmp_path / code).symlink_to(TEMPLATE.with_name(code))
    hardened.write_text(withheld(TEMPLATE.read_text(encoding="utf-8"), "camera"), encoding="utf-8")
    with running_stack(template=hardened, invocation="in-process", state_directory=tmp_path) as stack:
        guard.origins |= {stack.site_url, stack.bandyer.url}
        booked = book(ApiClient(stack, Contract(load_document())))

        patients, doctors = (open_link(booked.links[person]) for person in (PATIENT, DOCTOR))

        enter_all(doctors, patients)
        for page in (doctors, patients):
            expect_explanation(page, "camera")
            expect_media(call_frame(page), people=1, kinds=("energy",))
            expect_standstill(call_frame(page), kind="frames")
            page.close()
