"""What API Gateway and Lambda hand to a function (HTTP API, payload format 2.0)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

MANAGER = {"sub": "booking-system", "scope": "openid teleconsultation/manage"}


@dataclass(frozen=True)
class StandingContext:
    """A Lambda context whose time does not run."""

    function_name: str = "function"
    function_version: str = "1"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:function"
    aws_request_id: str = "d0e8bb0c-7b2b-4f8b-9a45-6a9ed1b5a1f1"
    remaining_milliseconds: int = 20_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds


def lambda_context(*, remaining_milliseconds: int = 20_000) -> LambdaContext:
    """Return a context, under the type the handlers ask for."""
    return cast(LambdaContext, StandingContext(remaining_milliseconds=remaining_milliseconds))


def routed_event(
    method: str,
    route: str,
    *,
    parameters: Mapping[str, str],
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event of any route, from a manager; `parameters` are the values of its path."""
    event = http_event(method, body=body, headers=headers)
    path = f"/api{route}"
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    event["requestContext"]["http"]["path"] = event["rawPath"] = path
    return event | {"routeKey": f"{method} {route}", "pathParameters": dict(parameters)}


def http_event(
    method: str = "GET",
    *,
    teleconsultation_id: str | None = None,
    body: object = None,
    claims: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    join: bool = False,
    stage: str = "api",
    end: str = "",
) -> dict[str, Any]:
    """Return an event of a stage of our API; a `body` that is no text is written as JSON.

    `join` makes it one of the route of join links, which has no authorizer. `end` is the path after the id.
    """
    tail = "" if teleconsultation_id is None else f"/{teleconsultation_id}"
    end = "/join" if join else end
    path = f"/{stage}/teleconsultation{tail}{end}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} /teleconsultation{'/{id}' if tail else ''}{end}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "apiId": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "stage": stage,
        },
        "stageVariables": {"pageBaseUrl": "https://visits.example"},
        "isBase64Encoded": False,
    }
    if not join:
        jwt = {"claims": dict(MANAGER if claims is None else claims), "scopes": None}
        event["requestContext"]["authorizer"] = {"jwt": jwt}
    if tail:
        event["pathParameters"] = {"id": teleconsultation_id}
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event
