"""The visit's link for another device: as a code to scan, to share and to copy."""

import hashlib

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import JOIN_SECRET, Site, call_data, expect_state, texts

ENGLISH = texts("en")
ALPHABET = f"https://site.example/teleconsultation/5f0c1e2d3a4b5c6d7e8f9a0b#j={JOIN_SECRET}" + "x" * 200
# SHA-256 of the modules, row by row as 0 and 1, by the length of the text. Made with the Python package
# qrcode 8.2 (level M, mask 0, byte mode), and each read back by zxing-cpp 3.1: versions 1 to 9, with and
# without padding, with blocks of one and of two lengths.
CODES = {
    14: "177b2664adfef8d940bbbba21975e54f36407e219c10b54084c3abcb6054a001",
    20: "b3205f8a2bba3b7e3c3a1f01c4715874d6c886c5d814e5d4e46c45b4a44ed822",
    42: "a41255e1a19ed1edd2cd6a6b4502384bdc80386f34a991500f9a95235220a2c2",
    62: "e1f00a98705b797c8caded263b3912a46ceb4a9bcc3501334981bd586382c948",
    84: "56a3ad693c18ed0c705a412344a4936c62a3a74075a96e6e5737b84038cf4b5b",
    106: "71367b56a77fa1fa06f2f267f3479aaeaf4bee1fd830bab8cae28178f4c39972",
    107: "8f284c7d8b349523c3b618b7117043f0fa379d4a52b808737c425a2232a7cd9d",
    152: "ebf2055d60d85359d4ad337a5ef6367d40edd35c903f2dc636758df9858b2aa9",
    180: "49bd52a94c94fe91d531c3228122bc7a148cca68a6affe8b4dd31eb622c17380",
}
READ_CODE = """async (text) => {
    const { qrCode } = await import("/waiting/qr-code.js");
    return qrCode(text)?.map((row) => Array.from(row, Number).join("")).join("") ?? null;
}"""


@pytest.mark.sources
@pytest.mark.parametrize("length", CODES)
def test_a_code_is_that_of_a_well_known_library(length: int, site: Site, open_page: OpenPage) -> None:
    page = open_page()

    modules = page.evaluate(READ_CODE, ALPHABET[:length])

    assert hashlib.sha256(modules.encode()).hexdigest() == CODES[length]


@pytest.mark.sources
def test_a_longer_text_has_no_code(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    assert page.evaluate(READ_CODE, ALPHABET[:181]) is None


def open_help(
    site: Site, open_page: OpenPage, *, fragment: str = f"#j={JOIN_SECRET}", script: str = ""
) -> Page:
    page = open_page(
        url=site.page_url(fragment=fragment),
        init_script=script,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_role("button", name=ENGLISH["other"]).click()
    expect(page.get_by_text(ENGLISH["other.text"])).to_be_visible()
    return page


def test_who_waits_can_continue_on_another_device(site: Site, open_page: OpenPage) -> None:
    page = open_help(site, open_page)

    expect(page.get_by_role("img", name=ENGLISH["code"])).to_be_visible()
    page.get_by_role("button", name=ENGLISH["copyLink"]).click()
    expect(page.locator(".copied")).to_have_text(ENGLISH["copied"])
    assert page.evaluate("navigator.clipboard.readText()") == site.page_url(fragment=f"#j={JOIN_SECRET}")
    page.get_by_role("button", name=ENGLISH["other"]).click()

    expect(page.locator(".other-device")).to_have_count(0)


def test_at_the_open_door_it_is_offered_too(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_help(site, open_page)

    expect_state(page, "ready")
    expect(page.get_by_role("img", name=ENGLISH["code"])).to_be_visible()


def test_a_device_that_shares_links_is_asked_to(site: Site, open_page: OpenPage) -> None:
    page = open_help(
        site, open_page, script="Navigator.prototype.share = async ({ url }) => { window.shared = url; };"
    )

    page.get_by_role("button", name=ENGLISH["shareLink"]).click()

    page.wait_for_function("() => window.shared")
    assert page.evaluate("window.shared") == site.page_url(fragment=f"#j={JOIN_SECRET}")


def test_a_sign_in_is_too_long_for_a_code(site: Site, open_page: OpenPage) -> None:
    page = open_help(site, open_page, fragment="#token=" + "a" * 200)

    expect(page.get_by_role("button", name=ENGLISH["copyLink"])).to_be_visible()
    expect(page.get_by_role("img", name=ENGLISH["code"])).to_have_count(0)
