from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from deployment.template.application import Application, Cors, Function
from local.gateway.exchange import Request, Response
from local.gateway.http_api import MAXIMUM_BODY_BYTES, Gateway
from local.gateway.invoker import FunctionError, FunctionTimeoutError
from local.issuer import AUDIENCE, TokenIssuer

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


@dataclass
class FakeInvoker:
    """Answers with `result`, or raises it, and keeps what it was asked."""

    result: Any = field(default_factory=lambda: {"statusCode": 200, "body": "done"})
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, function: Function, *, event: Any, request_id: str, timeout_seconds: float) -> Any:
        self.calls.append({"function": function.name, "event": event, "timeout_seconds": timeout_seconds})
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def invoker() -> FakeInvoker:
    return FakeInvoker()


@pytest.fixture
def gateway(application: Application, invoker: FakeInvoker, tokens: TokenIssuer) -> Gateway:
    documents = {
        f"{tokens.url}/.well-known/openid-configuration": tokens.discovery(),
        f"{tokens.url}/.well-known/jwks.json": tokens.key_set(),
    }
    return Gateway(application, invoker=invoker, clock=lambda: NOW, fetch=documents.__getitem__)


@pytest.fixture
def token(tokens: TokenIssuer) -> str:
    return tokens.token("user-1", claims={"aud": "two", "scope": "items/write"})


