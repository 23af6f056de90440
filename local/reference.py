"""The API's reference at /docs: docs/openapi.html, which `make openapi` makes from docs/openapi.yaml."""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

PATH: Final = "/docs"
# The page's own policy, which it holds itself, cannot say who may frame it.
_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def create_app(file: Path) -> Route:
    """Return the ASGI application that answers GET and HEAD of `PATH` with `file`."""

    def answer(_request: Request) -> Response:
        return FileResponse(file, media_type="text/html; charset=utf-8", headers=_HEADERS)

    return Route(PATH, answer)
