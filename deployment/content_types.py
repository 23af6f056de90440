"""The content types of the site's files, for the laptop's page server and for the upload to the bucket."""

from pathlib import Path
from typing import Final

# Not from `mimetypes`, which reads the machine's tables: browsers do not run modules with a wrong type.
_CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def content_type(file: Path) -> str:
    """Return the type by the file's suffix; application/octet-stream for unknown ones."""
    return _CONTENT_TYPES.get(file.suffix, "application/octet-stream")
