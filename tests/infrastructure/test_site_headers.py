"""The site's headers: what CloudFront adds, what the laptop's page server sends, and what the page needs."""

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from deployment.template.application import Template
from deployment.template.intrinsics import parse_template
from deployment.template.site_headers import read_site_headers
from local.page import CALL_ENDED_PATH
from tests.infrastructure.conftest import PROJECT

PROVIDER = "https://sandbox.bandyer.com"
LOCAL_PROVIDER = "http://127.0.0.1:8090"
GRANTED = (
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
    "fullscreen",
    "speaker-selection",
    "screen-wake-lock",
    "clipboard-write",
)
DENIED = ("geolocation", "payment", "usb", "serial", "hid", "midi")
SCRIPT_HASH = "sha256-7ppbZLQ233Pq11Pt24/xmSTvBI0AqSoZnYS5Sr8Y7/0="
PAGE_HEADERS = {
    "content-security-policy": f"default-src 'none'; script-src 'self' '{SCRIPT_HASH}'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    f"frame-src 'self' {PROVIDER}; frame-ancestors 'none'; form-action 'none'; base-uri 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "permissions-policy": ", ".join(
        [*(f'{name}=(self "{PROVIDER}")' for name in GRANTED), *(f"{name}=()" for name in DENIED)]
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
CALL_ENDED_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'; "
    "object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
ASSET_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def template() -> Template:
    return Template(PROJECT / "template.yaml")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))


def _policy(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    config: dict[str, Any] = document["Resources"][name]["Properties"]["ResponseHeadersPolicyConfig"]
    return config


def test_the_page_is_shut_in_and_the_call_is_let_out(template: Template) -> None:
    headers = read_site_headers(template, frame_origin=PROVIDER)

    assert headers.page == PAGE_HEADERS
    assert headers.call_ended == CALL_ENDED_HEADERS
    # Without Cache-Control, which would be added to the bucket's errors too.
    assert headers.assets == ASSET_HEADERS


def test_the_laptop_differs_in_the_providers_origin_alone(template: Template) -> None:
    headers = read_site_headers(template, frame_origin=LOCAL_PROVIDER)

    assert {
        name: value.replace(LOCAL_PROVIDER, PROVIDER) for name, value in headers.page.items()
    } == PAGE_HEADERS
    assert headers.call_ended == CALL_ENDED_HEADERS


def test_every_host_of_the_provider_is_named_for_every_feature(template: Template) -> None:
    hosts = "https://one.example,https://two.example:8443"

    headers = read_site_headers(template, frame_origin=hosts).page

    assert (
        "frame-src 'self' https://one.example https://two.example:8443;" in headers["content-security-policy"]
    )
    quoted = '(self "https://one.example" "https://two.example:8443")'
    assert re.findall(r"([a-z-]+)=" + re.escape(quoted), headers["permissions-policy"]) == list(GRANTED)


def test_the_page_may_talk_to_the_issuers_token_endpoint_and_nothing_else(template: Template) -> None:
    endpoint = "https://issuer.example/oauth2/token"

    headers = read_site_headers(template, frame_origin=PROVIDER, parameters={"SignInTokenEndpoint": endpoint})

    policy = headers.page["content-security-policy"]
    assert policy == PAGE_HEADERS["content-security-policy"].replace(
        "connect-src 'self'", f"connect-src 'self' {endpoint}"
    )
    assert headers.call_ended == CALL_ENDED_HEADERS


def test_named_sites_alone_may_frame_the_page_and_so_its_own_frame(template: Template) -> None:
    sites = "https://portal.example,https://app.example:8443"

    headers = read_site_headers(template, frame_origin=PROVIDER, parameters={"PageFrameAncestors": sites})

    named = sites.replace(",", " ")
    assert f"; frame-ancestors {named};" in headers.page["content-security-policy"]
    # Every ancestor of a frame must be allowed, and the page is one of call-ended.html's.
    assert f"; frame-ancestors 'self' {named};" in headers.call_ended["content-security-policy"]


@pytest.mark.parametrize("name", ["SitePageHeaders", "CallEndedHeaders"])
def test_over_https_nothing_goes_back_to_http(name: str, document: Mapping[str, Any]) -> None:
    security = _policy(document, name)["SecurityHeadersConfig"]
    policy = json.dumps(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])

    assert security["StrictTransportSecurity"] == {
        "AccessControlMaxAgeSec": 63_072_000,
        "IncludeSubdomains": {"Ref": "HstsIncludeSubdomains"},
        "Override": True,
    }
    assert "; upgrade-insecure-requests" in policy


def test_each_file_gets_the_headers_meant_for_it(document: Mapping[str, Any]) -> None:
    distribution = document["Resources"]["SiteDistribution"]["Properties"]["DistributionConfig"]
    default, behaviors = distribution["DefaultCacheBehavior"], distribution["CacheBehaviors"]

    policies = {
        behavior["PathPattern"]: behavior["ResponseHeadersPolicyId"]
        for behavior in behaviors
        if behavior["TargetOriginId"] == "site"
    }

    assert default["ResponseHeadersPolicyId"] == {"Ref": "SitePageHeaders"}
    assert policies == {CALL_ENDED_PATH: {"Ref": "CallEndedHeaders"}, "/assets/*": {"Ref": "AssetHeaders"}}


def test_the_policy_has_the_hash_of_the_documents_script() -> None:
    document = (PROJECT / "frontend_static/index.html").read_text(encoding="utf-8")

    [script] = re.findall(r"<script>(.*?)</script>", document, re.DOTALL)

    digest = hashlib.sha256(script.encode()).digest()
    assert f"sha256-{base64.b64encode(digest).decode()}" == SCRIPT_HASH


def test_the_page_trusts_the_hosts_that_the_headers_name() -> None:
    configuration = json.loads((PROJECT / "frontend_static/config.json").read_text(encoding="utf-8"))
    samconfig = tomllib.loads((PROJECT / "samconfig.toml").read_text(encoding="utf-8"))
    settings = samconfig["default"]["deploy"]["parameters"]["parameter_overrides"]

    assert "FrameOrigins=" + ",".join(configuration["frameOrigins"]) in settings


def test_no_host_of_the_provider_is_trusted_that_the_operator_has_not_named(
    document: Mapping[str, Any],
) -> None:
    assert "Default" not in document["Parameters"]["FrameOrigins"]


def test_the_headers_grant_exactly_what_the_calls_frame_asks_for() -> None:
    script = (PROJECT / "frontend_static/call/call.js").read_text(encoding="utf-8")

    asked = re.findall(r'"([a-z-]+)"', script.partition("FEATURES = [")[2].partition("]")[0])

    assert sorted(asked) == sorted(GRANTED)
