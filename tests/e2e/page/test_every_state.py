"""Every state of the page: checked by axe in light and dark, narrow, enlarged, as pictures.

The pictures are for looking at, in tests/e2e/page/screenshots; nothing compares them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import SCHEMES, violations
from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    NOTICE,
    PEOPLE,
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

SCREENSHOTS: Final = Path(__file__).parent / "screenshots"
# Ordered so that one thing changes at a time.
PICTURES: Final[tuple[tuple[Literal["light", "dark"], int, int], ...]] = (
    ("dark", 1280, 800),
    ("light", 1280, 800),
    ("light", 360, 740),
    ("dark", 360, 740),
)
# The language with the longest texts, and the one from right to left.
LANGUAGES: Final = ("it", pytest.param("ar", marks=pytest.mark.deep))
IN_APP: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 WhatsApp/24.1"
)
CUT_OFF: Final = """() => {
    const room = document.querySelector("teleconsultation-room");
    const cut = [...room.querySelectorAll("button, a, h1, h2, p, dd, dt")].filter((element) =>
        !element.matches(".spoken") && element.scrollWidth > element.clientWidth + 1
            && getComputedStyle(element).display !== "inline");
    const wide = document.documentElement.scrollWidth > innerWidth ? ["the document"] : [];
    return [...wide, ...cut.map(({ tagName, textContent }) => `${tagName} ${textContent}`)];
}"""


# WCAG 2.5.8; a link inside a line of text is excepted.
TOO_SMALL: Final = """() => [...document.querySelectorAll("button, a, input, select")]
    .filter((target) => getComputedStyle(target).display !== "inline" && target.offsetHeight > 0)
    .filter(({ offsetWidth, offsetHeight }) => Math.min(offsetWidth, offsetHeight) < 24)
    .map(({ outerHTML }) => outerHTML)
"""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One state: the steps to reach it, and the condition that shows it."""

    state: str
    answer: Callable[[Site], Answer] = lambda site: call_data("SCHEDULED")
    then: Callable[[Site, Page], None] = lambda site, page: None
    setup: Callable[[Site], None] = lambda site: None
    options: dict[str, Any] = field(default_factory=dict)
    fragment: str = f"#token={TOKEN}"
    title: str = ""
    """The key of the title, if it is not the state's."""
    spoken: str | None = None
    """The key of what is announced last, if it is not the state's title."""


def _words(page: Page) -> dict[str, str]:
    """Return the texts in the page's language."""
    return texts(page.locator("html").get_attribute("lang") or "")


def _open(site: Site) -> Answer:
    return call_data("OPEN", link=site.link(), retry_after_seconds=1)


def _check(site: Site, page: Page) -> None:
    page.get_by_role("button", name=_words(page)["check"]).click()
    expect(page.locator(".camera")).to_be_visible()
    expect(page.locator(".microphone")).not_to_have_class("microphone wait")
    expect(page.locator(".line-limits")).to_be_visible()


def _enter(site: Site, page: Page) -> None:
    enter(page)


def _change(site: Site, page: Page, *, answer: Answer) -> None:
    enter(page)
    site.answer = answer
    expect(page.locator(NOTICE)).to_be_visible()


def _settle(site: Site, page: Page) -> None:
    """Let the provider's page send a message, after which the help beside the frame is gone."""
    enter(page)
    expect(page.locator(".notice")).to_have_count(0)


def _press(name: str) -> Callable[[Site, Page], None]:
    def press(site: Site, page: Page) -> None:
        enter(page)
        page.get_by_text(_words(page)[name], exact=True).click()

    return press


def _loudspeaker(site: Site, page: Page) -> None:
    page.get_by_role("button", name=_words(page)["loudspeaker"]).click()
    page.get_by_role("button", name=_words(page)["no"], exact=True).click()
    expect(page.get_by_text(_words(page)["loudspeaker.problem"])).to_be_visible()


def _other_device(site: Site, page: Page) -> None:
    page.get_by_role("button", name=_words(page)["other"]).click()
    expect(page.get_by_role("img", name=_words(page)["code"])).to_be_visible()


def _move(site: Site, page: Page) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=400_000)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".moved")).to_be_visible()


def _second_tab(site: Site, page: Page) -> None:
    first = page.context.new_page()
    first.goto(site.page_url())
    enter(first)
    page.evaluate("window.dispatchEvent(new Event('online'))")


def _copy_by_hand(site: Site, page: Page) -> None:
    page.evaluate("() => { Clipboard.prototype.writeText = async () => { throw new Error('no'); }; }")
    page.get_by_role("button", name=_words(page)["copyLink"]).click()
    expect(page.get_by_role("textbox")).to_be_focused()


def _clinic(site: Site) -> None:
    """Set everything that the page can show of a clinic."""
    address = "https://clinic.example/"
    site.configuration |= {
        "clinic": {
            "name": "Poliambulatorio San Giovanni Battista",
            "phone": "+39 02 1234 5678",
            "hours": "lunedì–venerdì 8–18",
            "url": address,
        },
        "links": dict.fromkeys(("help", "privacy", "terms", "afterVisit"), address),
    }


