"""Entering is a press: nothing of the call is loaded, and no device is used, before it."""

from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    NO_JITTER,
    Site,
    call_data,
    enter,
    expect_question_after,
    expect_state,
    problem,
    texts,
    wait_for_requests,
)
from tests.e2e.page.test_waiting_help import WATCH_DEVICES

ENGLISH = texts("en")


def expect_nobody_in_the_call(page: Page, site: Site) -> None:
    expect(page.locator("iframe")).to_have_count(0)
    assert site.provider_asked == []
    assert page.evaluate("window.tracks") == []


def test_a_link_to_an_open_door_leads_to_a_button(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)

    page = open_page(init_script=WATCH_DEVICES)

    expect_state(page, "ready")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["ready.title"])
    expect(page.get_by_role("status")).to_contain_text(ENGLISH["ready.text"])
    wait_for_requests(page, site, 3)
    expect_nobody_in_the_call(page, site)
    enter(page)
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    assert len(site.provider_asked) == 1


def test_a_door_that_opens_is_announced_and_leads_to_the_same_button(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page(init_script=WATCH_DEVICES)
    expect_state(page, "scheduled")

    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)

    expect(page.get_by_role("button", name=ENGLISH["enter"])).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(ENGLISH["ready.title"])
    assert page.title() == f"{ENGLISH['ready.title']} · {ENGLISH['service']}"
    expect_nobody_in_the_call(page, site)


def test_the_button_is_above_the_edge_of_a_small_telephone(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())

    page = open_page(viewport={"width": 360, "height": 640})

    expect(page.get_by_role("button", name=ENGLISH["enter"])).to_be_in_viewport(ratio=1)
    height = page.get_by_role("button", name=ENGLISH["enter"]).evaluate("(button) => button.offsetHeight")
    assert height >= 64


def test_a_deployment_may_lead_straight_into_the_call(site: Site, open_page: OpenPage) -> None:
    site.configuration["entersDirectly"] = True
    site.answer = call_data("OPEN", link=site.link())

    page = open_page()

    expect_state(page, "open")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()


def test_a_service_that_fails_does_not_take_the_button_away(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    expect_state(page, "ready")

    site.answer = problem(503, "provider_unavailable")
    wait_for_requests(page, site, len(site.asked) + 3)
    expect_state(page, "ready")
    page.context.set_offline(offline=True)
    expect_state(page, "unreachable")
    page.context.set_offline(offline=False)
    expect_state(page, "ready")

    enter(page)


def test_a_door_that_has_closed_meanwhile_is_no_longer_offered(site: Site, open_page: OpenPage) -> None:
    # Closes 55 minutes after it opened.
    site.answer = call_data("OPEN", link=site.link(), opens_in_seconds=-54 * 60, retry_after_seconds=30)
    page = open_page(fake_time=True, init_script=NO_JITTER)
    expect_state(page, "ready")
    site.answer = problem(503, "provider_unavailable")

    for seconds in (30, 2, 4):
        expect_question_after(page, site, milliseconds=seconds * 1_000)
    expect_state(page, "ready")
    for seconds in (8, 16, 30):
        expect_question_after(page, site, milliseconds=seconds * 1_000)

    expect_state(page, "unreachable")


def test_pressing_twice_enters_once(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()

    button = page.get_by_role("button", name=ENGLISH["enter"])
    button.evaluate("(button) => [button.click(), button.click()]")
    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert len(site.provider_asked) == 1


def test_a_door_that_opens_again_needs_another_press(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)
    page = open_page()
    enter(page)

    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page.get_by_role("button", name=ENGLISH["showChange"]).click()
    expect_state(page, "scheduled")
    site.answer = call_data("OPEN", link=site.link(), retry_after_seconds=1)

    expect_state(page, "ready")
    assert len(site.provider_asked) == 1
