"""A call without its camera is the commonest fault of such pages: here it is broken on purpose, and named.

In Chromium, which tells. Of a frame that a browser tells nothing about, the provider's own page has to speak.
"""

import pytest
from playwright.sync_api import expect

from local.site_headers import read_site_headers
from local.template import Template
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import PROJECT, Site, call_data, texts

ENGLISH = texts("en")
# In the order of their names in the texts. Chromium knows no policy for the choice of the loudspeaker.
FEATURES = (
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
    "fullscreen",
    "speaker-selection",
    "screen-wake-lock",
    "clipboard-write",
)
KNOWN = tuple(name for name in FEATURES if name != "speaker-selection")
NAMES = dict(zip(FEATURES, ENGLISH["features"].split("|"), strict=True))


def notice(*features: str) -> str:
    return ENGLISH["notice.withheld"].replace("{features}", ", ".join(NAMES[name] for name in features))


@pytest.mark.parametrize("feature", KNOWN)
def test_a_name_missing_in_allow_is_told_with_a_way_out(
    feature: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link())
    without = f"frame.allow = FEATURES.filter((name) => name !== '{feature}').map("
    site.patches["call/call.js"] = ("frame.allow = FEATURES.map(", without)

    page = open_page()

    expect(page.locator(".notice p")).to_have_text(notice(feature))
    expect(page.get_by_role("status")).to_have_text(notice(feature))
    expect(page.locator(".notice a")).to_have_attribute("href", site.link())


@pytest.mark.parametrize("feature", ["camera", "microphone"])
def test_a_header_that_withholds_a_device_is_told(feature: str, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    headers = read_site_headers(Template(PROJECT / "template.yaml"), frame_origin=site.provider_origin)
    granted = f'{feature}=(self "{site.provider_origin}")'
    policy = headers.page["permissions-policy"]
    assert granted in policy
    site.headers["Permissions-Policy"] = policy.replace(granted, f"{feature}=()")

    page = open_page()

    expect(page.locator(".notice p")).to_have_text(notice(feature))


def test_nothing_is_withheld_as_the_page_ships(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_page()

    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)
    assert page.locator("iframe").evaluate("(frame) => frame.featurePolicy.allowsFeature('camera')")