def test_the_function_of_the_route_gets_the_event(gateway: Gateway, invoker: FakeInvoker, token: str) -> None:
    response = gateway.handle(get("/api/items/7", token=token))

    assert (response.status, response.body) == (200, b"done")
    [call] = invoker.calls
    assert call["function"] == "ReadFunction"
    assert call["event"]["pathParameters"] == {"id": "7"}
    assert call["event"]["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "user-1"
    assert call["event"]["stageVariables"] == {"pageBaseUrl": "https://site.example"}


def test_a_further_stage_has_the_same_routes_and_the_event_names_it(
    gateway: Gateway, invoker: FakeInvoker, token: str
) -> None:
    gateway.handle(get("/second/items/7", token=token))

    [call] = invoker.calls
    assert call["function"] == "ReadFunction"
    assert call["event"]["rawPath"] == "/second/items/7"
    assert call["event"]["requestContext"]["stage"] == "second"
    assert call["event"]["stageVariables"] == {"pageBaseUrl": "https://site.example"}
    assert gateway.route_key(get("/second/items/7")) == "GET /items/{id}"
    assert gateway.handle(get("/third/items/7", token=token)).status == 404


class TestOtherSites:
    SITE = "https://portal.example"

    @pytest.fixture
    def open_gateway(self, application: Application, invoker: FakeInvoker, tokens: TokenIssuer) -> Gateway:
        cors = Cors(
            origins=(self.SITE,),
            methods=("GET",),
            request_headers=("authorization",),
            response_headers=("etag", "retry-after"),
            seconds=3600,
        )
        api = replace(application.api, cors=cors)
        documents = {
            f"{tokens.url}/.well-known/openid-configuration": tokens.discovery(),
            f"{tokens.url}/.well-known/jwks.json": tokens.key_set(),
        }
        return Gateway(
            replace(application, api=api), invoker=invoker, clock=lambda: NOW, fetch=documents.__getitem__
        )

    def test_an_allowed_site_may_ask_and_read(
        self, open_gateway: Gateway, invoker: FakeInvoker, token: str
    ) -> None:
        asked = Request("OPTIONS", "/api/items/7", headers=(("Origin", self.SITE),))

        preflight = open_gateway.handle(asked)
        refused = open_gateway.handle(replace(asked, method="GET"))
        read = open_gateway.handle(
            replace(asked, method="GET", headers=(*asked.headers, ("authorization", f"Bearer {token}")))
        )

        assert preflight.status == 204
        assert (
            dict(preflight.headers).items()
            >= {
                "access-control-allow-origin": self.SITE,
                "access-control-allow-methods": "GET",
                "access-control-allow-headers": "authorization",
                "access-control-max-age": "3600",
            }.items()
        )
        assert (refused.status, read.status, len(invoker.calls)) == (401, 200, 1)
        for response in (refused, read):
            assert (
                dict(response.headers).items()
                >= {
                    "access-control-allow-origin": self.SITE,
                    "access-control-expose-headers": "etag,retry-after",
                }.items()
            )

    @pytest.mark.parametrize(
        "headers", [(), (("origin", "https://other.example"),), (("origin", "null"),)], ids=str
    )
    @pytest.mark.parametrize("method", ["OPTIONS", "GET"])
    def test_others_may_not(
        self, open_gateway: Gateway, method: str, headers: tuple[tuple[str, str], ...]
    ) -> None:
        response = open_gateway.handle(Request(method, "/api/items/7", headers=headers))

        assert not [name for name, _ in response.headers if name.startswith("access-control")]


def test_every_answer_names_its_request(gateway: Gateway, invoker: FakeInvoker) -> None:
    response = gateway.handle(get("/api/health"))

    [call] = invoker.calls
    assert dict(response.headers)["apigw-requestid"] == call["event"]["requestContext"]["requestId"]


def test_an_unknown_route_is_not_found_even_without_a_token(gateway: Gateway, invoker: FakeInvoker) -> None:
    response = gateway.handle(get("/api/nothing"))

    assert summary(response) == (404, b'{"message":"Not Found"}')
    assert invoker.calls == []


@pytest.mark.parametrize(("tokens_shown", "status"), [(0, 401), (1, 403)])
def test_a_caller_who_may_not_pass_never_reaches_the_function(
    gateway: Gateway, invoker: FakeInvoker, tokens: TokenIssuer, tokens_shown: int, status: int
) -> None:
    headers = (("authorization", tokens.token("user-1", claims={"aud": "one"})),) * tokens_shown

    response = gateway.handle(Request(method="POST", path="/api/items", headers=headers))

    assert response.status == status
    assert invoker.calls == []


def test_a_route_without_authorizer_needs_no_token(gateway: Gateway, invoker: FakeInvoker) -> None:
    gateway.handle(get("/api/health"))

    [call] = invoker.calls
    assert "authorizer" not in call["event"]["requestContext"]


def test_a_failed_function_says_nothing_of_its_reason(gateway: Gateway, invoker: FakeInvoker) -> None:
    invoker.result = FunctionError("the reason")

    response = gateway.handle(get("/api/health"))

    assert summary(response) == (500, b'{"message":"Internal Server Error"}')


def test_a_function_over_its_own_time_is_a_failed_one(
    gateway: Gateway, invoker: FakeInvoker, token: str
) -> None:
    invoker.result = FunctionTimeoutError("too slow")

    response = gateway.handle(get("/api/items/7", token=token))

    assert summary(response) == (500, b'{"message":"Internal Server Error"}')
    assert invoker.calls[0]["timeout_seconds"] == 7


def test_a_function_the_gateway_does_not_wait_for_is_unavailable(
    gateway: Gateway, invoker: FakeInvoker, token: str
) -> None:
    invoker.result = FunctionTimeoutError("too slow")

    response = gateway.handle(Request(method="POST", path="/api/items", headers=(("authorization", token),)))

    assert summary(response) == (503, b'{"message":"Service Unavailable"}')
    assert invoker.calls[0]["timeout_seconds"] == 20


def test_a_body_over_ten_megabytes_is_refused(gateway: Gateway, token: str) -> None:
    headers = (("authorization", token),)

    largest = gateway.handle(Request("POST", "/api/items", headers=headers, body=b"x" * MAXIMUM_BODY_BYTES))
    too_large = gateway.handle(
        Request("POST", "/api/items", headers=headers, body=b"x" * (MAXIMUM_BODY_BYTES + 1))
    )

    assert largest.status == 200
    assert summary(too_large) == (413, b'{"message":"Request Entity Too Large"}')


def test_headers_over_ten_kilobytes_are_refused(gateway: Gateway) -> None:
    response = gateway.handle(Request("GET", "/api/health", headers=(("x-large", "x" * 10_300),)))

    assert summary(response) == (431, b'{"message":"Request Header Fields Too Large"}')


def test_the_log_gets_the_route_and_no_id(gateway: Gateway) -> None:
    assert gateway.route_key(get("/api/items/7")) == "GET /items/{id}"
    assert gateway.route_key(get("/api/nothing")) is None


def get(path: str, *, token: str | None = None) -> Request:
    headers = () if token is None else (("authorization", f"Bearer {token}"),)
    return Request(method="GET", path=path, headers=headers)


def summary(response: Response) -> tuple[int, bytes]:
    return response.status, response.body


def test_the_issuers_usual_audience_is_not_this_apis(gateway: Gateway, tokens: TokenIssuer) -> None:
    assert AUDIENCE not in ("one", "two")
    assert gateway.handle(get("/api/items/7", token=tokens.token("user-1"))).status == 401
