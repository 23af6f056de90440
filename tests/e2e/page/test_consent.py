"""What a reader agrees to before the call is asked once, stored with "Enter", and in nobody's way."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.depth import by_depth
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    REQUESTS_TIMEOUT_SECONDS,
    TELECONSULTATION_ID,
    Site,
    call_data,
    enter,
    expect_state,
    problem,
    texts,
    wait_for_requests,
    web_page,
)

WORDS = texts("en")
TEXTS = {"it": "Acconsento alla visita a distanza.", "en": "I agree to a visit at a distance."}
CONSENT = {"version": "1", "url": "https://clinic.example/{language}/consent", "texts": TEXTS}
FAILURES = {
    "storage": problem(503, "storage_unavailable"),
    "proxy": web_page(409),
    "another conflict": problem(409, "conflict"),
    "firewall": web_page(403),
    "older version": problem(404, "not_found"),
}
SECRET = f"#j={JOIN_SECRET}"


@pytest.fixture(autouse=True)
def asking(site: Site) -> None:
    """A clinic that asks, and a door that is open."""
    site.configuration["consent"] = CONSENT
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)


def agree(page: Page) -> None:
    page.get_by_label(WORDS["consent.agree"]).check()
    enter(page)


def open_consent(site: Site, open_page: OpenPage, *, language: str = "en") -> Page:
    """Open the page and tick the box."""
    page = open_page(url=site.page_url(query=f"?language={language}", fragment=SECRET))
    page.get_by_label(texts(language)["consent.agree"]).check()
    return page


def hold_consents(page: Page) -> list[Route]:
    """Keep what the page tells back, until the test lets it go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/join/consent", hold)
    return held


def wait_for_consents(page: Page, site: Site, count: int) -> None:
    for _ in range(REQUESTS_TIMEOUT_SECONDS * 50):
        if len(site.consents) >= count:
            return
        page.wait_for_timeout(20)
    raise TimeoutError


def test_who_agrees_is_stored_with_the_version_and_enters(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    expect(page.get_by_label(WORDS["consent.agree"])).not_to_be_checked()
    expect(page.get_by_text(TEXTS["en"])).to_be_visible()

    agree(page)

    [(asked, body)] = site.consents
    assert (asked.path, asked.authorization, body) == (
        f"/api/teleconsultation/{TELECONSULTATION_ID}/join/consent",
        f"Bearer {JOIN_SECRET}",
        {"version": "1"},
    )


def test_without_the_tick_nobody_enters_and_is_told_what_to_do(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))

    page.locator("button.enter").click()

    box = page.get_by_label(WORDS["consent.agree"])
    expect(page.get_by_role("alert")).to_have_text(WORDS["consent.first"])
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(
        f"{TEXTS['en']} {WORDS['consent.whole']} {WORDS['consent.first']}"
    )
    expect_state(page, "ready")
    assert (site.consents, site.provider_asked) == ([], [])


