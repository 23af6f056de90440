"""Join secrets instead of a sign-in: protected in the same way, with their own route."""

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    TELECONSULTATION_ID,
    TOKEN,
    Site,
    call_data,
    expect_state,
    gateway_error,
)

PAGE_PATH = f"/teleconsultation/{TELECONSULTATION_ID}"
FRAGMENT = f"#j={JOIN_SECRET}"


def test_the_secret_opens_the_visit_by_its_own_route(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(query="?language=it", fragment=FRAGMENT))

    expect_state(page, "scheduled")

    [asked] = site.asked
    assert (asked.path, asked.query) == (f"/api{PAGE_PATH}/join", "language=it")
    assert asked.authorization == f"Bearer {JOIN_SECRET}"
    assert page.url == f"{site.page_origin}{PAGE_PATH}?language=it"


def test_a_reload_keeps_the_secret(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=FRAGMENT))
    expect_state(page, "scheduled")

    page.reload()
    expect_state(page, "scheduled")

    assert [asked.path for asked in site.asked] == [f"/api{PAGE_PATH}/join"] * 2
    assert page.evaluate("({...sessionStorage})") == {TELECONSULTATION_ID_KEY: f"j={JOIN_SECRET}"}


def test_a_refused_secret_is_forgotten_and_a_renewed_one_is_taken(site: Site, open_page: OpenPage) -> None:
    site.answer = gateway_error(401, "Unauthorized")
    page = open_page(url=site.page_url(fragment=FRAGMENT))
    expect_state(page, "signed-out")
    assert page.evaluate("sessionStorage.length") == 0

    site.answer = call_data("SCHEDULED")
    page.goto(site.page_url(fragment="#j=renewed"))

    expect_state(page, "scheduled")
    assert site.asked[-1].authorization == "Bearer renewed"


def test_a_sign_in_may_take_over_from_a_join_link(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=FRAGMENT))
    expect_state(page, "scheduled")

    page.goto(site.page_url(fragment=f"#token={TOKEN}"))
    page.wait_for_function("() => sessionStorage[Object.keys(sessionStorage)[0]].startsWith('token=')")
    page.wait_for_load_state("networkidle")

    assert (site.asked[-1].path, site.asked[-1].authorization) == (f"/api{PAGE_PATH}", f"Bearer {TOKEN}")


TELECONSULTATION_ID_KEY = f"teleconsultation/{TELECONSULTATION_ID}"
