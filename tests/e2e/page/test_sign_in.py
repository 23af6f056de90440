"""A reader without a link's secret signs in, at a portal or the issuer; tests/e2e/product has it whole."""

import base64
import json
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import TELECONSULTATION_ID, TOKEN, Site, expect_state, gateway_error, texts

ENGLISH = texts("en")
EXPIRED = 'Bearer scope="" error="invalid_token" error_description="the token has expired"'


@pytest.fixture
def issuer(site: Site) -> str:
    """The issuer's endpoints are at the page's own origin, which the policy allows."""
    site.configuration["signIn"] = {
        "url": "",
        "clientId": "page-1",
        "authorizationEndpoint": f"{site.provider_origin}/authorize?audience=clinic",
        "tokenEndpoint": f"{site.page_origin}/token",
        "scope": "openid visits",
    }
    return site.provider_origin


def start(page: Page) -> dict[str, str]:
    """Press the button, and return what the issuer is asked."""
    with page.expect_request("**/authorize?**") as asked:
        page.get_by_role("button", name=ENGLISH["signIn"]).click()
    page.wait_for_url("**/authorize?**")
    return dict(parse_qsl(urlsplit(asked.value.url).query))


def give_tokens(page: Page, *, nonce: str, access_token: str = TOKEN, status: int = 200) -> list[str]:
    """Answer at the token endpoint, and return the bodies it gets."""
    payload = base64.urlsafe_b64encode(json.dumps({"nonce": nonce}).encode()).decode().rstrip("=")
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.post_data or "")
        assert "authorization" not in route.request.headers
        tokens = {"access_token": access_token, "id_token": f"e30.{payload}.c2ln", "token_type": "Bearer"}
        route.fulfill(status=status, json=tokens)

    page.route("**/token", answer)
    return sent


def come_back(page: Page, site: Site, *, state: str, **answer: str) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in {"state": state, **answer}.items())
    page.goto(f"{site.page_origin}/signed-in?{query}")


@pytest.mark.usefixtures("issuer")
def test_who_signs_in_comes_back_to_the_visit_with_a_token(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(query="?language=es", fragment=""))
    expect_state(page, "sign-in")
    assert site.asked == []
    page.get_by_role("combobox").select_option("en")

    asked = start(page)
    sent = give_tokens(page, nonce=asked["nonce"])
    come_back(page, site, state=asked["state"], code="c1")

    expect_state(page, "scheduled")
    assert page.url == site.page_url(query="?language=en", fragment="")
    assert site.asked[-1].authorization == f"Bearer {TOKEN}"
    assert {name: asked[name] for name in ("response_type", "client_id", "redirect_uri", "scope")} == {
        "response_type": "code",
        "client_id": "page-1",
        "redirect_uri": f"{site.page_origin}/signed-in",
        "scope": "openid visits",
    }
    assert (asked["audience"], asked["code_challenge_method"]) == ("clinic", "S256")
    [redeemed] = [dict(parse_qsl(body)) for body in sent]
    assert len(redeemed.pop("code_verifier")) == 43
    assert redeemed == {
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": f"{site.page_origin}/signed-in",
        "client_id": "page-1",
    }
    # A reload needs no new sign-in; the storage has the visit's credential and nothing of the sign-in.
    kept = page.evaluate("Object.entries(sessionStorage)")
    assert kept == [[f"teleconsultation/{TELECONSULTATION_ID}", f"token={TOKEN}"]]
    page.reload()
    expect_state(page, "scheduled")


@pytest.mark.parametrize("case", ["state", "nonce", "refused", "status", "grammar", "no-code"])
@pytest.mark.usefixtures("issuer")
def test_an_answer_that_is_not_to_this_question_gives_nobody_access(
    case: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(url=site.page_url(fragment=""))
    asked = start(page)
    sent = give_tokens(
        page,
        nonce="another" if case == "nonce" else asked["nonce"],
        access_token="a b" if case == "grammar" else TOKEN,
        status=400 if case == "status" else 200,
    )
    answer = {"error": "access_denied"} if case == "refused" else {} if case == "no-code" else {"code": "c1"}

    come_back(page, site, state="another" if case == "state" else asked["state"], **answer)

    expect_state(page, "sign-in")
    expect(page.get_by_text(ENGLISH["sign-in.failed"])).to_have_count(2)
    assert page.url == site.page_url(fragment="")
    assert len(sent) == (case not in {"state", "refused", "no-code"})
    assert site.asked == []
    # The next attempt has a new state.
    assert start(page)["state"] != asked["state"]


@pytest.mark.usefixtures("issuer")
def test_an_answer_nobody_has_asked_for_leads_to_no_visit(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=f"{site.page_origin}/signed-in?code=c1&state=s1")

    expect_state(page, "not-found")
    assert page.url == f"{site.page_origin}/"
    assert site.asked == []


def test_a_portal_gets_the_pages_address(site: Site, open_page: OpenPage) -> None:
    site.configuration["signIn"] = {"url": f"{site.provider_origin}/portal?next={{page}}", "clientId": ""}
    page = open_page(url=site.page_url(query="?language=en", fragment=""))

    page.get_by_role("button", name=ENGLISH["signIn"]).click()

    address = quote(site.page_url(query="?language=en", fragment=""), safe="")
    page.wait_for_url(f"{site.provider_origin}/portal?next={address}")


@pytest.mark.usefixtures("issuer")
def test_a_browser_that_refuses_storage_is_told(site: Site, open_page: OpenPage) -> None:
    refused = "Storage.prototype.setItem = () => { throw new DOMException('no', 'SecurityError'); };"
    page = open_page(url=site.page_url(fragment=""), init_script=refused)

    page.get_by_role("button", name=ENGLISH["signIn"]).click()

    expect(page.locator(".panel > p").last).to_have_text(ENGLISH["sign-in.failed"])


@pytest.mark.parametrize(
    ("challenge", "title"), [(EXPIRED, "expired"), ('Bearer error="invalid_token"', "signed-out")]
)
@pytest.mark.usefixtures("issuer")
def test_expired_is_said_of_what_has_expired_only(
    challenge: str, title: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = gateway_error(401, "Unauthorized", challenge=challenge)

    page = open_page()

    expect_state(page, "signed-out")
    expect(page.locator("h1")).to_have_text(ENGLISH[f"{title}.title"])
    expect(page.get_by_role("button", name=ENGLISH["signIn"])).to_be_visible()


def test_without_a_way_to_sign_in_none_is_offered(site: Site, open_page: OpenPage) -> None:
    site.answer = gateway_error(401, "Unauthorized", challenge=EXPIRED)

    page = open_page()

    expect_state(page, "signed-out")
    expect(page.get_by_role("button", name=ENGLISH["signIn"])).to_have_count(0)
