"""The site on a laptop, which on AWS is a private bucket behind CloudFront.

Paths that name no file are answered with index.html, as by the distribution's rewrite function.
config.json is generated for the local stack: the call's frame comes from the simulator over plain http.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployment.content_types import content_type
from deployment.template.site_headers import SiteHeaders

# The same patterns as PageRewriteFunction in template.yaml.
_PAGE_PATH: Final = re.compile(r"/+teleconsultation(?![\w-])", re.IGNORECASE)
_FILE_PATH: Final = re.compile(r"\.[a-z]+$|/\.")
# The path with its own cache behavior in the distribution.
CALL_ENDED_PATH: Final = "/call-ended.html"


def create_app(directory: Path, *, frame_origin: str, headers: SiteHeaders) -> ASGIApp:
    """Return the ASGI application that serves `directory` with the headers that CloudFront adds."""
    root = directory.resolve()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response = _answer(request, root=root, frame_origin=frame_origin)
        added = headers.call_ended if request.url.path == CALL_ENDED_PATH else headers.page
        for name, value in added.items():
            response.headers[name] = value
        await response(scope, receive, send)

    return app


def _answer(request: Request, *, root: Path, frame_origin: str) -> Response:
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Method not allowed", status_code=405, headers={"allow": "GET, HEAD"})
    path = request.url.path
    if path == "/config.json":
        return JSONResponse(local_configuration(root / "config.json", frame_origin=frame_origin))
    is_page = _PAGE_PATH.match(path) or not _FILE_PATH.search(path)
    file = find_file(root, path="/index.html" if is_page else path)
    if file is None:
        return PlainTextResponse("Not found", status_code=404)
    return FileResponse(file, media_type=content_type(file))


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
