import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from deployment.template.application import HttpApi, Route
from local.gateway.authorizer import Identity
from local.gateway.event import build_event, claim_texts
from local.gateway.exchange import Request
from local.gateway.routes import RouteMatcher

NOW = datetime(2026, 12, 1, 15, 30, 0, 250_000, tzinfo=UTC)


def event_of(
    request: Request, *, identity: Identity | None = None, scopes: tuple[str, ...] = (), **variables: str
) -> dict[str, Any]:
    routes = [
        Route(method=method, path=path, function="F", authorizer=None, scopes=scopes, timeout_seconds=30)
        for method, path in (("GET", "/items/{id}"), ("POST", "/items"))
    ]
    match = RouteMatcher(routes, stage="api").match(request.method, request.path)
    assert match is not None
    api = HttpApi(name="Api", stage="api", stage_variables=variables, routes=tuple(routes))
    return build_event(
        request, api=api, stage="api", match=match, identity=identity, request_id="request-1", now=NOW
    )


def post(body: bytes, *content_type: str) -> Request:
    return Request(
        method="POST",
        path="/api/items",
        body=body,
        headers=tuple(("Content-Type", it) for it in content_type),
    )


def test_the_whole_event_has_the_shape_of_payload_format_2_0() -> None:
    request = Request(
        method="GET",
        path="/api/items/my%20item",
        query="parameter1=value1&parameter1=value2&parameter2=a%20b+c&empty=",
        headers=(
            ("Host", "127.0.0.1:8080"),
            ("User-Agent", "agent"),
            ("Header2", "value1"),
            ("header2", "value2"),
            ("Cookie", "cookie1=a; cookie2=b"),
            ("X-Amzn-Trace-Id", "Root=1-1"),
        ),
    )
    identity = Identity(claims={"sub": "user-1"}, scopes=("scope1", "scope2"))

    event = event_of(request, identity=identity, scopes=("scope1",), stageVariable1="value1")

    assert event == {
        "version": "2.0",
        "routeKey": "GET /items/{id}",
        "rawPath": "/api/items/my item",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b+c&empty=",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "host": "127.0.0.1:8080",
            "user-agent": "agent",
            "header2": "value1,value2",
            "content-length": "0",
            "x-amzn-trace-id": "Root=1-1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "a b c", "empty": ""},
        "pathParameters": {"id": "my item"},
        "stageVariables": {"stageVariable1": "value1"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authorizer": {"jwt": {"claims": {"sub": "user-1"}, "scopes": ["scope1", "scope2"]}},
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "GET",
                "path": "/api/items/my item",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "requestId": "request-1",
            "routeKey": "GET /items/{id}",
            "stage": "api",
            "time": "01/Dec/2026:15:30:00 +0000",
            "timeEpoch": 1796139000250,
        },
        "isBase64Encoded": False,
    }


def test_what_a_request_does_not_have_is_left_out() -> None:
    event = event_of(Request(method="POST", path="/api/items"))

    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert absent.isdisjoint(event)
    assert event["rawQueryString"] == ""
    assert "authorizer" not in event["requestContext"]


def test_scopes_are_null_where_the_route_asks_for_none() -> None:
    identity = Identity(claims={"sub": "user-1", "scope": "a b"}, scopes=("a", "b"))

    event = event_of(Request(method="POST", path="/api/items"), identity=identity)

    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] is None


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/plain", "application/problem+json"],
)
def test_a_text_body_stays_text(content_type: str) -> None:
    event = event_of(post('{"name": "Zoë"}'.encode(), content_type))

    assert (event["body"], event["isBase64Encoded"]) == ('{"name": "Zoë"}', False)


@pytest.mark.parametrize(
    "content_type", [["application/octet-stream"], ["application/x-www-form-urlencoded"], []]
)
def test_any_other_body_is_base64(content_type: list[str]) -> None:
    event = event_of(post(b"a=1", *content_type))

    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"a=1").decode(), True)


def test_a_text_body_that_is_no_utf8_is_base64() -> None:
    event = event_of(post(b"\xff\xfe", "application/json"))

    assert (event["body"], event["isBase64Encoded"]) == ("//4=", True)


def test_an_empty_json_object_is_a_body() -> None:
    assert event_of(post(b"{}", "application/json"))["body"] == "{}"


def test_claims_become_texts_as_api_gateway_writes_them() -> None:
    claims = {
        "sub": "user-1",
        "exp": 1796139000,
        "email_verified": True,
        "groups": ["a", "b", 3],
        "nothing": None,
        "address": {"city": "Roma"},
    }

    assert claim_texts(claims) == {
        "sub": "user-1",
        "exp": "1796139000",
        "email_verified": "true",
        "groups": "[a b 3]",
        "address": '{"city":"Roma"}',
    }


def test_an_earlier_proxys_addresses_are_kept() -> None:
    request = Request(method="POST", path="/api/items", headers=(("X-Forwarded-For", "192.0.2.1"),))

    assert event_of(request)["headers"]["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
