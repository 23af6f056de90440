"""PageRewriteFunction, the very code of the template, run by Node as CloudFront runs it.

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
# Where a request goes; the page's own address is every visit's, whatever its id looks like.
DESTINATIONS = {
    f"/teleconsultation/{ID}": PAGE,
    "/teleconsultation/anything-at-all": PAGE,
    f"/teleconsultation/{ID}/": PAGE,
    "/teleconsultation/%E2%9C%93": PAGE,
    "/": "/",
    "/index.html": "/index.html",
    "/main.js": "/main.js",
    "/config.json": "/config.json",
    "/call/call.js": "/call/call.js",
    "/translations/it.json": "/translations/it.json",
    CALL_ENDED_PATH: CALL_ENDED_PATH,
    "/teleconsultation": "/teleconsultation",
    "/teleconsultation/": "/teleconsultation/",
    f"/teleconsultation/{ID}//": f"/teleconsultation/{ID}//",
    f"/teleconsultation/{ID}/join": f"/teleconsultation/{ID}/join",
    f"/x/teleconsultation/{ID}": f"/x/teleconsultation/{ID}",
    f"/teleconsultations/{ID}": f"/teleconsultations/{ID}",
    f"/TELECONSULTATION/{ID}": f"/TELECONSULTATION/{ID}",
}


@pytest.fixture(scope="module")
def answers(source: Template) -> Mapping[str, dict[str, Any]]:
    """What the function makes of each request."""
    code = properties_of(source, "PageRewriteFunction")["FunctionCode"]
    requests = [_request(uri) for uri in DESTINATIONS]
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
    return dict(zip(DESTINATIONS, json.loads(result.stdout), strict=True))


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
    files = [uri for uri in DESTINATIONS if "." in uri]

    assert files
    assert all((PROJECT / "frontend_static" / uri.removeprefix("/")).is_file() for uri in files)


def test_only_the_site_is_rewritten_and_the_code_is_published(source: Template) -> None:
    distribution = properties_of(source, "SiteDistribution")["DistributionConfig"]
    function = properties_of(source, "PageRewriteFunction")

    assert distribution["DefaultCacheBehavior"]["FunctionAssociations"] == [
        {
            "EventType": "viewer-request",
            "FunctionARN": {"Fn::GetAtt": ["PageRewriteFunction", "FunctionARN"]},
        }
    ]
    assert not [one for one in distribution["CacheBehaviors"] if "FunctionAssociations" in one]
    assert function["AutoPublish"] is True
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
