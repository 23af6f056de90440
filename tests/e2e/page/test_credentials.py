from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    TELECONSULTATION_ID,
    TOKEN,
    Site,
    call_data,
    expect_state,
    gateway_error,
    wait_for_requests,
)

PAGE_PATH = f"/teleconsultation/{TELECONSULTATION_ID}"


def test_the_token_leaves_the_address_bar_and_the_rest_stays(site: Site, open_page: OpenPage) -> None:
    page = open_page(query="?language=it")

    expect_state(page, "scheduled")

    assert page.url == f"{site.page_origin}{PAGE_PATH}?language=it"


def test_the_token_goes_to_the_api_in_its_header_and_nowhere_else(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    expect_state(page, "open")
    wait_for_requests(page, site, 2)

    kept = page.evaluate("({...sessionStorage, ...localStorage})")

    assert {asked.authorization for asked in site.asked} == {f"Bearer {TOKEN}"}
    assert {asked.path for asked in site.asked} == {f"/api{PAGE_PATH}"}
    for asked in site.asked + site.provider_asked:
        assert TOKEN not in asked.path + asked.query + asked.referer
    assert {asked.authorization for asked in site.provider_asked} == {""}
    assert kept == {f"teleconsultation/{TELECONSULTATION_ID}": TOKEN}
    assert page.evaluate("document.cookie") == ""
    assert TOKEN not in page.content()


def test_nothing_but_our_own_origin_and_the_frame_is_requested(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page(url="about:blank")
    requested: set[str] = set()
    page.on("request", lambda request: requested.add("/".join(request.url.split("/")[:3])))

    page.goto(site.page_url())
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()

    assert requested == {site.page_origin, site.provider_origin}


def test_a_reload_needs_no_new_link(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    page.reload()

    expect_state(page, "scheduled")
    assert site.asked[-1].authorization == f"Bearer {TOKEN}"


def test_another_visit_in_the_same_tab_does_not_inherit_the_token(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    page.goto(f"{site.page_origin}/teleconsultation/{'0' * 24}")

    expect_state(page, "signed-out")
    assert len(site.asked) == 1


def test_a_refused_token_is_forgotten_and_a_new_link_in_the_same_tab_is_taken(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = gateway_error(401, "Unauthorized")
    page = open_page()
    expect_state(page, "signed-out")
    assert page.evaluate("sessionStorage.length") == 0

    site.answer = call_data("SCHEDULED")
    page.goto(site.page_url(fragment="#token=renewed"))

    expect_state(page, "scheduled")
    assert site.asked[-1].authorization == "Bearer renewed"
    assert page.url == f"{site.page_origin}{PAGE_PATH}"


def test_a_renewed_sign_in_leaves_a_running_call_alone(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    expect_state(page, "open")
    site.answer = gateway_error(401, "Unauthorized")
    expect(page.locator(".notice")).to_be_visible()

    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page.goto(site.page_url(fragment="#token=renewed"))

    expect(page.locator(".notice")).to_have_count(0)
    assert len(site.provider_asked) == 1


def test_a_token_that_is_none_is_not_sent(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment="#token=no%20token%0Aat%20all"))

    expect_state(page, "signed-out")
    assert site.asked == []
    assert page.url == f"{site.page_origin}{PAGE_PATH}"


def test_where_storage_is_refused_the_visit_goes_on(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            const refuse = { get() { throw new DOMException("denied", "SecurityError"); } };
            Object.defineProperty(window, "sessionStorage", refuse);
        """
    )

    expect_state(page, "scheduled")


def test_the_secret_of_a_join_link_is_asked_for_its_own_route(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment="#j=McjVDhv4VmB-BCMP8sW2TM5EV6HCz9EG"))

    expect_state(page, "scheduled")

    assert site.asked[-1].path == f"/api{PAGE_PATH}/join"
    assert site.asked[-1].authorization == "Bearer McjVDhv4VmB-BCMP8sW2TM5EV6HCz9EG"
    assert "#" not in page.url
