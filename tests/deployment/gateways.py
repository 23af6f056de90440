"""The laptop's gateway and SAM CLI's in front of the same running functions."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import jwt
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.asgi_server import AsgiServer
from local.child_process import supervised
from local.gateway.event import claim_texts
from local.ports import HOST
from local.stack import Stack
from tests.deployment.runtime import LambdaRuntimes, UnhandledError, free_port
from tests.deployment.sam import REGION, TOOLS

START_TIMEOUT_SECONDS: Final = 60.0
SCRIPT: Final = Path(__file__).with_name("sam_gateway.py")

type Json = Any


@dataclass(frozen=True)
class Request:
    """An HTTP request; the path is relative to the stage."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def send(self, url: str) -> httpx2.Response:
        """Send it to a gateway without headers of the client that could differ."""
        with httpx2.Client(base_url=url, trust_env=False) as http:
            return http.request(self.method, self.path, headers=self.headers, content=self.body)


def completed(event: Json, *, stack: Stack) -> Json:
    """Add to an event of SAM CLI the values that only API Gateway sets.

    SAM CLI has no JWT authorizer, so the claims come from the unverified token. It serves no
    stage, so the path does not begin with one, and it resolves no stage variables.
    """
    [route] = [route for route in stack.application.api.routes if route.key == event["routeKey"]]
    context = dict(event["requestContext"])
    headers = {name.lower(): value for name, value in event["headers"].items()}
    if route.authorizer is not None:
        context["authorizer"] = _authorizer(headers.get("authorization", ""), scoped=bool(route.scopes))
    return {
        **event,
        "rawPath": f"/{stack.application.api.stage}{event['rawPath']}",
        "requestContext": context,
        "stageVariables": dict(stack.application.api.stage_variables),
    }


def _authorizer(authorization: str, *, scoped: bool) -> Json:
    token = authorization.removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False}) if token else {}
    scopes = str(claims.get("scope", "")).split()
    return {"jwt": {"claims": claim_texts(claims), "scopes": scopes if scoped else None}}


@contextmanager
def running_sam_gateway(
    template: Path, *, stack: Stack, runtimes: LambdaRuntimes, log: Path
) -> Iterator[str]:
    """Run SAM CLI's gateway for a built template until the block ends; yields its address."""

    async def run(request: HttpRequest) -> JSONResponse:
        event = completed(json.loads(await request.body()), stack=stack)
        runtime = runtimes.runtimes[request.path_params["function"]]
        try:
            return JSONResponse(await run_in_threadpool(runtime.invoke, event))
        except UnhandledError as error:
            return JSONResponse(error.report)

    port = free_port()
    functions = AsgiServer(Starlette(routes=[Route("/{function}", run, methods=["POST"])]))
    with functions, log.open("ab") as output:
        command = [str(TOOLS / "sam/bin/python"), str(SCRIPT), str(template), str(port), functions.url]
        environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION, "HOME": str(log.parent)}
        with supervised(command, environment=environment, log=output) as process:
            url = f"http://{HOST}:{port}"
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
            while not _answers(url):
                assert process.poll() is None, f"SAM CLI's gateway ended; its log is {log}"
                assert time.monotonic() < deadline, f"SAM CLI's gateway was not ready in time; see {log}"
                time.sleep(0.02)
            yield url


def _answers(url: str) -> bool:
    try:
        httpx2.get(url, trust_env=False)
    except httpx2.TransportError:
        return False
    return True
