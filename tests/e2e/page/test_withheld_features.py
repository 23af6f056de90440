"""Headers that block a device for the call, and ours, which do not; see also tests/e2e/product."""

import pytest
from playwright.sync_api import expect

from deployment.template.application import Template
from deployment.template.site_headers import read_site_headers
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NOTICE,
    PROJECT,
    Site,
    call_data,
    enter,
    texts,
)

ENGLISH = texts("en")
NAMES = dict(zip(("camera", "microphone"), ENGLISH["features"].split("|")[:2], strict=True))


def notice(feature: str) -> str:
    return ENGLISH["notice.withheld"].replace("{features}", NAMES[feature])


@pytest.mark.parametrize("feature", ["camera", "microphone"])
def test_a_header_that_blocks_a_device_is_reported(feature: str, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    headers = read_site_headers(Template(PROJECT / "template.yaml"), frame_origin=site.provider_origin)
    granted = f'{feature}=(self "{site.provider_origin}")'
    policy = headers.page["permissions-policy"]
    assert granted in policy
    site.headers["Permissions-Policy"] = policy.replace(granted, f"{feature}=()")

    page = open_page()
    enter(page)

    expect(page.locator(".notice p")).to_have_text(notice(feature))


def test_the_shipped_headers_block_no_device(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_page()
    enter(page)

    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator(NOTICE)).to_have_count(0)
    assert page.locator("iframe").evaluate("(frame) => frame.featurePolicy.allowsFeature('camera')")
