"""The firewall before the distribution: what one address may take, and what it is told."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from deployment.template.intrinsics import parse_template
from tests.infrastructure.conftest import PROJECT, Template, Verdict, properties_of

WINDOW_SECONDS = 300
# A large hospital behind one address, all of whose pages are open.
PAGES_BEHIND_ONE_ADDRESS = 1000
QUESTIONS_A_MINUTE = 1


@pytest.fixture(scope="module")
def firewall() -> Template:
    return parse_template((PROJECT / "deployment/firewall.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rule(firewall: Template) -> Mapping[str, Any]:
    [rule] = properties_of(firewall, "WebAcl")["Rules"]
    found: dict[str, Any] = rule
    return found


def test_it_lints_clean(
    check: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], firewall: Template
) -> None:
    assert check({"firewall": firewall})["firewall"].problems == []


def test_it_is_what_a_distribution_takes(firewall: Template) -> None:
    assert properties_of(firewall, "WebAcl")["Scope"] == "CLOUDFRONT"
    assert firewall["Outputs"]["WebAclArn"]["Value"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}


def test_an_address_is_bounded_at_the_api_and_pages_load_freely(rule: Mapping[str, Any]) -> None:
    statement = rule["Statement"]["RateBasedStatement"]

    assert (statement["AggregateKeyType"], statement["EvaluationWindowSec"]) == ("IP", WINDOW_SECONDS)
    assert statement["Limit"] == {"Ref": "RequestsPerAddress"}
    match = statement["ScopeDownStatement"]["ByteMatchStatement"]
    assert (match["PositionalConstraint"], match["SearchString"]) == ("STARTS_WITH", "/api/")


def test_a_hospital_behind_one_address_is_let_in_and_one_machine_takes_little(
    firewall: Template, source: Template
) -> None:
    limit = firewall["Parameters"]["RequestsPerAddress"]["Default"]
    reads_per_second = source["Parameters"]["ReadsPerSecond"]["Default"]

    assert limit >= PAGES_BEHIND_ONE_ADDRESS * QUESTIONS_A_MINUTE * WINDOW_SECONDS / 60
    assert limit / WINDOW_SECONDS <= reads_per_second / 20


def test_who_is_refused_may_come_again(rule: Mapping[str, Any]) -> None:
    answer = rule["Action"]["Block"]["CustomResponse"]

    assert answer["ResponseCode"] == 429
    assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "60"}]


def test_nothing_that_the_stack_tells_leads_past_cloudfront(source: Template) -> None:
    """API Gateway's own address stays open: nobody but CloudFront and the operator's account knows it."""
    told = json.dumps(source["Outputs"])

    assert "execute-api" not in told
    assert "${Api}" not in told
