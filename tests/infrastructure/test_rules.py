"""The template's rules: CloudFormation refuses parameters that contradict each other."""

from collections.abc import Collection
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver
from tests.infrastructure.conftest import Template

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf"
NEEDED = {
    "OidcIssuer": "https://login.clinic.example/",
    "OidcAudience": "booking",
    "FrameOrigins": "https://visits.bandyer.com",
}
CONTRADICTIONS = {
    "DomainNeedsCertificate": {"SiteDomainName": "visits.clinic.example"},
    "OneDirectory": {
        "UsersApiEndpoint": "https://users.example",
        "Auth0Domain": "x",
        "DirectorySecretArn": ARN,
    },
    "Auth0NeedsSecret": {"Auth0Domain": "clinic.auth0.com"},
    "ConsentNeedsText": {"ConsentVersion": "1"},
    "ProbeNeedsJoinLinks": {"ProbeSecretArn": ARN, "JoinLinks": "false"},
    "EventsNeedTheStreamOfAnExistingTable": {"ExistingTableName": "visits", "EventBusName": "events"},
    "SandboxFrameNeedsSandboxApi": {
        "BandyerBaseUrl": "https://api.eu.bandyer.com",
        "FrameOrigins": "https://visits.bandyer.com,https://sandbox.bandyer.com",
    },
}


def _broken_rules(source: Template, parameters: dict[str, str]) -> Collection[str]:
    resolver = Resolver(source, parameters=NEEDED | parameters, resources={}, pseudo_parameters={})

    def holds(node: Any) -> bool:
        match node:
            # Resources may not use Fn::Contains, so the resolver does not know it.
            case {"Fn::Contains": [texts, text]}:
                return text in resolver.value(texts, at="rule")
            case {"Fn::Not": [inner]}:
                return not holds(inner)
            case _:
                return bool(resolver.value(node, at="rule"))

    return [
        name
        for name, rule in source["Rules"].items()
        if ("RuleCondition" not in rule or holds(rule["RuleCondition"]))
        and not all(holds(assertion["Assert"]) for assertion in rule["Assertions"])
    ]


@pytest.mark.parametrize("rule", CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_refused(source: Template, rule: str) -> None:
    assert _broken_rules(source, CONTRADICTIONS[rule]) == [rule]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"BandyerBaseUrl": "https://api.eu.bandyer.com"}, {"FrameOrigins": "https://sandbox.bandyer.com"}],
    ids=["needed alone", "production", "sandbox"],
)
def test_settings_that_fit_are_accepted(source: Template, parameters: dict[str, str]) -> None:
    assert _broken_rules(source, parameters) == []


def test_every_rule_has_its_contradiction(source: Template) -> None:
    assert source["Rules"].keys() == CONTRADICTIONS.keys()
