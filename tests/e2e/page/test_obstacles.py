"""Browsers that cannot hold a call: the page shows the reason and a remedy."""

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    JOIN_SECRET,
    Site,
    call_data,
    enter,
    expect_state,
    problem,
    texts,
)

ENGLISH = texts("en")
INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"
NO_CAMERA = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
IN_APP = {
    "whatsapp": f"{PHONE} Mobile/15E148 WhatsApp/24.1",
    "android-view": "Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Chrome/140 Mobile",
}
# As these apps identify themselves on iOS, and on Android where they add a name to the web view's own mark.
APPS = {
    "Facebook": f"{PHONE} Mobile/22A3354 [FBAN/FBIOS;FBAV/490.0.0.38.109;FBBV/652000;FBDV/iPhone16,1]",
    "Messenger": f"{PHONE} Mobile/22A3354 [FBAN/MessengerForiOS;FBAV/480.0.0.22.108;FBDV/iPhone16,1]",
    "Instagram": f"{PHONE} Mobile/22A3354 Instagram 350.0.0.18.88 (iPhone16,1; iOS 18_0; en_GB)",
    "WhatsApp": f"{PHONE} Mobile/15E148 WhatsApp/24.1",
    "TikTok": f"{PHONE} Mobile/22A3354 musical_ly_36.2.0 BytedanceWebview/d8a21c6 TikTok 36.2.0",
    "Snapchat": f"{PHONE} Mobile/22A3354 Snapchat/13.10.0.40 (iPhone16,1; iOS 18.0; gzip)",
    "LinkedIn": f"{PHONE} Mobile/22A3354 [LinkedInApp]/9.30.1",
    "LINE": f"{PHONE} Mobile/22A3354 Safari Line/14.16.0",
    "WeChat": f"{PHONE} Mobile/22A3354 MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/en",
    "Google": f"{PHONE} GSA/330.0.672846352 Mobile/22A3354 Safari/604.1",
    "a view on an iPad": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Pinterest": f"{PHONE} Mobile/22A3354 [Pinterest/iOS]",
    "X": f"{PHONE} Mobile/22A3354 Twitter for iPhone/10.60",
    "Gmail on Android": f"{ANDROID} Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36",
    "Facebook on Android": f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0]",
}
BROWSERS = {
    "Safari": f"{PHONE} Version/18.0 Mobile/15E148 Safari/604.1",
    "Chrome on iOS": f"{PHONE} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
    "Firefox on iOS": f"{PHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
    "Edge on iOS": f"{PHONE} Version/18.0 EdgiOS/140.0.0.0 Mobile/15E148 Safari/604.1",
    "Chrome on Android": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Samsung": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 SamsungBrowser/28.0 Safari/537.36",
    "Safari on a Mac": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "Firefox on Android": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
}


@pytest.mark.parametrize(
    ("script", "reason", "state"), [(INSECURE, "insecure", "OPEN"), (NO_CAMERA, "camera", "SCHEDULED")]
)
def test_a_browser_that_cannot_call_is_reported_before_the_call(
    script: str, reason: str, state: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data(state, link=site.link() if state == "OPEN" else None)

    page = open_page(init_script=script)

    expect_state(page, "cannot")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["cannot.title"])
    expect(page.get_by_role("status")).to_contain_text(ENGLISH[f"cannot.{reason}"])
    expect(page.locator("iframe, aside")).to_have_count(0)


