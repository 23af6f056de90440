"""Serve the files of the call page; browsers revalidate them at each load."""

import os
from pathlib import PurePath
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Not from `mimetypes`, which reads the machine's tables: browsers do not run modules with a wrong type.
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageAssets(StaticFiles):
    """One folder of files with fixed content types."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return the file with headers against type sniffing and stale copies."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        content_type = _CONTENT_TYPES.get(PurePath(full_path).suffix)
        if content_type and "content-type" in response.headers:
            response.headers["Content-Type"] = content_type
        return response
