"""Decode requests to the provider's API and run operations behind HTTP endpoints."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bandyer_simulator.api.errors import ProviderError, invalid_request
from local.bandyer_simulator.memory.live_calls import refreshed
from local.bandyer_simulator.memory.state import State

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of an operation: the locked state, path parameters, and the fields of the request."""

    state: State
    path: Mapping[str, str]
    fields: Mapping[str, Any]


type Operation = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path of the v1 contract and the operation behind it."""

    method: str
    path: str
    operation: Operation
    accepts_form: bool = False

    def route(self, state: State) -> Route:
        """Return the Starlette route; the operation runs under the lock, so requests are atomic."""

        async def answer(request: Request) -> Response:
            try:
                fields = await _fields(request, accepts_form=self.accepts_form)
                with refreshed(state):
                    body = self.operation(Call(state, request.path_params, fields))
            except ProviderError as refusal:
                return JSONResponse(refusal.body(), status_code=refusal.status)
            # Choice: 200 for every success; the vendor documents no code, and a known v1 client expects 200.
            return JSONResponse(body)

        return Route(self.path, answer, methods=[self.method])


async def _fields(request: Request, *, accepts_form: bool) -> Json:
    """Return the fields of body and, for GET, query: the vendor documents filters in both places."""
    body = _object_in(
        await request.body(), content_type=request.headers.get("content-type", ""), form=accepts_form
    )
    return {**body, **request.query_params} if request.method in ("GET", "HEAD") else body


def _object_in(body: bytes, *, content_type: str, form: bool) -> Json:
    if not body.strip():
        return {}
    if content_type.startswith("multipart/form-data"):
        return _parts(body, content_type=content_type)
    # The vendor's samples post JSON with curl's default content type, urlencoded: the first byte decides.
    if form and "urlencoded" in content_type and not body.lstrip().startswith(b"{"):
        return dict(parse_qsl(body.decode("utf-8", errors="replace")))
    try:
        parsed = json.loads(body)
        # Half a surrogate pair is valid JSON but cannot be encoded as UTF-8 in an answer.
        json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(parsed, dict):
        raise _malformed()
    return parsed


def _parts(body: bytes, *, content_type: str) -> Json:
    """Return the fields of a form with files, each as bytes."""
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in form.walk()
        if not part.is_multipart()
    }


def _malformed() -> ProviderError:
    # Choice of code: the vendor's general table has 400 for a malformed request, without a code.
    return invalid_request("malformed_request", message="The request body is not a JSON object")