@pytest.mark.parametrize("user_agent", IN_APP.values(), ids=IN_APP)
def test_a_view_inside_another_app_is_reported_and_can_continue(
    user_agent: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page(user_agent=user_agent)
    expect_state(page, "cannot")

    page.get_by_role("button", name=ENGLISH["goOn"]).click()

    enter(page)


@pytest.mark.sources
def test_the_views_of_well_known_apps_are_told_from_browsers(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")

    found = page.evaluate(
        """async (agents) => {
            const { browserObstacle } = await import("/obstacles.js");
            return Object.fromEntries(Object.entries(agents).map(([name, agent]) => {
                Object.defineProperty(navigator, "userAgent", { value: agent, configurable: true });
                return [name, browserObstacle()];
            }));
        }""",
        APPS | BROWSERS,
    )

    assert found == dict.fromkeys(APPS, "inApp") | dict.fromkeys(BROWSERS, "")


def test_the_whole_link_can_be_copied(site: Site, open_page: OpenPage) -> None:
    page = open_page(
        url=site.page_url(query="?language=en", fragment=f"#j={JOIN_SECRET}"),
        init_script=NO_CAMERA,
        permissions=["clipboard-read", "clipboard-write"],
    )

    page.get_by_role("button", name=ENGLISH["copyLink"]).click()

    expect(page.get_by_role("status")).to_have_text(ENGLISH["copied"])
    expect(page.locator(".copied")).to_have_text(ENGLISH["copied"])
    expect(page.get_by_role("textbox")).to_have_count(0)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == site.page_url(query="?language=en", fragment=f"#j={JOIN_SECRET}")


@pytest.mark.parametrize(
    "script",
    [
        "Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined });",
        "Clipboard.prototype.writeText = async () => { throw new DOMException('no', 'NotAllowedError'); };",
    ],
    ids=["no-clipboard", "refused"],
)
def test_a_link_that_cannot_be_copied_is_selected(script: str, site: Site, open_page: OpenPage) -> None:
    link = site.page_url(query="?language=en", fragment=f"#j={JOIN_SECRET}")
    page = open_page(url=link, init_script=NO_CAMERA + script)

    for _ in range(2):
        page.get_by_role("button", name=ENGLISH["copyLink"]).click()

        field = page.get_by_role("textbox", name=ENGLISH["link"])
        expect(field).to_be_focused()
        # An address stays one also in a page from right to left.
        expect(field).to_have_css("direction", "ltr")
        expect(page.locator(".copied p")).to_have_text(ENGLISH["copyByHand"])
        expect(page.get_by_role("status")).to_have_text(ENGLISH["copyByHand"])
        assert page.evaluate("getSelection().toString()") == link


def test_a_device_that_shares_links_offers_to_share_the_whole_link(site: Site, open_page: OpenPage) -> None:
    link = site.page_url(query="?language=en", fragment=f"#j={JOIN_SECRET}")
    page = open_page(
        url=link,
        init_script=NO_CAMERA + "Navigator.prototype.share = async ({ url }) => { window.shared = url; };",
    )

    page.get_by_role("button", name=ENGLISH["shareLink"]).click()

    page.wait_for_function("() => window.shared")
    assert page.evaluate("window.shared") == link
    expect(page.locator(".copied")).to_have_count(0)


@pytest.mark.parametrize(("error", "copies"), [("AbortError", 0), ("NotAllowedError", 1)])
def test_sharing_that_fails_copies_and_sharing_that_is_given_up_does_not(
    error: str, copies: int, site: Site, open_page: OpenPage
) -> None:
    page = open_page(
        init_script=NO_CAMERA
        + f"""Navigator.prototype.share = async () => {{
            window.hasAsked = true;
            throw new DOMException("no", "{error}");
        }};"""
    )

    page.get_by_role("button", name=ENGLISH["shareLink"]).click()
    page.wait_for_function("() => window.hasAsked")

    expect(page.locator(".copied")).to_have_count(copies)


def test_an_insecure_page_leads_to_the_secure_one_with_the_whole_link(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(url=site.page_url(fragment=f"#j={JOIN_SECRET}"), init_script=INSECURE)
    page.get_by_role("button", name=ENGLISH["openSecurely"]).wait_for()
    expect(page.get_by_role("button")).to_have_count(1)
    secure = site.page_url(fragment="").replace("http:", "https:")

    with page.expect_request(f"{secure}**"):
        page.get_by_role("button", name=ENGLISH["openSecurely"]).click()


def test_a_cancelled_visit_needs_no_other_browser(site: Site, open_page: OpenPage) -> None:
    site.answer = problem(410, "deleted")

    page = open_page(init_script=NO_CAMERA)

    expect_state(page, "cancelled")
