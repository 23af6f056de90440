from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import (
    PEOPLE,
    Answer,
    Site,
    call_data,
    changed_call_data,
    enter,
    expect_state,
    gateway_error,
    json_answer,
    problem,
    texts,
    wait_for_requests,
    web_page,
)

ENGLISH = texts("en")
# Turns what follows it around, where a name is not isolated.
TURNED = "\u202eanaD"
ASK = """async () => {
    const { fetchCallData } = await import("/call-data.js");
    const question = { apiBaseUrl: "/api", id: "1", credential: "token=t", language: "" };
    const { kind, state } = await fetchCallData(question, { sync() {} });
    return kind ?? state;
}"""


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(call_data("OPEN", link=None), "pending", id="open-without-link"),
        pytest.param(call_data("A_STATE_OF_NEXT_YEAR"), "pending", id="unknown-state"),
        pytest.param(web_page(200), "unreachable", id="200-of-a-proxy"),
    ],
)
def test_unexpected_answers_have_a_state(answer: Answer, state: str, site: Site, open_page: OpenPage) -> None:
    site.answer = answer

    page = open_page()

    expect_state(page, state)
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH[f"{state}.title"])
    expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.sources
def test_every_error_has_its_kind(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    expect_state(page, "scheduled")
    answers = [
        (problem(410, "deleted"), "cancelled"),
        (problem(403, "not_a_participant"), "not-participant"),
        (problem(403, "insufficient_scope"), "signed-out"),
        (problem(404, "not_found"), "not-found"),
        (problem(404, "not_found", media_type="Application/Problem+JSON; charset=utf-8"), "not-found"),
        (problem(401, "missing_credentials"), "credential-lost"),
        (gateway_error(401, "Unauthorized"), "signed-out"),
        (gateway_error(401, "unauthorized", challenge='Bearer error="invalid_token"'), "signed-out"),
        (gateway_error(401, "Unauthorized", challenge="Bearer"), "credential-lost"),
        (problem(503, "provider_unavailable"), "unreachable"),
        (gateway_error(429, "Too Many Requests"), "unreachable"),
        # A word of the service needs its media type, its code and the code's status.
        (problem(403, "not_a_participant", media_type="application/json"), "unreachable"),
        (problem(403, "not_a_participant", media_type="text/html"), "unreachable"),
        (problem(403, "blocked_by_policy"), "unreachable"),
        (problem(404, "deleted"), "unreachable"),
        (problem(410, "constructor"), "unreachable"),
        (json_answer(None, status=403), "unreachable"),
        (gateway_error(403, "Forbidden"), "unreachable"),
        (gateway_error(404, "Not Found"), "unreachable"),
        (gateway_error(400, "Bad Request"), "unreachable"),
        (gateway_error(401, "Proxy login required"), "unreachable"),
        *((web_page(status), "unreachable") for status in (200, 400, 401, 403, 404, 407, 410, 451, 502)),
        (json_answer({"state": "success"}), "unreachable"),
        (json_answer(None), "unreachable"),
        (json_answer([]), "unreachable"),
        (changed_call_data(), "SCHEDULED"),
        (changed_call_data(retryAfterSeconds=None, language=None, bandyerUserId=None), "SCHEDULED"),
        (changed_call_data(state=None), "unreachable"),
        (changed_call_data(serverTime="soon"), "unreachable"),
        (changed_call_data(startDate=None), "unreachable"),
        (changed_call_data(endDate=None), "unreachable"),
        (changed_call_data(opensAt=None), "unreachable"),
        (changed_call_data(participantsBandyerCall=None), "unreachable"),
    ]

    kinds = []
    for answer, _ in answers:
        site.answer = answer
        kinds.append(page.evaluate(ASK))

    assert kinds == [kind for _, kind in answers]


def test_a_visit_long_ago_is_shown_without_its_people(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("ENDED", people=[])

    page = open_page()

    expect_state(page, "ended")
    expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["ended.title"])
    expect(page.locator("dt")).to_have_text([ENGLISH["when"]])


def test_without_a_token_no_request_is_sent(site: Site, open_page: OpenPage) -> None:
    page = open_page(url=site.page_url(fragment=""))

    expect_state(page, "incomplete")
    assert site.asked == []


def test_an_early_reader_sees_time_participants_and_countdown(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=2 * 86_400 + 3 * 3_600 + 60)

    page = open_page()

    expect(page.get_by_role("timer")).to_have_text("2 days")
    expect(page.locator("dd").first).to_contain_text("(Europe/Rome)")
    expect(page.locator("dd").nth(1)).to_have_text("Dr. Ada Rossi, organiser")
    expect(page.locator("dd").nth(2)).to_have_text("Joe Smith (you)")


@pytest.mark.parametrize(
    ("time_zone", "hours", "zone"),
    [
        ("Europe/Rome", "15:30 \u2013 16:00", "Central European Standard Time (Europe/Rome)"),
        ("America/New_York", "9:30 \u2013 10:00", "Eastern Standard Time (America/New_York)"),
    ],
)
def test_times_are_in_the_readers_zone_and_name_it(
    time_zone: str, hours: str, zone: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", start=datetime(2031, 12, 1, 14, 30, tzinfo=UTC))

    page = open_page(timezone_id=time_zone)

    expect(page.locator("dd").first).to_have_text(f"Monday, 1 December 2031{hours}{zone}")


def test_entering_gives_the_frame_the_focus(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=1)
    page = open_page()
    expect_state(page, "waiting")

    site.answer = call_data("OPEN", link=site.link())
    enter(page)

    expect(page.frame_locator("iframe").get_by_text("You are in the call")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text(ENGLISH["notice.arriving"])


def test_an_unchanged_state_is_not_announced_again(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=120, retry_after_seconds=1)
    page = open_page()
    expect_state(page, "scheduled")
    page.evaluate(
        """() => {
            window.announcements = 0;
            const count = (changes) => {
                window.announcements += changes.filter(({ addedNodes }) => addedNodes.length).length;
            };
            new MutationObserver(count).observe(document.querySelector("[role=status]"), {childList: true});
            window.heading = document.querySelector("h1");
        }"""
    )
    countdown = page.get_by_role("timer").text_content()

    expect(page.get_by_role("timer")).not_to_have_text(countdown or "")
    wait_for_requests(page, site, len(site.asked) + 2)

    assert page.evaluate("window.announcements") == 0
    assert page.evaluate("window.heading === document.querySelector('h1')")


def test_a_reschedule_shows_with_the_next_answer(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data(
        "SCHEDULED", start=datetime(2031, 12, 1, 14, 30, tzinfo=UTC), retry_after_seconds=1
    )
    page = open_page()
    expect(page.locator("dd").first).to_contain_text("1 December")

    site.answer = call_data(
        "SCHEDULED", start=datetime(2031, 12, 2, 14, 30, tzinfo=UTC), retry_after_seconds=1
    )

    expect(page.locator("dd").first).to_contain_text("2 December")


def test_the_second_lost_answer_is_shown_and_the_next_answer_recovers(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page()
    expect_state(page, "scheduled")

    site.answer = problem(503, "provider_unavailable")
    wait_for_requests(page, site, len(site.asked) + 1)
    expect_state(page, "scheduled")
    expect_state(page, "unreachable")
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page.get_by_role("button", name=ENGLISH["askNow"]).click()

    expect_state(page, "scheduled")
    expect(page.locator("h1")).to_be_focused()


def test_an_expired_sign_in_is_shown(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", retry_after_seconds=1)
    page = open_page()
    expect_state(page, "scheduled")

    site.answer = gateway_error(401, "Unauthorized")

    expect_state(page, "signed-out")
    expect(page.get_by_role("status")).to_contain_text(ENGLISH["signed-out.title"])


def test_a_lost_connection_is_shown_until_it_returns(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=1)
    page = open_page()
    expect_state(page, "waiting")

    page.context.set_offline(offline=True)
    expect_state(page, "unreachable")
    expect(page.locator("section > p:not(.service)")).to_have_text(ENGLISH["unreachable.offline"])
    page.context.set_offline(offline=False)

    expect_state(page, "waiting")


def test_the_element_dispatches_an_event_for_every_state(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=1)
    page = open_page(
        init_script="""
            window.told = [];
            const tell = (event) => window.told.push(event.detail.state);
            document.addEventListener("teleconsultation-state", tell);
        """
    )
    expect_state(page, "waiting")

    site.answer = problem(410, "deleted")

    expect_state(page, "cancelled")
    assert page.evaluate("window.told") == ["waiting", "cancelled"]


@pytest.mark.parametrize(
    ("browsers", "hours"),
    [("nl-NL", "15:30 – 16:00"), ("nl", "15:30 – 16:00"), ("en-US", "3:30 PM – 4:00 PM")],
)
def test_hours_are_those_of_the_browsers_region(
    browsers: str, hours: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("SCHEDULED", start=datetime(2031, 12, 1, 14, 30, tzinfo=UTC))

    page = open_page(locale=browsers)

    expect(page.locator("dd strong").nth(1)).to_have_text(hours.replace(" PM", "\u202fPM"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_while_nobody_else_is_named_the_page_says_that_they_are_not_settled(
    site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", people=PEOPLE[1:])

    page = open_page()

    sentence = "Who else takes part is not settled yet. Keep this page open: it updates by itself."
    expect(page.locator(".panel > p:not(.service)")).to_have_text(sentence)
    expect(page.get_by_role("status")).to_contain_text(sentence)


@pytest.mark.parametrize("name", [TURNED, "דנה לוי"])
def test_a_name_does_not_turn_its_line_around(name: str, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", people=[PEOPLE[1] | {"fullName": name}])
    page = open_page()
    expect_state(page, "scheduled")

    places = page.locator("dd", has_text=name).evaluate("""(line) => {
        const range = document.createRange();
        const placeOf = (at) => {
            range.setStart(line.lastChild, at);
            range.setEnd(line.lastChild, at + 1);
            return range.getBoundingClientRect().left;
        };
        return [line.firstChild.getBoundingClientRect().left, placeOf(1), placeOf(5)];
    }""")

    # The name, then the brackets of "(you)" in their order.
    assert places == sorted(places)


def test_long_names_are_told_apart(site: Site, open_page: OpenPage) -> None:
    people = [PEOPLE[0] | {"fullName": f"{letter * 12} " * 5} for letter in "abc"]
    site.answer = call_data("SCHEDULED", people=people)
    page = open_page(viewport={"width": 360, "height": 640})
    expect_state(page, "scheduled")

    lines = page.locator("dd bdi").evaluate_all(
        "(names) => names.map((name) => [...name.getClientRects()].map(({ left }) => left))"
    )

    # The first line of a name stands out of its other lines.
    assert [len(name) > 1 and all(left > name[0] for left in name[1:]) for name in lines] == [True] * 3


@pytest.mark.sources
def test_remaining_time_does_not_break_before_its_unit(site: Site, open_page: OpenPage) -> None:
    page = open_page()

    remaining = page.evaluate("""async () => {
        const { remainingText } = await import("/times.js");
        return [364 * 24 + 23, 47, 23.9, 0.5].map((hours) => remainingText(hours * 3_600_000, "en"));
    }""")

    assert remaining == ["364\u00a0days", "1\u00a0day 23\u00a0hr", "23\u00a0hr 54\u00a0min", "30:00"]


def test_an_announcement_is_removed_after_ten_seconds(site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", retry_after_seconds=3_600)
    page = open_page(fake_time=True)
    expect(page.get_by_role("status")).to_contain_text(ENGLISH["waiting.title"])

    page.clock.run_for(10_000)

    expect(page.get_by_role("status")).to_have_text("")
