"""CloudFront's caching of errors, names that are unique in an account, and HSTS."""

import json
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver
from tests.infrastructure.conftest import Template, properties_of, resources_of

# CloudFront keeps these for ten seconds unless it is told otherwise, some of them in spite of `no-store`. The
# documented list has 412 and 415 too, which cannot be configured and need a max-age that our API never sends;
# 416 and 429 are never kept.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
KEPT_BY_DEFAULT = {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
HEADERS_POLICIES = ("SitePageHeaders", "CallEndedHeaders", "AssetHeaders", "ApiHeaders")


def _resolved(expanded: Template, name: str, **parameters: str) -> dict[str, Any]:
    resolver = Resolver(
        expanded, parameters=parameters, resources={}, pseudo_parameters={"AWS::StackName": "clinic"}
    )
    node = properties_of(expanded, name)["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    resolved: dict[str, Any] = resolver.value(node["StrictTransportSecurity"], at=name)
    return resolved


def test_no_error_of_one_caller_is_cached(expanded: Template) -> None:
    config = properties_of(expanded, "SiteDistribution")["DistributionConfig"]

    # Equal, so that nothing is rewritten: the API's own problem documents pass.
    assert sorted(config["CustomErrorResponses"], key=lambda each: each["ErrorCode"]) == [
        {"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in sorted(KEPT_BY_DEFAULT)
    ]


def test_names_that_are_unique_in_an_account_contain_the_region(expanded: Template) -> None:
    named = {
        name: json.dumps(found)
        for kind in ("ResponseHeadersPolicy", "OriginAccessControl", "Function")
        for name, resource in resources_of(expanded, f"AWS::CloudFront::{kind}").items()
        if (found := _name(resource["Properties"]))
    }

    assert named.keys() == {
        *HEADERS_POLICIES,
        "SiteAccessControl",
        "OriginalAddressFunction",
        "PageRewriteFunction",
    }
    assert [name for name, found in named.items() if "${AWS::StackName}-${AWS::Region}" not in found] == []


def _name(properties: dict[str, Any]) -> Any:
    """Give the Name property, which some resources have inside their configuration."""
    if "Name" in properties:
        return properties["Name"]
    return next(value["Name"] for value in properties.values() if isinstance(value, dict) and "Name" in value)


@pytest.mark.parametrize("policy", HEADERS_POLICIES)
def test_hsts_covers_subdomains_only_if_configured(expanded: Template, policy: str) -> None:
    assert _resolved(expanded, policy)["IncludeSubdomains"] == "false"
    assert _resolved(expanded, policy, HstsIncludeSubdomains="true")["IncludeSubdomains"] == "true"