def _consent(site: Site) -> None:
    site.configuration["consent"] = {
        "version": "2026-11",
        "url": "https://clinic.example/consent",
        "texts": {
            "it": "Acconsento alla visita a distanza e alla sua registrazione, conservata per un anno.",
            "ar": "أوافق على الزيارة عن بُعد وعلى تسجيلها الذي يحتفظ به الطبيب لمدة سنة.",
        },
    }


def _enter_without_consent(site: Site, page: Page) -> None:
    page.locator("button.enter").click()
    expect(page.get_by_role("alert")).to_have_text(_words(page)["consent.first"])


def _enter_slowly(site: Site, page: Page) -> None:
    page.route("**/consent", lambda route: None)
    page.get_by_role("checkbox").check()
    page.locator("button.enter").click()


def _lose_network(site: Site, page: Page) -> None:
    page.context.set_offline(offline=True)
    expect(page.get_by_text(_words(page)["unreachable.offline"]).last).to_be_visible()


def _lose_network_in_call(site: Site, page: Page) -> None:
    enter(page)
    _lose_network(site, page)


def _theme(site: Site) -> None:
    site.configuration["companyLogo"] = {"url": "/icon.svg"}
    site.configuration["theme"] = {
        "light": {"primaryColor": "#ffffff", "accentColor": "#480ca8"},
        "dark": {"primaryColor": "#003049", "accentColor": "#d62828"},
    }


NO_CAMERA = {
    "init_script": "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });"
}
REFUSED = """
    MediaDevices.prototype.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
"""
# The page removes what it has announced after some seconds.
NOTE_SPOKEN: Final = """
    new MutationObserver(() => {
        window.spoken = document.querySelector(".spoken")?.textContent || window.spoken;
    }).observe(document, { subtree: true, childList: true, characterData: true });
"""
SCENES: Final = {
    "loading": Scene(
        state="loading",
        options={"init_script": "window.fetch = () => new Promise(() => {});", "reduced_motion": "reduce"},
    ),
    "waiting": Scene(state="waiting", answer=lambda site: call_data("WAITING_FOR_PARTICIPANTS")),
    "scheduled": Scene(
        state="scheduled", answer=lambda site: call_data("SCHEDULED", opens_in_seconds=400_000)
    ),
    "device-check": Scene(state="scheduled", then=_check),
    "device-check-trouble": Scene(state="scheduled", then=_check, options={"init_script": REFUSED}),
    "loudspeaker": Scene(state="scheduled", then=_loudspeaker),
    "other-device": Scene(state="scheduled", then=_other_device, fragment=f"#j={JOIN_SECRET}"),
    "themed": Scene(state="scheduled", setup=_theme),
    "scheduled-presence": Scene(
        state="scheduled",
        answer=lambda site: call_data(
            "SCHEDULED", people=[PEOPLE[0] | {"waitingSince": "2026-11-28T15:22:00Z"}, PEOPLE[1]]
        ),
    ),
    "pending": Scene(state="pending", answer=lambda site: call_data("OPEN", link=None)),
    "scheduled-moved": Scene(state="scheduled", then=_move),
    "scheduled-notice": Scene(
        state="scheduled",
        title="informed.title",
        answer=lambda site: call_data(
            "SCHEDULED",
            notice={
                "text": "Il medico arriva con circa 20 minuti di ritardo.",
                "setAt": "2026-11-28T15:22:00Z",
            },
        ),
    ),
    "ready": Scene(state="ready", answer=_open),
    "ready-consent": Scene(
        state="ready",
        answer=lambda site: call_data("OPEN", link=site.link(), recording="automatic"),
        setup=_consent,
        then=_enter_without_consent,
    ),
    "ready-entering": Scene(
        state="ready",
        answer=_open,
        setup=_consent,
        then=_enter_slowly,
        spoken="entering",
        # The page lets nobody wait for more than four seconds.
        options={"init_script": "AbortSignal.timeout = () => new AbortController().signal;"},
    ),
    "ready-device-check": Scene(state="ready", answer=_open, then=_check),
    "open": Scene(state="open", answer=_open, then=_enter),
    "open-settled": Scene(
        state="open", answer=lambda site: call_data("OPEN", link=site.link("/speaking")), then=_settle
    ),
    "own-tab": Scene(state="own-tab", answer=_open, then=_press("ownTab")),
    "open-moved": Scene(
        state="open",
        answer=_open,
        then=lambda site, page: _change(
            site, page, answer=call_data("OPEN", link=site.link("/new"), retry_after_seconds=1)
        ),
    ),
    "open-ended": Scene(
        state="open", answer=_open, then=lambda site, page: _change(site, page, answer=call_data("ENDED"))
    ),
    "open-withheld": Scene(
        state="open",
        answer=_open,
        then=_enter,
        setup=lambda site: site.headers.update({"Permissions-Policy": "camera=(), microphone=()"}),
    ),
    "left": Scene(
        state="left",
        answer=_open,
        then=_press("leave"),
    ),
    "ended": Scene(state="ended", answer=lambda site: call_data("ENDED")),
    "cancelled": Scene(state="cancelled", answer=lambda site: problem(410, "deleted")),
    "not-participant": Scene(state="not-participant", answer=lambda site: problem(403, "not_a_participant")),
    "not-found": Scene(state="not-found", answer=lambda site: problem(404, "not_found")),
    "signed-out": Scene(state="signed-out", answer=lambda site: gateway_error(401, "Unauthorized")),
    "incomplete": Scene(state="incomplete", fragment=""),
    "sign-in": Scene(
        state="sign-in",
        fragment="",
        setup=lambda site: site.configuration.update(signIn={"url": "https://clinic.example/"}),
    ),
    "unreachable": Scene(
        state="unreachable",
        answer=lambda site: problem(500, "internal"),
        options={"reduced_motion": "reduce"},
    ),
    "offline": Scene(
        state="unreachable",
        title="offline.title",
        then=_lose_network,
        options={"reduced_motion": "reduce"},
    ),
    "open-offline": Scene(state="open", answer=_open, then=_lose_network_in_call),
    "refused": Scene(state="refused", answer=lambda site: call_data("OPEN", link="https://evil.example")),
    "elsewhere": Scene(state="elsewhere", answer=_open, then=_second_tab),
    "cannot-insecure": Scene(
        state="cannot",
        options={"init_script": "Object.defineProperty(window, 'isSecureContext', { value: false });"},
    ),
    "cannot-share": Scene(
        state="cannot",
        options={"init_script": NO_CAMERA["init_script"] + "Navigator.prototype.share = async () => {};"},
    ),
    "cannot-in-app": Scene(state="cannot", options={"user_agent": IN_APP}),
    "cannot-camera": Scene(state="cannot", options=NO_CAMERA),
    "cannot-copy": Scene(state="cannot", then=_copy_by_hand, options=NO_CAMERA, spoken="copyByHand"),
}


