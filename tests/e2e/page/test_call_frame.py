import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    NOTICE,
    TELECONSULTATION_ID,
    Answer,
    Site,
    call_data,
    enter,
    expect_question_after,
    expect_state,
    gateway_error,
    problem,
    texts,
    wait_for_requests,
)

ENGLISH = texts("en")
FEATURES = (
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
    "fullscreen",
    "speaker-selection",
    "screen-wake-lock",
    "clipboard-write",
)


def open_call(site: Site, open_page: OpenPage) -> Page:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    enter(page)
    return page


def test_the_frame_has_the_features_of_a_call_on_the_providers_origin(
    site: Site, open_page: OpenPage
) -> None:
    page = open_call(site, open_page)

    frame = page.locator("iframe")

    expect(frame).to_have_attribute("src", site.link())
    expect(frame).to_have_attribute("title", ENGLISH["frameTitle"])
    expect(frame).to_have_attribute("referrerpolicy", "no-referrer")
    expect(frame).to_have_attribute("allow", "; ".join(f"{name} {site.provider_origin}" for name in FEATURES))
    expect(page.frame_locator("iframe").get_by_role("button", name="Mute")).to_be_visible()
    assert {asked.referer for asked in site.provider_asked} == {""}


def test_a_link_to_anywhere_else_is_refused(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link="https://provider.example/call")

    page = open_page()

    expect_state(page, "refused")
    expect(page.locator("iframe, a")).to_have_count(0)


@pytest.mark.sources
def test_a_link_is_trusted_by_origin_and_scheme_alone(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    ours, other = site.link("/call"), "https://sandbox.bandyer.com"
    refused = (
        "http://provider.example/call",
        "javascript:alert(1)",
        "data:text/html,hello",
        f"{site.provider_origin}@evil.example/call",
        site.provider_origin.replace("http://", "http://user:secret@"),
        f"{other}.evil.example/call",
        f"{other}:8443/call",
        f"blob:{other}/1",
        "//sandbox.bandyer.com/call",
        "/teleconsultation/other",
        "not a link",
        None,
    )

    trusted = page.evaluate(
        """async ([links, origins]) => {
            const { trustedLink } = await import("/call/trusted-link.js");
            return links.map((link) => trustedLink(link, { origins, localMode: true }));
        }""",
        [[ours, f"{other}/call?x=1", *refused], [site.provider_origin, other]],
    )

    assert trusted == [ours, f"{other}/call?x=1", *[None] * len(refused)]


def test_plain_http_is_refused_outside_local_mode(site: Site, open_page: OpenPage) -> None:
    site.configuration["localMode"] = False
    site.answer = call_data("OPEN", link=site.link())

    page = open_page()

    expect_state(page, "refused")
    assert site.provider_asked == []


def test_leaving_allows_to_reenter(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)

    page.get_by_role("button", name=ENGLISH["leave"]).click()
    expect_state(page, "left")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("iframe")).to_have_count(0)
    wait_for_requests(page, site, len(site.asked) + 1)
    expect_state(page, "left")
    page.get_by_role("button", name=ENGLISH["reenter"]).click()

    expect_state(page, "open")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()


def test_leaving_allows_no_reentry_after_the_visits_end(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)
    page.get_by_role("button", name=ENGLISH["leave"]).click()

    site.answer = call_data("ENDED")

    expect_state(page, "ended")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_tab_of_its_own_takes_the_call_over(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)
    link = page.get_by_role("link", name=ENGLISH["ownTab"])
    expect(link).to_have_attribute("rel", "noopener noreferrer")

    with page.context.expect_page() as opened:
        link.click()

    expect(opened.value.get_by_text("You are in the call")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    assert {asked.referer for asked in site.provider_asked if asked.path.startswith("/connect")} == {""}
    expect_state(page, "own-tab")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["own-tab.title"])


def test_a_new_link_during_the_call_is_offered_as_a_notice(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)

    site.answer = call_data("OPEN", link=site.link("/connect/new"), retry_after_seconds=1)
    expect(page.locator(".notice")).to_contain_text(ENGLISH["notice.moved"])
    expect(page.get_by_role("status")).to_have_text(ENGLISH["notice.moved"])
    expect(page.locator("iframe")).to_have_attribute("src", site.link())
    page.get_by_role("button", name=ENGLISH["moveOver"]).click()

    expect(page.locator("iframe")).to_have_attribute("src", site.link("/connect/new"))
    expect(page.locator(NOTICE)).to_have_count(0)


def test_the_end_of_the_visit_or_sign_in_does_not_end_the_call(site: Site, open_page: OpenPage) -> None:
    for answer, notice in (
        (call_data("ENDED"), "ended"),
        (gateway_error(401, "Unauthorized"), "signed-out"),
    ):
        page = open_call(site, open_page)

        site.answer = answer

        expect(page.locator(".notice")).to_contain_text(ENGLISH[f"notice.{notice}"])
        expect(page.locator("iframe")).to_be_visible()
        page.get_by_role("button", name=ENGLISH["leave"]).click()
        expect_state(page, notice)


