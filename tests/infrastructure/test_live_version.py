"""What patients are served by: a published version of the reading function, behind the alias `live`.

The trap is a version that is not published: what was deployed would reach nobody. The other one is a version
published of nothing new, which Lambda refuses: "A version for this Lambda function exists".
https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
"""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver, ResourceValue
from tests.infrastructure.conftest import Template, Verdict, properties_of, resources_of

READER, LIVE = "GetTeleconsultationFunction", "GetTeleconsultationFunctionAliaslive"
# https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
MAX_DESCRIPTION_CHARACTERS = 256

type Change = Callable[[Template], None]


def _code(template: Template) -> None:
    properties_of(template, READER)["CodeUri"] = "s3://some-bucket/other-function"


def _layer(template: Template) -> None:
    properties_of(template, "CoreLayer")["ContentUri"] = "s3://some-bucket/other-layer"


def _memory(template: Template) -> None:
    template["Globals"]["Function"]["MemorySize"] = 1024


def _timeout(template: Template) -> None:
    properties_of(template, READER)["Timeout"] = 11


def _variable(template: Template) -> None:
    template["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] = "DEBUG"


PUBLISHED: Mapping[str, Change] = {
    "code": _code,
    "layer": _layer,
    "memory": _memory,
    "timeout": _timeout,
    "variable": _variable,
}


@pytest.fixture(scope="module")
def versions(
    expand: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], source: Template
) -> Mapping[str, str]:
    """The version's name in the stack, which publishes a new one when it changes, after each change."""
    templates = {}
    for name, change in PUBLISHED.items():
        templates[name] = copy.deepcopy(source)
        change(templates[name])
    return {name: _version(_expanded(verdict)) for name, verdict in expand(templates).items()}


def _expanded(verdict: Verdict) -> Template:
    assert verdict.expanded is not None, verdict.problems
    return verdict.expanded


def _version(expanded: Template) -> str:
    [name] = resources_of(expanded, "AWS::Lambda::Version")
    return name


def _resolved(expanded: Template, name: str, **parameters: str) -> dict[str, Any]:
    """Give a resource's properties as Lambda gets them; each resource's own values are its name."""
    resolver = Resolver(
        expanded,
        parameters=parameters,
        resources={
            one: ResourceValue(one, attributes={"Arn": f"arn:{one}"}) for one in expanded["Resources"]
        },
        pseudo_parameters={"AWS::StackName": "clinic"},
    )
    properties = {
        key: value for key, value in properties_of(expanded, name).items() if key != "FunctionVersion"
    }
    resolved: dict[str, Any] = resolver.value(properties, at=name)
    return resolved


# ── Who is served by it ──


def test_reading_routes_lead_to_the_live_version(expanded: Template) -> None:
    paths = properties_of(expanded, "Api")["Body"]["paths"]

    uris = [
        operations["get"]["x-amazon-apigateway-integration"]["uri"]
        for path, operations in paths.items()
        if path in {"/teleconsultation/{id}", "/teleconsultation/{id}/join"}
    ]

    assert len(uris) == 2
    assert all(f"functions/${{{LIVE}}}/invocations" in uri["Fn::Sub"] for uri in uris)


def test_the_live_version_is_the_one_that_is_published(expanded: Template) -> None:
    alias = properties_of(expanded, LIVE)

    assert (alias["FunctionName"], alias["Name"]) == ({"Ref": READER}, "live")
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [_version(expanded), "Version"]}


def test_api_gateway_may_call_the_live_version_alone(expanded: Template) -> None:
    called = [
        permission["Properties"]["FunctionName"]
        for name, permission in resources_of(expanded, "AWS::Lambda::Permission").items()
        if name.startswith(READER)
    ]

    assert called == [{"Ref": LIVE}, {"Ref": LIVE}]


# ── When it is published ──


@pytest.mark.parametrize("change", PUBLISHED)
def test_a_change_of_the_function_is_published(
    expanded: Template, versions: Mapping[str, str], change: str
) -> None:
    assert versions[change] != _version(expanded)


def test_a_parameter_is_published_when_it_reaches_the_function_and_only_then(expanded: Template) -> None:
    version, function = (_resolved(expanded, name) for name in (_version(expanded), READER))
    reaching = set()

    for parameter in expanded["Parameters"]:
        changed = {parameter: "another"}
        is_published = _resolved(expanded, _version(expanded), **changed) != version
        reaches = _resolved(expanded, READER, **changed) != function

        assert is_published == reaches, parameter
        reaching |= {parameter} if reaches else set()

    assert reaching >= {"EarlyJoinSeconds", "UserIdClaim", "ExistingTableName", "Architecture"}


def test_the_longest_settings_fit_into_a_versions_description(expanded: Template) -> None:
    longest = {name: _longest(name, parameter) for name, parameter in expanded["Parameters"].items()}

    description = _resolved(expanded, _version(expanded), **longest)["Description"]

    assert len(description) <= MAX_DESCRIPTION_CHARACTERS


def _longest(name: str, parameter: Mapping[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return max(map(str, parameter["AllowedValues"]), key=len)
    if "MaxValue" in parameter:
        return str(parameter["MaxValue"])
    character = "9" if name in ("EditFreezeSeconds", "ImmutablePeriodMs") else "x"
    lengths = [length for length in range(300) if re.search(parameter["AllowedPattern"], character * length)]
    return character * max(lengths, default=0)


def test_a_version_goes_when_the_next_one_is_live(expanded: Template) -> None:
    version = expanded["Resources"][_version(expanded)]

    # What replaces it in the same place deletes it anyway.
    assert version["DeletionPolicy"] == "Delete"
    assert "UpdateReplacePolicy" not in version


# ── Environments kept ready ──


def test_none_is_kept_ready_unless_asked_for(expanded: Template) -> None:
    alias = _resolved(expanded, LIVE)

    assert "ProvisionedConcurrencyConfig" not in alias


def test_as_many_as_asked_for_are_kept_ready(expanded: Template) -> None:
    alias = _resolved(expanded, LIVE, ReadProvisionedConcurrency="5")

    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": "5"}


def test_nobody_waits_for_the_other_functions(expanded: Template) -> None:
    assert resources_of(expanded, "AWS::Lambda::Alias").keys() == {LIVE}
    assert "ReservedConcurrentExecutions" not in properties_of(expanded, READER)
