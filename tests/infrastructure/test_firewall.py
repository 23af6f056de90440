"""The firewall of the distribution: the limit of one IP address, and the answer beyond it."""

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


def test_a_distribution_accepts_it(firewall: Template) -> None:
    assert properties_of(firewall, "WebAcl")["Scope"] == "CLOUDFRONT"
    assert firewall["Outputs"]["WebAclArn"]["Value"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}


def test_an_address_is_limited_at_the_api_but_not_for_the_pages_files(rule: Mapping[str, Any]) -> None:
    statement = rule["Statement"]["RateBasedStatement"]

    assert (statement["AggregateKeyType"], statement["EvaluationWindowSec"]) == ("IP", WINDOW_SECONDS)
    assert statement["Limit"] == {"Ref": "RequestsPerAddress"}
    match = statement["ScopeDownStatement"]["ByteMatchStatement"]
    assert (match["PositionalConstraint"], match["SearchString"]) == ("STARTS_WITH", "/api/")


def test_a_hospital_behind_one_address_is_admitted_and_one_machine_is_limited(
    firewall: Template, source: Template
) -> None:
    limit = firewall["Parameters"]["RequestsPerAddress"]["Default"]
    reads_per_second = source["Parameters"]["ReadsPerSecond"]["Default"]

    assert limit >= PAGES_BEHIND_ONE_ADDRESS * QUESTIONS_A_MINUTE * WINDOW_SECONDS / 60
    assert limit / WINDOW_SECONDS <= reads_per_second / 20


def test_a_refused_caller_is_told_when_to_retry(rule: Mapping[str, Any]) -> None:
    answer = rule["Action"]["Block"]["CustomResponse"]

    assert answer["ResponseCode"] == 429
    assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "60"}]


def test_no_output_contains_the_address_of_api_gateway(source: Template) -> None:
    """API Gateway's own address stays open; only CloudFront and the operator's account have it."""
    told = json.dumps(source["Outputs"])

    assert "execute-api" not in told
    assert "${Api}" not in told
