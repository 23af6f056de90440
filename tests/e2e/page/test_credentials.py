import pytest
from playwright.sync_api import Request, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    NOTICE,
    TELECONSULTATION_ID,
    TOKEN,
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    gateway_error,
    problem,
    texts,
)

ENGLISH = texts("en")
PAGE_PATH = f"/teleconsultation/{TELECONSULTATION_ID}"


def test_only_the_token_is_removed_from_the_address_bar(site: Site, open_page: OpenPage) -> None:
    page = open_page(query="?language=it")

    expect_state(page, "scheduled")

    assert page.url == f"{site.page_origin}{PAGE_PATH}?language=it"


@pytest.mark.parametrize(("kind", "secret"), [("token", TOKEN), ("j", JOIN_SECRET)], ids=["token", "j"])
def test_the_page_requests_its_own_origin_and_the_frame_only_and_sends_the_secret_to_the_api_only(
    kind: str, secret: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    site.configuration["companyLogo"] = {"url": "https://clinic.example/logo.png"}
    page = open_page(url="about:blank")
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.context.on("request", note)

    page.goto(site.page_url(fragment=f"#{kind}={secret}"))
    page.get_by_role("button", name=ENGLISH["check"]).click()
    expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    enter(page)
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    with page.context.expect_page() as own_tab:
        page.get_by_role("link", name=ENGLISH["ownTab"]).click()
    expect(own_tab.value.get_by_text("You are in the call")).to_be_visible()
    page.get_by_role("button", name=ENGLISH["bringBack"]).click()
    expect_state(page, "open")
    site.answer = gateway_error(401, "Unauthorized")
    expect(page.locator(NOTICE)).to_be_visible()
    kept = page.evaluate("({...sessionStorage, ...localStorage})")

    assert {"/".join(request.url.split("/")[:3]) for request in requests} == {
        site.page_origin,
        site.provider_origin,
    }
    assert [request.url for request in requests if secret in request.url] == []
    for request in requests:
        headers = {name: value for name, value in request.all_headers().items() if name != "authorization"}
        assert secret not in str(headers)
        assert "referer" not in headers or headers["referer"] in {"", site.page_origin + "/"}
    assert all(secret not in asked.path + asked.query + asked.referer for asked in site.asked)
    assert {asked.authorization for asked in site.asked} == {f"Bearer {secret}"}
    assert {(asked.authorization, asked.referer) for asked in site.provider_asked} == {("", "")}
    assert kept == {f"teleconsultation/{TELECONSULTATION_ID}": f"{kind}={secret}"}
    assert page.evaluate("document.cookie") == ""
    assert secret not in page.content()


def test_a_reload_needs_no_new_link(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    page.reload()

    expect_state(page, "scheduled")
    assert site.asked[-1].authorization == f"Bearer {TOKEN}"


def test_another_visit_in_the_same_tab_does_not_get_the_token(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    page.goto(f"{site.page_origin}/teleconsultation/{'0' * 24}")

    expect_state(page, "incomplete")
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


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(call_data("ENDED"), "ended", id="ended"),
        pytest.param(problem(410, "deleted"), "cancelled", id="cancelled"),
        pytest.param(problem(403, "not_a_participant"), "not-participant", id="not-participant"),
        pytest.param(problem(404, "not_found"), "not-found", id="not-found"),
    ],
)
def test_a_final_answer_of_the_service_forgets_the_token(
    answer: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_page()

    expect_state(page, state)
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(problem(401, "missing_credentials"), id="join-link"),
        pytest.param(gateway_error(401, "Unauthorized", challenge="Bearer"), id="token"),
    ],
)
def test_a_credential_that_was_lost_on_the_way_is_kept_and_sent_again(
    answer: Answer, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer
    page = open_page()
    expect_state(page, "signed-out")
    assert page.evaluate("sessionStorage.length") == 1

    site.answer = call_data("SCHEDULED")

    expect_state(page, "scheduled")
    assert site.asked[-1].authorization == f"Bearer {TOKEN}"


def test_a_slash_after_the_address_changes_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=f"{site.page_origin}{PAGE_PATH}/#token={TOKEN}")

    expect_state(page, "scheduled")
    page.reload()

    expect_state(page, "scheduled")
    assert {asked.path for asked in site.asked} == {f"/api{PAGE_PATH}"}


def test_a_renewed_sign_in_leaves_a_running_call_alone(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    enter(page)
    site.answer = gateway_error(401, "Unauthorized")
    expect(page.locator(NOTICE)).to_be_visible()

    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page.goto(site.page_url(fragment="#token=renewed"))

    expect(page.locator(NOTICE)).to_have_count(0)
    assert len(site.provider_asked) == 1


@pytest.mark.parametrize("fragment", ["#token=", "#j=%20", "#token=%0A%0D", "#", "#anything"])
def test_a_link_without_a_credential_is_not_whole(fragment: str, site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=fragment))

    expect_state(page, "incomplete")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["incomplete.title"])
    assert site.asked == []
    assert page.url == f"{site.page_origin}{PAGE_PATH}"


def test_the_page_works_without_storage(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        init_script="""
            const refuse = { get() { throw new DOMException("denied", "SecurityError"); } };
            Object.defineProperty(window, "sessionStorage", refuse);
        """
    )

    expect_state(page, "scheduled")
