"""The two functions of CloudFront, the very code of the template, run by Node as CloudFront runs them.

CloudFront's runtime 2.0 is a subset of ES 12 without modules: what runs here is run as a script.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
"""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from local.page import CALL_ENDED_PATH
from tests.infrastructure.conftest import PROJECT, TOOLS, Template, properties_of

ID = "0123456789abcdef01234567"
PAGE = "/index.html"
# Where a request goes; the page's own address is every visit's, also as mail programs damage it.
DESTINATIONS = {
    f"/teleconsultation/{ID}": PAGE,
    "/teleconsultation/anything-at-all": PAGE,
    f"/teleconsultation/{ID}/": PAGE,
    "/teleconsultation/%E2%9C%93": PAGE,
    f"/teleconsultation/{ID}//": PAGE,
    f"/teleconsultation/{ID}/join": PAGE,
    f"/teleconsultation//{ID}": PAGE,
    f"/teleconsultation/{ID}.": PAGE,
    f"/teleconsultation/{ID})": PAGE,
    f"/teleconsultation/{ID}.html": PAGE,
    f"/teleconsultation/{ID}%20": PAGE,
    f"/teleconsultation/{ID}%23j=secret": PAGE,
    f"/Teleconsultation/{ID}": PAGE,
    f"/TELECONSULTATION/{ID.upper()}": PAGE,
    f"//teleconsultation/{ID}": PAGE,
    f"/x/teleconsultation/{ID}": PAGE,
    f"/telecons-fe/teleconsultation/{ID}": PAGE,
    f"/telecons-fe/teleconsultation/{ID}/": PAGE,
    f"/telecons-fe/teleconsultation/{ID}.": PAGE,
    f"/telecons-fe/teleconsultation/{ID}.html": PAGE,
    f"//telecons-fe//Teleconsultation/{ID}).org": PAGE,
    "/telecons-fe/main.js": "/telecons-fe/main.js",
    f"/teleconsultations/{ID}": PAGE,
    "/teleconsultation": PAGE,
    "/teleconsultation/": PAGE,
    "/televisit": PAGE,
    "/": PAGE,
    "/index.html": "/index.html",
    "/main.js": "/main.js",
    "/config.json": "/config.json",
    "/call/call.js": "/call/call.js",
    "/translations/it.json": "/translations/it.json",
    "/assets/main-2RTEIE5Q.js": "/assets/main-2RTEIE5Q.js",
    "/assets/main-2RTEIE5Q.js.map": "/assets/main-2RTEIE5Q.js.map",
    CALL_ENDED_PATH: CALL_ENDED_PATH,
    "/teleconsultation-room.js": "/teleconsultation-room.js",
    "/favicon.ico": "/favicon.ico",
    "/.well-known/security": "/.well-known/security",
}
FILES = [uri for uri, destination in DESTINATIONS.items() if uri == destination]


@pytest.fixture(scope="module")
def answers(source: Template) -> Mapping[str, dict[str, Any]]:
    """What the function makes of each request."""
    code = properties_of(source, "PageRewriteFunction")["FunctionCode"]
    return dict(zip(DESTINATIONS, _handled(code, list(DESTINATIONS)), strict=True))


def _handled(code: str, uris: list[str]) -> list[dict[str, Any]]:
    requests = [_request(uri) for uri in uris]
    # Strict, as a mistaken assignment to an undeclared name would fail on CloudFront too.
    program = f'"use strict";\n{code}\n' + (
        'const requests = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));\n'
        "console.log(JSON.stringify(requests.map((request) => handler({ request }))));\n"
    )
    result = subprocess.run(
        [TOOLS / "node/bin/node", "-e", program],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    handled: list[dict[str, Any]] = json.loads(result.stdout)
    return handled


def _request(uri: str) -> dict[str, Any]:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
    return {
        "method": "GET",
        "uri": uri,
        "querystring": {"lang": {"value": "it"}},
        "headers": {"host": {"value": "site.example"}},
        "cookies": {},
    }


@pytest.mark.parametrize("uri", DESTINATIONS)
def test_a_visits_address_shows_the_page_and_nothing_else_moves(
    answers: Mapping[str, dict[str, Any]], uri: str
) -> None:
    assert answers[uri]["uri"] == DESTINATIONS[uri]


@pytest.mark.parametrize("uri", DESTINATIONS)
def test_the_rest_of_the_request_stays(answers: Mapping[str, dict[str, Any]], uri: str) -> None:
    assert answers[uri] | {"uri": uri} == _request(uri)


def test_the_files_named_here_exist() -> None:
    shipped = [uri for uri in FILES if (PROJECT / "frontend_static" / uri.removeprefix("/")).is_file()]

    assert set(FILES) - set(shipped) == {
        "/favicon.ico",
        "/telecons-fe/main.js",
        "/.well-known/security",
        "/assets/main-2RTEIE5Q.js",
        "/assets/main-2RTEIE5Q.js.map",
    }


def test_every_file_of_the_page_is_served_as_it_is(source: Template) -> None:
    code = properties_of(source, "PageRewriteFunction")["FunctionCode"]
    folder = PROJECT / "frontend_static"
    files = [f"/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*") if path.is_file()]

    assert [each["uri"] for each in _handled(code, files)] == files


def test_only_the_site_is_rewritten_and_the_code_is_published(source: Template) -> None:
    distribution = properties_of(source, "SiteDistribution")["DistributionConfig"]
    function = properties_of(source, "PageRewriteFunction")

    assert distribution["DefaultCacheBehavior"]["FunctionAssociations"] == [
        {
            "EventType": "viewer-request",
            "FunctionARN": {"Fn::GetAtt": ["PageRewriteFunction", "FunctionARN"]},
        }
    ]
    assert [
        one["PathPattern"] for one in distribution["CacheBehaviors"] if "FunctionAssociations" in one
    ] == ["/api/v1/telecons-be/*"]
    assert function["AutoPublish"] is True
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"


ORIGINALS = {
    f"/api/v1/telecons-be/teleconsultation/{ID}": f"/telecons-be/teleconsultation/{ID}",
    "/api/v1/telecons-be/teleconsultation": "/telecons-be/teleconsultation",
    "/api/v1/telecons-be/a%2Fb": "/telecons-be/a%2Fb",
    "/api/v1/telecons-be//api/v1/telecons-be/x": "/telecons-be//api/v1/telecons-be/x",
    "/api/v1/telecons-be/": "/telecons-be/",
}


@pytest.mark.parametrize("uri", ORIGINALS)
def test_the_originals_address_leads_to_its_stage_with_the_rest_as_it_is(source: Template, uri: str) -> None:
    code = properties_of(source, "OriginalAddressFunction")["FunctionCode"]

    [answer] = _handled(code, [uri])

    assert answer == _request(uri) | {"uri": ORIGINALS[uri]}