def test_the_consent_works_by_keyboard(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    stops = [
        page.get_by_role("link", name=WORDS["consent.whole"]),
        page.get_by_label(WORDS["consent.agree"]),
        page.get_by_role("button", name=WORDS["enter"], exact=True),
    ]
    expect(stops[-1]).to_be_visible()

    for stop in stops:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect_state(page, "open")
    expect(page.locator("iframe")).to_be_focused()


def test_a_reader_of_another_language_gets_the_first_text(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(query="?language=ar", fragment=SECRET))

    shown = page.locator("#consent-text > p").first
    expect(shown).to_have_text(TEXTS["it"])
    expect(shown).to_have_attribute("lang", "it")
    link = page.get_by_role("link", name=texts("ar")["consent.whole"])
    expect(link).to_have_attribute("href", "https://clinic.example/ar/consent")


def test_a_tick_and_the_focus_survive_an_answer_that_changes_the_page(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    box = page.get_by_label(WORDS["consent.agree"])
    box.check()
    box.focus()
    wait_for_requests(page, site, len(site.asked) + 2)
    expect(box).to_be_focused()

    notice = {"text": "The doctor is late.", "setAt": "2026-12-01T15:21:07.000Z"}
    site.answer = call_data("OPEN", link=site.link(), notice=notice)

    expect(page.get_by_text("The doctor is late.", exact=True)).to_be_visible()
    expect(box).to_be_checked()
    expect(box).to_be_focused()


def test_nobody_is_asked_twice_for_one_version_and_all_for_the_next(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    agree(page)

    page.reload()
    expect_state(page, "ready")
    expect(page.locator(".consent")).to_have_count(0)
    enter(page)
    # Said again, so that it is kept as long as a visit that was moved.
    wait_for_consents(page, site, 2)

    site.configuration["consent"] = CONSENT | {"version": "2"}
    page.reload()
    expect(page.locator(".consent")).to_be_visible()


def test_another_person_on_the_same_device_is_asked(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    agree(page)
    site.answer = call_data("OPEN", link=site.link(), user="usr_1")

    page.goto("about:blank")
    page.goto(site.page_url(fragment="#j=another"))

    expect(page.locator(".consent")).to_be_visible()


def test_a_tick_is_nobody_elses_who_opens_their_link_in_the_same_tab(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    box = page.get_by_label(WORDS["consent.agree"])
    box.check()
    site.answer = call_data("OPEN", link=site.link(), user="usr_1", retry_after_seconds=1)

    page.evaluate("location.hash = '#j=another'")

    expect(box).not_to_be_checked()
    assert site.consents == []


@pytest.mark.parametrize("name", by_depth(list(FAILURES)[:2], deep=list(FAILURES)))
def test_a_service_that_cannot_store_it_keeps_nobody_out_and_is_told_again(
    site: Site, open_page: OpenPage, name: str
) -> None:
    site.consent_answer = FAILURES[name]
    page = open_page(url=site.page_url(fragment=SECRET))

    agree(page)

    wait_for_consents(page, site, 3)
    site.reset_consent()
    wait_for_consents(page, site, 1)
    page.reload()
    expect_state(page, "ready")
    expect(page.locator(".consent")).to_have_count(0)


@pytest.mark.deep
def test_a_consent_route_that_never_answers_keeps_nobody_out(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    page.route("**/join/consent", lambda route: None)

    agree(page)


@pytest.mark.parametrize("language", by_depth(["en", "ar"], deep=["en", "it", "es", "de", "fr", "pt", "ar"]))
def test_who_waits_for_the_service_is_told_that_they_are_entering(
    site: Site, open_page: OpenPage, language: str
) -> None:
    # No further answer draws the page.
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=3_600)
    words, page = texts(language), open_consent(site, open_page, language=language)
    held = hold_consents(page)

    page.get_by_role("button", name=words["enter"], exact=True).press("Enter")

    busy = page.get_by_role("button", name=words["entering"], exact=True)
    expect(busy).to_be_disabled()
    expect(busy).to_be_focused()
    expect(page.locator("p.spoken")).to_have_text(words["entering"])
    expect(page.get_by_label(words["consent.agree"])).to_be_checked()
    assert site.provider_asked == []
    held.pop().continue_()
    expect_state(page, "open")


def test_an_answer_meanwhile_and_another_press_change_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_consent(site, open_page)
    held = hold_consents(page)
    page.get_by_role("button", name=WORDS["enter"], exact=True).press("Enter")
    busy = page.get_by_role("button", name=WORDS["entering"])
    expect(busy).to_be_focused()

    notice = {"text": "The doctor is late.", "setAt": "2026-12-01T15:21:07.000Z"}
    site.answer = call_data("OPEN", link=site.link(), notice=notice)
    expect(page.get_by_text("The doctor is late.", exact=True)).to_be_visible()

    expect(busy).to_be_focused()
    expect(page.locator("p.spoken")).to_have_text(WORDS["entering"])
    busy.press("Enter")
    [consent] = held
    consent.continue_()
    expect_state(page, "open")
    assert len(site.consents) == 1


def test_a_page_with_the_text_of_yesterday_is_loaded_again_and_asks(site: Site, open_page: OpenPage) -> None:
    site.consent_answer = problem(409, "consent_version")
    page = open_page(url=site.page_url(fragment=SECRET))
    page.get_by_label(WORDS["consent.agree"]).check()
    site.configuration["consent"] = {"version": "2", "texts": {"en": "The new text."}}

    page.locator("button.enter").click()

    expect(page.get_by_text("The new text.")).to_be_visible()
    expect_state(page, "ready")
    assert site.provider_asked == []
    site.reset_consent()
    agree(page)
    assert [body for _, body in site.consents] == [{"version": "2"}]


def test_a_page_that_no_deployment_renews_keeps_nobody_out(site: Site, open_page: OpenPage) -> None:
    """The functions of a deployment are there minutes before its page."""
    site.consent_answer = problem(409, "consent_version")
    page = open_page(url=site.page_url(fragment=SECRET))
    page.get_by_label(WORDS["consent.agree"]).check()
    with page.expect_navigation():
        page.locator("button.enter").click()

    agree(page)


def test_a_browser_without_storage_asks_and_lets_in(site: Site, open_page: OpenPage) -> None:
    """It cannot remember that it has loaded the page again, so it does not."""
    refused = "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no'); } });"
    site.consent_answer = problem(409, "consent_version")
    page = open_page(url=site.page_url(fragment=SECRET), init_script=refused)

    agree(page)


@pytest.mark.deep
def test_what_somebody_else_keeps_there_is_no_consent(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        url=site.page_url(fragment=SECRET), init_script="sessionStorage.setItem('consents', '{}');"
    )

    agree(page)


def test_two_presses_enter_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=SECRET))
    page.get_by_label(WORDS["consent.agree"]).check()

    page.locator("button.enter").evaluate("(button) => [button.click(), button.click()]")

    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(site.provider_asked) == 1


@pytest.mark.parametrize("consent", by_depth([{}], deep=[{}, {"version": "", "url": "", "texts": {}}]))
def test_a_clinic_that_asks_for_nothing_stores_nothing(
    site: Site, open_page: OpenPage, consent: dict[str, str]
) -> None:
    site.configuration["consent"] = consent
    page = open_page(url=site.page_url(fragment=SECRET))

    enter(page)

    expect(page.locator(".consent")).to_have_count(0)
    assert site.consents == []


@pytest.mark.parametrize("recording", by_depth(["manual"], deep=["manual", "automatic"]))
def test_a_recording_is_announced_before_the_call(site: Site, open_page: OpenPage, recording: str) -> None:
    site.answer = call_data("OPEN", link=site.link(), recording=recording)

    page = open_page()

    expect(page.get_by_text(WORDS[f"recording.{recording}"], exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(WORDS[f"recording.{recording}"])


@pytest.mark.parametrize("recording", by_depth(["none"], deep=["none", None, "of a later version"]))
def test_where_nothing_is_recorded_nothing_is_announced(
    site: Site, open_page: OpenPage, recording: str | None
) -> None:
    site.answer = call_data("OPEN", link=site.link(), recording=recording)

    page = open_page()

    expect_state(page, "ready")
    expect(page.locator(".recording")).to_have_count(0)


@pytest.mark.parametrize("news", by_depth(["recording"], deep=["recording", "consent"]))
def test_who_goes_straight_in_is_asked_and_told_all_the_same(
    site: Site, open_page: OpenPage, news: str
) -> None:
    site.configuration["entersDirectly"] = True
    if news == "recording":
        del site.configuration["consent"]
        site.answer = call_data("OPEN", link=site.link(), recording="automatic")

    page = open_page()

    expect_state(page, "ready")
    assert site.provider_asked == []
