"""Convert an HTTP request into a Lambda event of payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from deployment.template.application import ACCOUNT_ID, HttpApi
from local.gateway.authorizer import Identity
from local.gateway.exchange import Json, Request
from local.gateway.routes import RouteMatch

API_ID: Final = "local"
_TEXT_TYPES: Final = ("application/json", "application/xml", "application/javascript")
_TEXT_SUFFIXES: Final = ("+json", "+xml")


def build_event(
    request: Request,
    *,
    api: HttpApi,
    stage: str,
    match: RouteMatch,
    identity: Identity | None,
    request_id: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the event that API Gateway would send for this request; `now` is an aware UTC time.

    Empty keys (cookies, query, path parameters, stage variables, body) are left out, as on AWS.
    """
    # HTTP APIs decode the path in spite of the key's name; only the query string stays raw.
    path = unquote(request.path)
    host = request.header("host") or "localhost"
    domain = host.rsplit(":", 1)[0]
    cookies = _cookies(request)
    query = _query_parameters(request.query)
    context: dict[str, Any] = {
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.split(".", 1)[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent") or "",
        },
        "requestId": request_id,
        "routeKey": match.route.key,
        "stage": stage,
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if identity is not None:
        scopes = list(identity.scopes) if match.route.scopes else None
        context["authorizer"] = {"jwt": {"claims": claim_texts(identity.claims), "scopes": scopes}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": _headers(request, host=host, now=now),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if match.path_parameters:
        event["pathParameters"] = dict(match.path_parameters)
    if api.stage_variables:
        event["stageVariables"] = dict(api.stage_variables)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request)
    return event


def claim_texts(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the claims as API Gateway writes them: every value a text, a list as `[a b]`, null left out."""
    return {name: _claim_text(value) for name, value in claims.items() if value is not None}


def _claim_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(_claim_text(item) for item in value)}]"
    if isinstance(value, dict):
        # AWS was seen to write objects as JSON text; our own tokens have none.
        return json.dumps(value, separators=(",", ":"))
    return str(value)


def _headers(request: Request, *, host: str, now: datetime) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    headers.setdefault("content-length", str(len(request.body)))
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip
    headers["x-forwarded-port"] = host.rsplit(":", 1)[1] if ":" in host else "80"
    headers["x-forwarded-proto"] = "http"
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(now.timestamp()):08x}-{'0' * 24}")
    return headers


def _cookies(request: Request) -> list[str]:
    return [
        cookie.strip()
        for name, value in request.headers
        if name.lower() == "cookie"
        for cookie in value.split(";")
        if cookie.strip()
    ]


def _query_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _body(request: Request) -> tuple[str, bool]:
    content_type = (request.header("content-type") or "").split(";", 1)[0].strip().lower()
    if (
        content_type.startswith("text/")
        or content_type in _TEXT_TYPES
        or content_type.endswith(_TEXT_SUFFIXES)
    ):
        try:
            return request.body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode("ascii"), True
