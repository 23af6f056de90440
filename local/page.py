"""The site on a laptop, which on AWS is a private bucket behind CloudFront.

Paths that name no file are answered with index.html, as by the distribution's rewrite function. Its
configuration is the local stack's: the call's frame comes from the simulator over plain http.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployment.bundle import ASSETS
from deployment.content_types import content_type
from deployment.page_configuration import with_configuration
from deployment.site import KEPT
from deployment.template.site_headers import SiteHeaders

# The same patterns as PageRewriteFunction in template.yaml.
_PAGE_PATH: Final = re.compile(r"/+(telecons-fe/+)?teleconsultation(?![\w-])", re.IGNORECASE)
_FILE_PATH: Final = re.compile(r"\.[a-z]+$|/\.")
# The path with its own cache behavior in the distribution.
CALL_ENDED_PATH: Final = "/call-ended.html"


def create_app(
    directory: Path, *, configuration: Callable[[], Mapping[str, Any]], headers: SiteHeaders
) -> ASGIApp:
    """Return the ASGI application that serves `directory`, sources or built, with CloudFront's headers."""
    root = directory.resolve()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response = _answer(request, root=root, configuration=configuration)
        for name, value in _headers_for(request.url.path, headers).items():
            response.headers[name] = value
        await response(scope, receive, send)

    return app


def _headers_for(path: str, headers: SiteHeaders) -> Mapping[str, str]:
    """Return the headers of the distribution's behavior for a path."""
    if path == CALL_ENDED_PATH:
        return headers.call_ended
    return headers.assets if path.startswith(f"/{ASSETS}/") else headers.page


def _answer(request: Request, *, root: Path, configuration: Callable[[], Mapping[str, Any]]) -> Response:
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Method not allowed", status_code=405, headers={"allow": "GET, HEAD"})
    path = request.url.path
    is_page = _PAGE_PATH.match(path) or not _FILE_PATH.search(path)
    file = find_file(root, path="/index.html" if is_page else path)
    if file is None:
        return PlainTextResponse("Not found", status_code=404)
    kind = content_type(file)
    if file.suffix == ".html":
        document = with_configuration(file.read_text(encoding="utf-8"), configuration())
        return Response(document, media_type=kind)
    # The object's own header in the bucket.
    kept = {"cache-control": KEPT} if path.startswith(f"/{ASSETS}/") else None
    return FileResponse(file, media_type=kind, headers=kept)


def find_file(root: Path, *, path: str) -> Path | None:
    """Return the file for a decoded URL path; None for hidden files, folders and paths outside `root`."""
    parts = path.split("/")[1:]
    if not parts or any(part in ("", "..") or part.startswith(".") or "\0" in part for part in parts):
        return None
    file = root.joinpath(*parts).resolve()
    # A symbolic link could still point outside.
    return file if file.is_relative_to(root) and file.is_file() else None


def local_configuration(shipped: Path, *, frame_origin: str) -> dict[str, Any]:
    """Return the shipped configuration with the values that differ on a laptop."""
    configuration: dict[str, Any] = json.loads(shipped.read_text(encoding="utf-8"))
    return {**configuration, "frameOrigins": [frame_origin], "localMode": True}
