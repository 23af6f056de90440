import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, expect_state, texts

# The page's files do not read the device's time; this checks that nothing else reads it for them.
WRONG_CLOCK = """
    const RightDate = Date;
    const wrongByMs = %d * 3_600_000;
    Date = class extends RightDate {
        constructor(...given) { given.length ? super(...given) : super(RightDate.now() + wrongByMs); }
        static now() { return RightDate.now() + wrongByMs; }
    };
"""
WRONG_BY = pytest.mark.parametrize("hours_wrong", [-24, 24])


@WRONG_BY
def test_the_countdown_uses_the_servers_time(hours_wrong: int, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=600)

    page = open_page(init_script=WRONG_CLOCK % hours_wrong)

    timer = page.get_by_role("timer")
    # Any of the first twenty seconds: a loaded machine may draw the first one late.
    expect(timer).to_have_text(re.compile(r"9:[45]\d"))
    shown = timer.inner_text()
    expect(timer).not_to_have_text(shown)
    expect(timer).to_have_text(re.compile(r"9:[45]\d"))


@WRONG_BY
def test_waiting_countdown_and_opening_follow_the_servers_time(
    hours_wrong: int, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data("WAITING_FOR_PARTICIPANTS", opens_in_seconds=4, retry_after_seconds=1)
    page = open_page(init_script=WRONG_CLOCK % hours_wrong)
    expect_state(page, "waiting")

    site.answer = call_data("SCHEDULED", opens_in_seconds=3, retry_after_seconds=3)
    expect_state(page, "scheduled")
    expect(page.get_by_role("timer")).to_have_text("0:02")
    asked = len(site.asked)

    site.answer = call_data("OPEN", opens_in_seconds=0, link=site.link())

    expect_state(page, "ready")
    assert len(site.asked) == asked + 1
    assert page.title().startswith(texts("en")["ready.title"])


# Clocks go forward at 01:00 UTC in Rome, at 07:00 UTC in New York; back at 01:00 UTC and 06:00 UTC.
@pytest.mark.parametrize(
    ("time_zone", "change", "hours", "zone"),
    [
        (
            "Europe/Rome",
            datetime(2031, 3, 30, 1, tzinfo=UTC),
            "01:55 CET – 03:25 CEST",
            "Central European Standard Time – Central European Summer Time (Europe/Rome)",
        ),
        (
            "Europe/Rome",
            datetime(2031, 10, 26, 1, tzinfo=UTC),
            "02:55 CEST – 02:25 CET",
            "Central European Summer Time – Central European Standard Time (Europe/Rome)",
        ),
        (
            "America/New_York",
            datetime(2031, 3, 9, 7, tzinfo=UTC),
            "01:55 GMT-5 – 03:25 GMT-4",
            "Eastern Standard Time – Eastern Daylight Time (America/New_York)",
        ),
        (
            "America/New_York",
            datetime(2031, 11, 2, 6, tzinfo=UTC),
            "01:55 GMT-4 – 01:25 GMT-5",
            "Eastern Daylight Time – Eastern Standard Time (America/New_York)",
        ),
    ],
    ids=["rome-forward", "rome-back", "new-york-forward", "new-york-back"],
)
def test_a_clock_change_during_the_visit_shows_the_zone_of_both_times(
    time_zone: str, change: datetime, hours: str, zone: str, site: Site, open_page: OpenPage
) -> None:
    site.answer = call_data(
        "SCHEDULED", start=change - timedelta(minutes=5), now=change - timedelta(minutes=25)
    )

    page = open_page(timezone_id=time_zone)

    expect(page.locator("dd strong").nth(1)).to_have_text(hours)
    expect(page.locator("dd small")).to_have_text(zone)


@pytest.mark.parametrize(
    ("time_zone", "change"),
    [
        ("Europe/Rome", datetime(2031, 3, 30, 1, tzinfo=UTC)),
        ("America/New_York", datetime(2031, 11, 2, 6, tzinfo=UTC)),
    ],
    ids=["rome-forward", "new-york-back"],
)
def test_a_clock_change_while_waiting_does_not_move_the_opening(
    time_zone: str, change: datetime, site: Site, open_page: OpenPage
) -> None:
    before, after = change - timedelta(minutes=5), change + timedelta(minutes=5)
    site.answer = call_data("SCHEDULED", now=before, opens_in_seconds=600, retry_after_seconds=600)
    page = open_page(fake_time=before, timezone_id=time_zone)
    # The page's clock is stopped; the server's ran while the page loaded.
    expect(page.get_by_role("timer")).to_have_text(re.compile("10:00|9:5[0-9]"))

    page.clock.run_for(540_000)
    expect(page.get_by_role("timer")).to_have_text(re.compile("1:00|0:5[0-9]"))
    assert len(site.asked) == 1
    site.answer = call_data("OPEN", now=after, opens_in_seconds=0, link=site.link())
    page.clock.run_for(63_000)

    expect_state(page, "ready")
