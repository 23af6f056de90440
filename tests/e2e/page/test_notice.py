"""What the clinic says to those who wait: shown, announced and rung within one poll."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Answer, Site, call_data, enter, expect_state, json_answer, texts

ENGLISH = texts("en")
LATE = {"text": "The doctor is about 20 minutes late.", "setAt": "2030-06-03T09:42:00.000Z"}
LATER = {"text": "The doctor is about 40 minutes late.", "setAt": "2030-06-03T09:58:00.000Z"}
COUNT_RINGS = """
    window.rings = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
        window.rings += 1;
        return start.apply(this, when);
    };
"""
NOTE_SPOKEN = """
    window.spoken = [];
    new MutationObserver(() => {
        const text = document.querySelector(".spoken")?.textContent;
        if (text) window.spoken.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });
"""


def ask(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('online'))")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (call_data("WAITING_FOR_PARTICIPANTS", notice=LATE), "waiting"),
        (call_data("SCHEDULED", notice=LATE), "scheduled"),
        (call_data("OPEN", notice=LATE), "pending"),
        (call_data("OPEN", link="https://provider.example", notice=LATE), "refused"),
        (call_data("ENDED", notice=LATE), "ended"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_it_is_shown_while_its_reader_waits(
    answer: Answer, state: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = answer

    page = open_page()

    expect_state(page, state)
    title = "informed" if state == "scheduled" else state
    expect(page.locator("h1")).to_have_text(ENGLISH[f"{title}.title"])
    expect(page).to_have_title(f"{ENGLISH[f'{title}.title']} · {ENGLISH['service']}")
    waits = state in {"waiting", "scheduled", "pending"}
    expect(page.locator(".message bdi")).to_have_text([LATE["text"]] if waits else [])


def test_it_is_shown_at_an_open_door(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link(), notice=LATE)

    page = open_page()

    expect_state(page, "ready")
    expect(page.locator(".message")).to_contain_text(LATE["text"])
    enter(page)
    expect(page.locator(".message")).to_have_count(0)


def test_a_new_one_is_shown_announced_and_rung_with_the_next_answer(site: Site, open_page: OpenPage) -> None:
    page = open_page(init_script=COUNT_RINGS + NOTE_SPOKEN)
    page.get_by_role("button", name=ENGLISH["sound"]).click()
    page.wait_for_function("window.rings > 0")
    sample = page.evaluate("window.rings")

    for times, notice in enumerate((LATE, LATER), start=2):
        site.answer = call_data("SCHEDULED", notice=notice)
        ask(page)

        expect(page.locator(".message bdi")).to_have_text(notice["text"])
        page.wait_for_function(
            "(text) => window.spoken.some((each) => each.includes(text))", arg=notice["text"]
        )
        page.wait_for_function("(rings) => window.rings === rings", arg=sample * times)

    site.answer = call_data("SCHEDULED")
    ask(page)

    expect(page.locator(".message")).to_have_count(0)
    assert page.evaluate("window.rings") == sample * 3


def test_the_focus_stays_on_the_button_that_is_drawn_again(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("OPEN", link=site.link())
    page = open_page()
    button = page.get_by_role("button", name=ENGLISH["enter"])
    button.focus()

    site.answer = call_data("OPEN", link=site.link(), notice=LATE)
    ask(page)

    expect(page.locator(".message")).to_be_visible()
    expect(button).to_be_focused()


def test_one_that_stands_is_not_rung_again(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", notice=LATE)
    page = open_page(init_script=COUNT_RINGS)
    page.get_by_role("button", name=ENGLISH["sound"]).click()
    page.wait_for_function("window.rings > 0")
    sample = page.evaluate("window.rings")

    site.answer = call_data("SCHEDULED", notice=LATE, people=[{"bandyerUserId": "usr_9", "fullName": "Eva"}])
    ask(page)

    expect(page.locator("dd bdi")).to_have_text(["Eva"])
    assert page.evaluate("window.rings") == sample


@pytest.mark.parametrize(
    ("set_at", "said"),
    [("2030-06-03T09:42:00.000Z", "11:42"), ("2030-06-02T18:05:00.000Z", "Sunday")],
    ids=["same-day", "day-before"],
)
def test_it_says_when_it_was_set(set_at: str, said: str, site: Site, open_page: OpenPage) -> None:
    site.answer = json_answer(
        {
            "roomId": "1",
            "state": "SCHEDULED",
            "serverTime": "2030-06-03T09:45:00.000Z",
            "startDate": "2030-06-03T10:00:00.000Z",
            "endDate": "2030-06-03T10:30:00.000Z",
            "opensAt": "2030-06-03T09:50:00.000Z",
            "participantsBandyerCall": [],
            "notice": LATE | {"setAt": set_at},
        }
    )

    page = open_page()

    expect(page.locator(".message small")).to_contain_text(said)
    assert (":" in said) != ("Sunday" in page.locator(".message small").inner_text())


@pytest.mark.parametrize("notice", [{"text": "", "setAt": LATE["setAt"]}, {"text": "x", "setAt": "soon"}])
def test_one_that_cannot_be_read_keeps_nobody_from_the_visit(
    notice: dict[str, str], site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("SCHEDULED", notice=notice)

    page = open_page()

    expect_state(page, "scheduled")
    expect(page.locator(".message")).to_have_count(0)


def test_it_is_text(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", notice=LATE | {"text": "<img src=x onerror=alert(1)>"})

    page = open_page()

    expect(page.locator(".message bdi")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".message img")).to_have_count(0)
