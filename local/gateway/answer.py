"""Convert a Lambda result into an HTTP response by the rules of payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
from typing import Any, Final

from deployment.template.intrinsics import TemplateError, as_text
from local.gateway.exchange import Json, Response

_TEXT: Final = "text/plain;charset=UTF-8"


def build_response(result: Json) -> Response:
    """Return the HTTP response for a function's result; an invalid result becomes API Gateway's 500."""
    if not isinstance(result, dict) or "statusCode" not in result:
        # Without a status code the result itself is the body.
        return Response.json(200, result)
    try:
        status = int(result["statusCode"])
        body = _body(result)
        headers = [
            (str(name).lower(), as_text(value, at=name))
            for name, value in (result.get("headers") or {}).items()
        ]
        headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    except (TypeError, ValueError, AttributeError, TemplateError, binascii.Error):
        return internal_server_error()
    if not 100 <= status <= 599:
        return internal_server_error()
    # The gateway computes the content length itself and ignores the function's.
    headers = [(name, value) for name, value in headers if name != "content-length"]
    if body and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", _TEXT))
    return Response(status=status, headers=tuple(headers), body=body)


def internal_server_error() -> Response:
    """Return the response for a function that failed, timed out or returned an invalid result."""
    return Response.message(500, "Internal Server Error")


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError("the body is no text")
    return base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