def test_a_failing_service_does_not_end_the_call(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)

    site.answer = problem(500, "internal")
    wait_for_requests(page, site, len(site.asked) + 2)

    expect_state(page, "open")
    expect(page.locator(NOTICE)).to_have_count(0)
    assert len(site.provider_asked) == 1


def test_a_visit_changed_during_the_call_shows_on_leaving(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)

    site.answer = call_data("SCHEDULED", opens_in_seconds=3_600)
    page.get_by_role("button", name=ENGLISH["showChange"]).click()

    expect_state(page, "scheduled")


def test_a_deletion_ends_the_call_at_once(site: Site, open_page: OpenPage) -> None:
    page = open_call(site, open_page)

    site.answer = problem(410, "deleted")

    expect_state(page, "cancelled")
    expect(page.locator("iframe")).to_have_count(0)


REFUSALS = pytest.mark.parametrize(
    ("refusal", "state"),
    [
        pytest.param(problem(403, "not_a_participant"), "not-participant", id="not-participant"),
        pytest.param(problem(404, "not_found"), "not-found", id="not-found"),
    ],
)


def refuse_once(site: Site, open_page: OpenPage, *, refusal: Answer) -> Page:
    """Open a call on a stopped clock, and let the service refuse its next request."""
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=60)
    page = open_page(fake_time=True, init_script=NO_JITTER)
    enter(page)
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    site.answer = refusal
    with page.expect_event("requestfinished", lambda request: "/api/" in request.url):
        page.clock.run_for(60_000)
    return page


@REFUSALS
def test_a_refusal_ends_the_call_when_it_is_repeated_after_15_seconds(
    refusal: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    page = refuse_once(site, open_page, refusal=refusal)
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect_question_after(page, site, milliseconds=15_000)

    expect_state(page, state)
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


@REFUSALS
def test_a_refusal_that_is_not_repeated_leaves_the_call_alone(
    refusal: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    page = refuse_once(site, open_page, refusal=refusal)

    for answer in (call_data("OPEN", link=site.link(), retry_after_seconds=15), refusal):
        site.answer = answer
        expect_question_after(page, site, milliseconds=15_000)

    expect_state(page, "open")
    expect(page.locator(NOTICE)).to_have_count(0)
    assert len(site.provider_asked) == 1


def test_the_providers_redirect_after_the_call_ends_the_call(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link("/hung-up"), retry_after_seconds=60)

    page = open_page()
    page.get_by_role("button", name=ENGLISH["enter"]).click()

    expect_state(page, "left")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["left.title"])
    expect(page.get_by_role("button", name=ENGLISH["reenter"])).to_be_visible()
    # The page polls at once, since the door may be closed.
    wait_for_requests(page, site, 2)


def test_a_message_of_the_provider_does_not_end_the_call(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link("/liar"))
    page = open_page()
    enter(page)
    expect(page.frame_locator("iframe").get_by_text("said")).to_be_visible()

    page.wait_for_timeout(100)

    expect_state(page, "open")


def test_messages_of_other_frames_or_other_content_do_not_end_the_call(
    site: Site, open_page: OpenPage
) -> None:
    page = open_call(site, open_page)

    page.evaluate("""async () => {
        const heard = () => new Promise((done) => {
            addEventListener("message", () => setTimeout(done), { once: true });
        });
        window.postMessage("call-ended", location.origin);
        await heard();
        const other = document.createElement("iframe");
        other.src = "/call-ended.html";
        document.body.append(other);
        await heard();
        const { contentWindow } = document.querySelector("teleconsultation-room iframe");
        const said = { data: "something else", origin: location.origin, source: contentWindow };
        dispatchEvent(new MessageEvent("message", said));
    }""")

    expect_state(page, "open")


def test_the_landing_page_in_its_own_tab_shows_a_text(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=f"{site.page_origin}/call-ended.html", locale="es-ES")

    expect(page.get_by_role("heading", level=1)).to_have_text(texts("es")["left.title"])
    expect(page.locator("p")).to_have_text(texts("es")["left.elsewhere"])
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_a_slow_frame_offers_its_own_tab(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link("/silence"))
    page = open_page(fake_time=True)
    enter(page)
    expect(page.locator(NOTICE)).to_have_count(0)

    page.clock.fast_forward(15_000)

    expect(page.locator(".notice")).to_contain_text(ENGLISH["notice.slow"])
    expect(page.locator(".notice a")).to_have_attribute("href", site.link("/silence"))


def test_the_call_fills_the_window(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link("/silence"))
    page = open_page(viewport={"width": 320, "height": 568})
    enter(page)
    frame = page.locator("iframe")

    assert frame.evaluate("(frame) => frame.clientHeight") > 400
    site.answer = call_data("OPEN", link=site.link("/speaking"))
    page.reload()
    enter(page)
    expect(page.locator(".notice")).to_have_count(0)

    assert frame.evaluate("(frame) => [frame.clientWidth, frame.clientHeight > 480]") == [320, True]
    assert page.evaluate("document.documentElement.scrollHeight") == 568
    assert TELECONSULTATION_ID in page.url
