"""Addresses as mail and chat programs damage them: they lead to the visit, and nothing stays in the bar."""

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import JOIN_SECRET, TELECONSULTATION_ID, Site, expect_state, texts

PAGE_PATH = f"/teleconsultation/{TELECONSULTATION_ID}"
# The browser sends the whole address of a link without "#", so a word stands for the token there.
SENT_TOKEN = "kD8s0f_2.Lw-9a.Q4xVb"
ZERO_WIDTH_SPACE = "%E2%80%8B"


def expect_visit(
    site: Site, open_page: OpenPage, *, address: str, secret: str = JOIN_SECRET, route: str = "/join"
) -> None:
    page = open_page(url=site.page_origin + address)

    expect_state(page, "scheduled")
    [asked] = site.asked
    assert (asked.path, asked.authorization) == (f"/api{PAGE_PATH}{route}", f"Bearer {secret}")
    assert page.url == site.page_origin + PAGE_PATH
    page.reload()
    expect_state(page, "scheduled")


@pytest.mark.parametrize(
    "path",
    [
        f"{PAGE_PATH}/",
        f"/Teleconsultation/{TELECONSULTATION_ID}",
        PAGE_PATH.upper(),
        f"/{PAGE_PATH}",
        f"/telecons-fe{PAGE_PATH}",
        f"/telecons-fe{PAGE_PATH}/",
        f"/teleconsultation//{TELECONSULTATION_ID}",
        f"{PAGE_PATH}.",
        f"{PAGE_PATH})",
        f"{PAGE_PATH}%20",
        f"{PAGE_PATH}{ZERO_WIDTH_SPACE}",
        f"{PAGE_PATH}?utm_source=mail",
    ],
)
def test_a_damaged_path_leads_to_the_visit(path: str, site: Site, open_page: OpenPage) -> None:
    expect_visit(site, open_page, address=f"{path}#j={JOIN_SECRET}")


@pytest.mark.parametrize(
    "fragment",
    [
        f"#j={JOIN_SECRET}%20",
        f"#j={JOIN_SECRET}).",
        f"#j={JOIN_SECRET}>",
        f"#j={JOIN_SECRET}%0Asee%20you",
        f"#j={JOIN_SECRET}&utm_source=mail",
        f"#utm_source=mail&j={JOIN_SECRET}",
        f"#?j={JOIN_SECRET}",
        f"#%20j={JOIN_SECRET}",
        f"#j%3D{JOIN_SECRET}",
        f"#j%253D{JOIN_SECRET}",
        f"#%23j={JOIN_SECRET}",
        f"#j={JOIN_SECRET}{ZERO_WIDTH_SPACE}",
        f"#j={JOIN_SECRET[:7]}{ZERO_WIDTH_SPACE}{JOIN_SECRET[7:]}",
    ],
)
def test_a_damaged_fragment_has_its_secret(fragment: str, site: Site, open_page: OpenPage) -> None:
    expect_visit(site, open_page, address=PAGE_PATH + fragment)


@pytest.mark.parametrize("separator", ["%23", "%2523", "?", "%3F", "/%23", "?language=&"])
def test_a_secret_that_is_no_fragment_any_more_is_found(
    separator: str, site: Site, open_page: OpenPage
) -> None:
    address = f"{PAGE_PATH}{separator}token={SENT_TOKEN}"

    expect_visit(site, open_page, address=address, secret=SENT_TOKEN, route="")


@pytest.mark.parametrize("end", [".", "%20", "&x=1", ")"])
def test_a_token_ends_where_its_characters_end(end: str, site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=f"#token=aa-.bb_.c-{end}"))

    expect_state(page, "scheduled")
    assert site.asked[0].authorization == "Bearer aa-.bb_.c-"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/televisit",
        "/teleconsultation",
        "/teleconsultation/anything",
        f"{PAGE_PATH}0",
        f"{PAGE_PATH[:-1]}",
    ],
)
def test_an_address_without_an_id_is_explained_and_its_secret_removed(
    path: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(url=f"{site.page_origin}{path}#j={JOIN_SECRET}", locale="it-IT")

    expect_state(page, "not-found")
    expect(page.get_by_role("heading", level=1)).to_have_text(texts("it")["not-found.title"])
    assert site.asked == []
    assert JOIN_SECRET not in page.url
    assert page.evaluate("sessionStorage.length") == 0


def test_the_language_stays_in_the_address(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(query="?utm=1&language=pt-BR", fragment=f"#j={JOIN_SECRET}"))

    expect_state(page, "scheduled")
    assert page.url == site.page_url(query="?language=pt-BR", fragment="")
