"""Pages that wait for one opening, simulated with the page's own pauses and the template's rates."""

from collections.abc import Iterator

import pytest

from benchmarks.opening import Opening, PageRules, TokenBucket, page_rules, simulate
from tests.infrastructure.conftest import Template

TARGET_SECONDS = 10


@pytest.fixture
def rules() -> Iterator[PageRules]:
    with page_rules() as rules:
        yield rules


def _opening(pages: int, *, source: Template, rules: PageRules, strangers_per_second: float = 0) -> Opening:
    parameters = source["Parameters"]
    return simulate(
        pages,
        rules=rules,
        rate=parameters["ReadsPerSecond"]["Default"],
        burst=parameters["ReadsAtOnce"]["Default"],
        strangers_per_second=strangers_per_second,
    )


def test_six_thousand_pages_are_in_within_seconds_and_none_says_that_nobody_answers(
    source: Template, rules: PageRules
) -> None:
    opening = _opening(6000, source=source, rules=rules)

    moment = opening.share_in_seconds(0.95)
    assert moment is not None
    assert moment <= TARGET_SECONDS
    assert opening.told == 0


def test_no_page_of_six_thousand_is_refused(source: Template, rules: PageRules) -> None:
    opening = _opening(6000, source=source, rules=rules)

    assert opening.refusals == 0


def test_a_thousand_requests_of_strangers_a_second_keep_nobody_out(
    source: Template, rules: PageRules
) -> None:
    opening = _opening(200, source=source, rules=rules, strangers_per_second=1000)

    moment = opening.share_in_seconds(0.95)
    assert moment is not None
    assert moment <= TARGET_SECONDS
    assert opening.told == 0


def test_pages_that_are_refused_are_counted(rules: PageRules) -> None:
    opening = simulate(200, rules=rules, rate=1, burst=1)

    assert opening.refusals > 200
    assert opening.told > 100
    moment = opening.share_in_seconds(0.95)
    assert moment is None or moment > 95


def test_a_bucket_admits_its_burst_then_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3)

    admitted = [bucket.admits(at) for at in (0, 0, 0, 0, 0.4, 0.5, 0.6, 10, 10, 10, 10)]

    assert admitted == [True, True, True, False, False, True, False, True, True, True, False]
