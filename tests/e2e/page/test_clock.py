import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import Site, call_data, expect_state

# The page's files do not ask the device for the time; this shows that nothing else does for them.
WRONG_CLOCK = """
    const RightDate = Date;
    const wrongByMs = %d * 3_600_000;
    Date = class extends RightDate {
        constructor(...given) { given.length ? super(...given) : super(RightDate.now() + wrongByMs); }
        static now() { return RightDate.now() + wrongByMs; }
    };
"""
ANY_CLOCK = pytest.mark.parametrize("hours_wrong", [-24, 0, 24])


@ANY_CLOCK
def test_the_countdown_is_the_servers(hours_wrong: int, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=600)

    page = open_page(init_script=WRONG_CLOCK % hours_wrong)

    expect(page.get_by_role("timer")).to_have_text("9:59")
    expect(page.get_by_role("timer")).to_have_text("9:58")


@ANY_CLOCK
def test_the_door_opens_at_the_servers_time(hours_wrong: int, site: Site, open_page: OpenPage) -> None:
    site.answer = call_data("SCHEDULED", opens_in_seconds=3, retry_after_seconds=60)
    page = open_page(init_script=WRONG_CLOCK % hours_wrong)
    expect_state(page, "scheduled")
    assert len(site.asked) == 1

    site.answer = call_data("OPEN", opens_in_seconds=0, link=site.link())

    expect_state(page, "open")
    assert len(site.asked) == 2
