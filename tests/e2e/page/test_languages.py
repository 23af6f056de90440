import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, expect_state, gateway_error, problem, texts


@pytest.mark.sources
def test_the_first_translated_wish_is_chosen(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    wishes = [
        ["es", "it", "en"],
        ["es-MX", "it"],
        ["", "it"],
        [None, None, "es-ES"],
        ["fi", "it"],
        ["nl"],
        ["pt-BR"],
        ["ar-EG"],
        ["it_IT", "es"],
    ]

    chosen = page.evaluate(
        """async (wishes) => {
            const { chooseLanguage } = await import("/translations.js");
            return wishes.map(chooseLanguage);
        }""",
        wishes,
    )

    assert chosen == ["es", "es", "it", "es", "it", "en", "pt", "ar", "it"]


@pytest.mark.parametrize(
    ("query", "answered", "browsers", "shown"),
    [
        ("?language=es", "it", "en-GB", "es"),
        ("?language=es_MX", "it", "en-GB", "es"),
        ("", "it", "en-GB", "it"),
        ("", "nl", "es-ES", "es"),
        ("", "nl", "fr-CH", "fr"),
    ],
)
def test_the_language_is_the_links_then_the_participants_then_the_browsers(
    query: str, answered: str, browsers: str, shown: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", language=answered)

    page = open_page(query=query, locale=browsers)

    expect(page.locator("h1")).to_have_text(texts(shown)["waiting.title"])
    expect(page.locator("html")).to_have_attribute("lang", shown)
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.locator("aside h2")).to_have_text(texts(shown)["title"])
    assert page.title() == f"{texts(shown)['waiting.title']} · {texts(shown)['service']}"


def test_errors_are_in_the_readers_language(site: Site, open_page: OpenPage) -> None:
    site.answer = gateway_error(401, "Unauthorized")

    page = open_page(locale="it-IT")

    expect(page.locator("h1")).to_have_text(texts("it")["signed-out.title"])


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("?language=pt-BR", "language=pt-BR"),
        ("?language=pt_BR", "language=pt_BR"),
        ("?language=%26x%3D1", ""),
    ],
)
def test_the_api_gets_the_language_of_the_link(
    query: str, sent: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(query=query)

    expect_state(page, "scheduled")

    assert site.asked[0].query == sent


def test_without_scripts_each_sentence_names_its_language(site: Site, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)

    expect(page.locator("h1")).to_have_text(texts("en")["service"], use_inner_text=True)
    languages = [each.get_attribute("lang") for each in page.locator("noscript p").all()]
    assert languages == ["en", "it", "es", "de", "fr", "pt", "ar"]
    expect(page.locator("noscript [lang=ar]")).to_have_css("direction", "rtl")
    expect(page.locator(".late")).to_be_hidden()


@pytest.mark.parametrize(
    ("query", "browsers", "shown", "direction"),
    [
        ("", "en-GB", "en", "ltr"),
        ("", "de-AT", "de", "ltr"),
        ("", "ar-EG", "ar", "rtl"),
        ("", "fi-FI", "en", "ltr"),
        ("?language=pt-BR", "it-IT", "pt", "ltr"),
        ("?language=pt_BR", "it-IT", "pt", "ltr"),
    ],
)
def test_the_first_words_are_the_readers_before_any_module_has_arrived(
    query: str, browsers: str, shown: str, direction: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(url="about:blank", locale=browsers)
    page.route("**/*.js", lambda route: None)

    page.goto(site.page_url(query=query), wait_until="commit")

    expect(page.locator("h1")).to_have_text(texts(shown)["service"], use_inner_text=True)
    expect(page.locator("html")).to_have_attribute("lang", shown)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator(".late p:visible")).to_have_attribute("lang", shown)


def test_arabic_goes_from_right_to_left(site: Site, open_page: OpenPage) -> None:
    site.configuration["clinic"] = {"phone": "+39 02 1234 5678"}
    site.answer = problem(404, "not_found")

    page = open_page(locale="ar-EG")

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    # The icon is at the panel's start, which is its right side; number and code keep their own direction.
    start = page.evaluate("""() => {
        const edges = (selector) => document.querySelector(selector).getBoundingClientRect();
        const [panel, icon] = [edges(".panel"), edges(".icon")];
        return icon.left - panel.left > panel.right - icon.right;
    }""")
    assert start is True
    for each in (page.locator("footer strong"), page.locator("footer p a")):
        expect(each).to_have_css("direction", "ltr")
