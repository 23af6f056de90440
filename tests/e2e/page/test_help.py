"""Whom to call, the code to read out, and the clinic's links, in every state."""

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    PROJECT,
    TELECONSULTATION_ID,
    Answer,
    Site,
    call_data,
    enter,
    expect_state,
    gateway_error,
    problem,
    texts,
    web_page,
)
from tests.pages import SOURCES

ENGLISH = texts("en")
CLINIC = {
    "name": "Clínica São João",
    "phone": "+39 02 1234-5678",
    "hours": "Mon–Fri 8–18",
    "url": "https://clinic.example/",
    "logo": "",
}
LINKS = {
    "help": "https://clinic.example/help",
    "privacy": "https://clinic.example/privacy",
    "terms": "https://clinic.example/terms",
    "afterVisit": "https://clinic.example/after",
}
PHONE = "tel:+390212345678"
CODES = PROJECT / "docs/page-codes.md"
INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"
NO_CAMERA = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });"
IN_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 WhatsApp/24.1"


@pytest.fixture
def clinic(site: Site) -> None:
    site.configuration |= {"clinic": CLINIC, "links": LINKS}


def explained() -> list[str]:
    """Return the codes in the help desk's table; an ellipsis stands for other digits."""
    rows = re.findall(r"^\| (`.+?) \|", CODES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [code for row in rows for code in re.findall(r"`(.-[^`]+)`", row)]


def code_of(page: Page) -> str:
    return page.locator("footer strong").inner_text()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(problem(410, "deleted"), "C-410", id="cancelled"),
        pytest.param(problem(403, "not_a_participant"), "N-403", id="not-participant"),
        pytest.param(problem(404, "not_found"), "F-404", id="not-found"),
        pytest.param(problem(403, "insufficient_scope"), "S-403", id="signed-out"),
        pytest.param(gateway_error(401, "Unauthorized"), "S-401", id="expired"),
        pytest.param(problem(401, "missing_credentials"), "L-401", id="credential-lost"),
        pytest.param(gateway_error(429, "Too Many Requests"), "U-429", id="too-many"),
        pytest.param(web_page(200), "U-200", id="proxy"),
        pytest.param(problem(503, "provider_unavailable"), "U-503", id="unavailable"),
        pytest.param(call_data("OPEN", link="https://evil.example"), "R-200", id="refused"),
    ],
)
@pytest.mark.usefixtures("clinic")
def test_trouble_has_a_code_that_the_help_desk_knows(
    answer: Answer, code: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_page()

    expect(page.locator("footer strong")).to_have_text(f"{code}-{TELECONSULTATION_ID[-6:].upper()}")
    assert {code, f"{code[:3]}…"} & set(explained())
    expect(page.locator("footer a[href^='tel:']")).to_have_attribute("href", PHONE)
    words = ENGLISH["questions" if code == "C-410" else "cannotEnter"]
    expect(page.locator("footer p").first).to_have_text(f"{words} {CLINIC['phone']}")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"init_script": INSECURE}, "T-200", id="insecure"),
        pytest.param({"init_script": NO_CAMERA}, "K-200", id="camera"),
        pytest.param({"user_agent": IN_APP}, "J-200", id="in-app"),
    ],
)
def test_a_browser_that_cannot_call_has_a_code(
    options: dict[str, str], code: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(**options)

    expect(page.locator("footer strong")).to_contain_text(code)
    assert code in explained()


@pytest.mark.parametrize(
    ("path", "code"), [(f"/teleconsultation/{TELECONSULTATION_ID}", "H-000-8F9A0B"), ("/", "F-000")]
)
def test_an_address_without_secret_or_id_has_a_code(
    path: str, code: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(url=site.page_origin + path)

    expect(page.locator("footer strong")).to_have_text(code)
    assert code[:5] in explained()


def test_a_device_without_a_network_has_a_code(site: Site, open_page: OpenPage) -> None:
    site.answer = web_page(502)
    page = open_page()
    expect(page.locator("footer strong")).to_contain_text("U-502")

    page.context.set_offline(True)
    page.get_by_role("button", name=ENGLISH["askNow"]).click()

    expect(page.locator("footer strong")).to_contain_text("D-000")


def test_the_help_desks_table_has_every_letter_and_sentence() -> None:
    code = (SOURCES / "help.js").read_text(encoding="utf-8")
    [block] = re.findall(r"LETTERS = \{(.+?)\};", code, flags=re.DOTALL)
    letters = dict(re.findall(r'"(.+?)": "(.)"', block))

    assert len(set(letters.values())) == len(letters) == 12
    assert {each[0] for each in explained()} == set(letters.values())
    # Letters that are heard or read as others or as digits.
    assert not set(letters.values()) & set("BEGIMOPQVZ")
    titles = {words for key, words in ENGLISH.items() if key.endswith((".title", ".offline"))}
    for said in re.findall(r"^\| `.+?\| (.+?) \|", CODES.read_text(encoding="utf-8"), flags=re.MULTILINE):
        assert any(title.startswith(said) for title in titles), said


@pytest.mark.usefixtures("clinic")
def test_the_code_follows_the_answers_and_leaves_focus_where_it_is(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(503, "provider_unavailable")
    page = open_page()
    expect(page.locator("footer strong")).to_contain_text("U-503")
    phone = page.locator("footer a[href^='tel:']")
    phone.focus()

    site.answer = web_page(502)
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(page.locator("footer strong")).to_contain_text("U-502")
    expect(phone).to_be_focused()


@pytest.mark.usefixtures("clinic")
def test_a_quiet_footer_has_the_clinic_without_a_code(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    expect_state(page, "scheduled")
    expect(page.locator(".service")).to_have_text(f"{CLINIC['name']} · {ENGLISH['service']}")
    footer = page.locator("footer")
    expect(footer.locator("p")).to_have_text([f"{ENGLISH['questions']} {CLINIC['phone']}", CLINIC["hours"]])
    for name, address in [(CLINIC["name"], CLINIC["url"]), (ENGLISH["link.privacy"], LINKS["privacy"])]:
        link = footer.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", address)
        # The page keeps its place: the reader is waiting here.
        expect(link).to_have_attribute("target", "_blank")
    expect(footer.locator("strong")).to_have_count(0)


@pytest.mark.usefixtures("clinic")
def test_help_stands_after_everything_else(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("aside")).to_be_visible()

    assert (
        page.evaluate("document.querySelector('teleconsultation-room').lastElementChild.tagName") == "FOOTER"
    )


@pytest.mark.usefixtures("clinic")
def test_a_call_that_does_not_appear_has_the_telephone_number(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    enter(page)

    expect(page.get_by_role("heading", level=1)).to_have_text(CLINIC["name"])
    expect(page.locator(f".notice a[href='{PHONE}']")).to_be_visible()
    expect(page.locator("footer")).to_be_hidden()


@pytest.mark.usefixtures("clinic")
def test_after_the_visit_the_page_leads_on(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("ENDED")

    page = open_page()

    link = page.locator(".panel").get_by_role("link", name=ENGLISH["afterVisit"])
    expect(link).to_have_attribute("href", LINKS["afterVisit"])


def test_nothing_is_shown_of_a_clinic_that_says_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    expect(page.locator("footer a, footer p")).to_have_count(0)

    site.answer = problem(404, "not_found")
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect_state(page, "not-found")
    expect(page.locator("footer a")).to_have_count(0)
    assert code_of(page).startswith("F-404")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://clinic.example/", "/help", "data:,x"])
def test_only_addresses_of_secure_sites_are_links(address: str, site: Site, open_page: OpenPage) -> None:
    site.configuration |= {"clinic": CLINIC | {"url": address}, "links": LINKS | {"privacy": address}}

    page = open_page()

    expect(page.locator("footer li")).to_have_text(
        [CLINIC["name"], ENGLISH["link.help"], ENGLISH["link.terms"]]
    )
    expect(page.locator("footer li a")).to_have_count(2)


def test_a_name_is_no_markup(site: Site, open_page: OpenPage) -> None:
    site.configuration["clinic"] = {"name": "<b>Clinic</b>", "phone": "<i>1</i>", "hours": "<u>now</u>"}

    page = open_page()

    expect(page.locator("footer li")).to_have_text("<b>Clinic</b>")
    expect(page.locator("footer :is(b, i, u)")).to_have_count(0)


PLACES: Final = """(line, text) => {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (!walker.nextNode().data.includes(text));
    const range = document.createRange();
    const from = walker.currentNode.data.indexOf(text);
    return [from, from + text.length - 1].map((at) => {
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        return range.getBoundingClientRect().left;
    });
}"""


def way_of(line: Locator, text: str) -> str:
    """Return where the text's last character stands, seen from its first one."""
    first, last = line.evaluate(PLACES, text)
    return "right" if first < last else "left"


@pytest.mark.parametrize(
    ("language", "before", "name", "way"),
    [
        pytest.param("ar", "", "San Luca S.r.l.", "right", id="from the left in Arabic"),
        pytest.param("en", "", "مركز النور.", "left", id="from the right in English"),
        pytest.param("en", "\u202e", "San Luca", "left", id="turned around"),
    ],
)
def test_the_clinics_name_reads_as_it_is_written_and_leaves_the_rest_of_its_line(
    language: str, before: str, name: str, way: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link())
    site.configuration["clinic"] = CLINIC | {"name": before + name}
    page = open_page(query=f"?language={language}")
    line, service = page.locator(".service"), f" · {texts(language)['service']}"
    expect(line).to_have_text(before + name + service)
    ways = [way_of(line, name), way_of(page.locator("footer li").first, name)]
    assert way_of(line, service) == ("right" if language == "en" else "left")

    enter(page)

    assert [*ways, way_of(page.locator("header h1"), name)] == [way] * 3


def test_the_clinics_logo_is_a_file_of_the_page_with_its_name(site: Site, open_page: OpenPage) -> None:
    site.configuration["clinic"] = CLINIC | {"logo": "/icon.svg"}

    page = open_page()

    expect(page.get_by_role("img", name=CLINIC["name"])).to_be_visible()
