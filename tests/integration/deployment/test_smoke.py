"""The questions asked after a deployment, put to the local stack, which answers as a deployed one does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from bandyer import BandyerClient, StaticApiKey
from deployment.company import differences, wanted_settings
from deployment.errors import DeploymentError
from deployment.oidc import check_issuer
from deployment.smoke import smoke_test
from deployment.stack import Outputs
from local.asgi_server import AsgiServer
from local.gateway.invoker import PROJECT_ROOT
from local.ports import HOST, Ports
from local.stack import Stack


@pytest.fixture
def outputs(stack: Stack) -> Outputs:
    return Outputs(
        page_url=stack.site_url,
        api_url=stack.api_url,
        bucket="bucket",
        distribution_id="E1",
        frame_origins=(stack.bandyer.url,),
        enters_directly=False,
        clinic={},
        sign_in={},
        table_name=stack.table_name,
        secret_arn="arn",
        dashboard="Dashboard",
        consent={"version": "", "url": "", "texts": {}},
    )


def _failed(outputs: Outputs) -> dict[str, list[str]]:
    findings = smoke_test(outputs, retry_seconds=0)
    return {finding.check: list(finding.problems) for finding in findings if finding.problems}


@contextmanager
def _served(answer: Callable[[Request], Response]) -> Iterator[str]:
    """A service that is not ours, or not whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(Request(scope))(scope, receive, send)

    port = Ports.free().gateway
    with AsgiServer(app, host=HOST, port=port):
        yield f"http://{HOST}:{port}"


def test_a_stack_that_works_passes(outputs: Outputs) -> None:
    findings = smoke_test(outputs, retry_seconds=0)

    assert len(findings) == 9
    assert [finding for finding in findings if finding.problems] == []


def test_a_configuration_of_another_stack_is_found(outputs: Outputs) -> None:
    other = replace(outputs, frame_origins=("https://other.example",), clinic={"links": {"help": "other"}})

    assert _failed(other) == {
        "the page's headers are complete": ["content-security-policy lacks https://other.example"],
        "the page has this API and this provider": [
            "frameOrigins are not the stack's",
            "links is not the stack's",
        ],
    }


def test_an_open_api_is_found(outputs: Outputs) -> None:
    with _served(lambda _: JSONResponse({"roomId": "1"})) as url:
        failed = _failed(replace(outputs, api_url=f"{url}/api"))

    assert failed["the API refuses callers without a token"] == [
        f"{method} without a token is answered with 200" for method in ("POST", "PATCH", "DELETE", "GET")
    ]
    assert failed["callers of Mia-Platform's address are answered as there"] == [
        "the answer is 200",
        "it is not the answer of Mia-Platform's service",
    ]
    assert failed["the functions run"] == [
        "the answer is 200",
        "the content type is application/json",
        "the code is not missing_credentials",
    ]


def test_a_function_that_cannot_reach_the_table_is_found(outputs: Outputs) -> None:
    def answer(request: Request) -> Response:
        if "authorization" not in request.headers:
            return Response(
                json.dumps({"code": "missing_credentials"}), 401, media_type="application/problem+json"
            )
        return Response(
            json.dumps({"code": "storage_unavailable"}), 503, media_type="application/problem+json"
        )

    with _served(answer) as url:
        failed = _failed(replace(outputs, api_url=f"{url}/api"))

    assert failed["the functions reach the table"] == [
        "the answer is 503",
        "the code is not not_a_participant",
    ]
    assert "the functions run" not in failed


def test_a_page_that_sends_elsewhere_is_found(outputs: Outputs) -> None:
    with _served(lambda _: RedirectResponse("/login")) as url:
        failed = _failed(replace(outputs, page_url=url))

    assert failed["a visit's address shows the page"][0] == "the answer is 307"
    assert failed["the page has this API and this provider"] == ["the page has no configuration"]


def test_silence_is_found(outputs: Outputs) -> None:
    nowhere = f"http://{HOST}:{Ports.free().gateway}"

    failed = _failed(replace(outputs, page_url=nowhere, api_url=nowhere))

    assert set(map(tuple, failed.values())) == {("no answer: ConnectionError",)}


def test_the_issuer_is_read_before_anything_is_built(stack: Stack) -> None:
    url = stack.issuer.url
    endpoints = {
        "SignInClientId": "page",
        "SignInAuthorizationEndpoint": f"{url}/authorize?audience=clinic",
        "SignInTokenEndpoint": f"{url}/token",
    }

    check_issuer({"OidcIssuer": url})
    check_issuer({"OidcIssuer": url} | endpoints)

    with pytest.raises(DeploymentError, match="its document has"):
        check_issuer({"OidcIssuer": f"{url}/"})
    for wrong in ("SignInTokenEndpoint", "SignInAuthorizationEndpoint"):
        with pytest.raises(DeploymentError, match=f"{wrong} is .* has {url}/"):
            check_issuer({"OidcIssuer": url} | endpoints | {wrong: f"{url}/other"})
        with pytest.raises(DeploymentError, match=f"{wrong} is empty"):
            check_issuer({"OidcIssuer": url} | endpoints | {wrong: ""})


def test_an_issuer_that_is_none_is_refused(stack: Stack) -> None:
    with pytest.raises(DeploymentError, match=r"\.well-known/openid-configuration cannot be read"):
        check_issuer({"OidcIssuer": stack.site_url})


def test_the_laptops_company_leads_back_to_its_page(stack: Stack) -> None:
    client = BandyerClient(base_url=stack.bandyer.url, api_key=StaticApiKey(stack.bandyer.api_key))
    shipped = PROJECT_ROOT / "frontend_static/config.json"

    wanted = wanted_settings(page_url=stack.site_url, configuration=shipped)

    assert differences(wanted, client=client) == []
    assert wanted.redirect_url is not None
    assert httpx2.get(wanted.redirect_url, trust_env=False).status_code == 200
