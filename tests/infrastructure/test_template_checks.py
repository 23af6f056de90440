"""The template passes its checks, and they can tell: each fault that is put into it is refused or found."""

import copy
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.infrastructure.conftest import Template, Verdict, properties_of

type Fault = Callable[[Template], None]


def _statement(template: Template) -> dict[str, Any]:
    [policy] = properties_of(template, "GetTeleconsultationFunctionRole")["Policies"]
    statement: dict[str, Any] = policy["PolicyDocument"]["Statement"][0]
    return statement


def _dangling_reference(template: Template) -> None:
    template["Globals"]["Function"]["Environment"]["Variables"]["TABLE_NAME"] = {"Ref": "Nothing"}


def _dangling_attribute(template: Template) -> None:
    _statement(template)["Resource"] = {"Fn::GetAtt": ["Nothing", "Arn"]}


def _bad_runtime(template: Template) -> None:
    template["Globals"]["Function"]["Runtime"] = "python9.9"


def _bad_timeout(template: Template) -> None:
    properties_of(template, "GetTeleconsultationFunction")["Timeout"] = 1000


def _bad_effect(template: Template) -> None:
    _statement(template)["Effect"] = "Alow"


def _bad_action(template: Template) -> None:
    _statement(template)["Action"] = "dynamodb:GetItm"


def _unknown_function_property(template: Template) -> None:
    properties_of(template, "GetTeleconsultationFunction")["MemorySizes"] = 512


def _unknown_table_property(template: Template) -> None:
    properties_of(template, "TeleconsultationsTable")["TimeToLive"] = {
        "AttributeName": "expiresAt",
        "Enabled": True,
    }


def _unknown_authorizer(template: Template) -> None:
    properties_of(template, "GetTeleconsultationFunction")["Events"]["Route"]["Properties"]["Auth"] = {
        "Authorizer": "Nobody"
    }


def _circle(template: Template) -> None:
    template["Globals"]["Function"]["Environment"]["Variables"]["PAGE_BASE_URL"] = {
        "Fn::Sub": "https://${SiteDistribution.DomainName}"
    }


def _kept_ready_without_a_version(template: Template) -> None:
    del properties_of(template, "GetTeleconsultationFunction")["AutoPublishAlias"]


def _nothing_said_of_how_many_are_kept_ready(template: Template) -> None:
    config = properties_of(template, "GetTeleconsultationFunction")["ProvisionedConcurrencyConfig"]
    del config["Fn::If"][1]["ProvisionedConcurrentExecutions"]


REFUSED: Mapping[str, tuple[Fault, str]] = {
    "unknown property of a function": (_unknown_function_property, "MemorySizes"),
    "unknown authorizer": (_unknown_authorizer, "Nobody"),
    "environments kept ready of no version": (_kept_ready_without_a_version, "requires 'AutoPublishAlias'"),
}
"""What the expansion refuses. It names one fault of a resource, so each has a template of its own."""

LINTED: Mapping[str, tuple[Fault, str]] = {
    "dangling reference": (_dangling_reference, "E1020"),
    "dangling attribute": (_dangling_attribute, "E1010"),
    "bad runtime": (_bad_runtime, "python9.9"),
    "bad timeout": (_bad_timeout, "1000 is greater than the maximum"),
    "bad effect": (_bad_effect, "Alow"),
    "bad action": (_bad_action, "getitm"),
    "unknown property of the table": (_unknown_table_property, "TimeToLive"),
    "circular dependency": (_circle, "E3004"),
    "environments kept ready without a number": (
        _nothing_said_of_how_many_are_kept_ready,
        "ProvisionedConcurrentExecutions' is a required property",
    ),
}
"""What the lint finds. It names every fault, each with a text of its own, so they share one template."""


def _broken(source: Template, *faults: Fault) -> Template:
    template = copy.deepcopy(source)
    for fault in faults:
        fault(template)
    return template


@pytest.fixture(scope="module")
def refusals(
    expand: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], source: Template
) -> Mapping[str, Verdict]:
    return expand({name: _broken(source, fault) for name, (fault, _) in REFUSED.items()})


@pytest.fixture(scope="module")
def problems(
    check: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], source: Template
) -> Sequence[str]:
    """What the lint finds in the template with every fault."""
    broken = _broken(source, *(fault for fault, _ in LINTED.values()))
    return check({"broken": broken})["broken"].problems


@pytest.mark.deep
def test_sam_accepts_the_template(sam: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = sam("validate", "--lint")

    assert result.returncode == 0, result.stderr
    assert "is a valid SAM Template" in result.stdout


def test_the_expanded_template_lints_clean(
    check: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], source: Template
) -> None:
    # SAM writes the origins' values into the API's definition, so that nothing refers to the parameter.
    of_sam = "W2001 at Parameters/AllowedOrigins: Parameter AllowedOrigins not used."

    problems = check({"template": copy.deepcopy(source)})["template"].problems

    assert [problem for problem in problems if problem != of_sam] == []


@pytest.mark.deep
@pytest.mark.parametrize("fault", REFUSED)
def test_a_broken_template_is_refused(refusals: Mapping[str, Verdict], fault: str) -> None:
    _, expected = REFUSED[fault]

    assert refusals[fault].expanded is None
    assert any(expected in problem for problem in refusals[fault].problems), refusals[fault].problems


@pytest.mark.deep
@pytest.mark.parametrize("fault", LINTED)
def test_a_fault_in_the_expanded_template_is_found(problems: Sequence[str], fault: str) -> None:
    _, expected = LINTED[fault]

    assert any(expected in problem for problem in problems), problems