def _take_pictures(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme, width, height in PICTURES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
def test_a_state_is_accessible(name: str, language: str, site: Site, open_page: OpenPage) -> None:
    scene, words = SCENES[name], texts(language)
    _clinic(site)
    scene.setup(site)
    site.answer = scene.answer(site)
    url = site.page_url(query=f"?language={language}", fragment=scene.fragment)
    options = scene.options | {"init_script": NOTE_SPOKEN + scene.options.get("init_script", "")}
    page = open_page(url=url, viewport={"width": 1280, "height": 800}, **options)
    if scene.state != "loading":
        page.locator("teleconsultation-room:not([state=loading])").wait_for()
    scene.then(site, page)
    expect_state(page, scene.state)
    if scene.state in {"waiting", "scheduled", "pending", "ready"}:
        expect(page.locator("aside")).to_be_visible()
    if scene.state != "loading":
        title = words[scene.title or f"{scene.state}.title"]
        assert page.title() == f"{title} · {words['service']}"
    if scene.state not in {"loading", "open"}:
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator("html")).to_have_attribute("dir", words["dir"])
        spoken = words[scene.spoken] if scene.spoken else f"{title}. "
        page.wait_for_function("(text) => window.spoken?.includes(text)", arg=spoken)

    assert violations(page) == {}
    _take_pictures(page, name if language == "it" else f"{language}-{name}")
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate(CUT_OFF) == [], "at 320 pixels"
    assert page.evaluate(TOO_SMALL) == []
    # At 200 % a window of 1280 pixels has 640; text alone may be doubled too (WCAG 1.4.4, 1.4.10).
    page.set_viewport_size({"width": 640, "height": 400})
    assert page.evaluate(CUT_OFF) == [], "at 200 %"
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(CUT_OFF) == [], "with doubled letters"


@pytest.mark.parametrize("name", ["scheduled-notice", "device-check-trouble", "cannot-in-app", "not-found"])
@pytest.mark.parametrize("language", ["de", "fr", "pt", "ar", "en", "es"])
def test_a_language_fits(language: str, name: str, site: Site, open_page: OpenPage) -> None:
    scene = SCENES[name]
    _clinic(site)
    site.answer = scene.answer(site)
    url = site.page_url(query=f"?language={language}", fragment=scene.fragment)
    page = open_page(url=url, viewport={"width": 1280, "height": 800}, **scene.options)
    expect(page.locator("h1")).to_have_text(texts(language)[scene.title or f"{scene.state}.title"])
    if name == "device-check-trouble":
        page.get_by_role("button", name=texts(language)["check"]).click()
        expect(page.locator(".microphone")).not_to_have_class("microphone wait")
        expect(page.locator(".line-limits")).to_be_visible()

    assert violations(page) == {}
    _take_pictures(page, f"{language}-{name}")
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate(CUT_OFF) == []


def test_axe_finds_violations(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    page.evaluate("document.querySelector('h1').style.color = 'var(--tint)'")

    found = violations(page)

    assert found == {scheme: ["color-contrast: h1"] for scheme in SCHEMES}
