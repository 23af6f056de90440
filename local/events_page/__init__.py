"""An endpoint of a booking system, and the page that shows what it was told: `/events` of `make run`.

It verifies signatures as a receiver has to, by the standard's text and not by the service's code.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

PATH: Final = "/events"
INBOX_PATH: Final = "/events/inbox"
_FOLDER: Final = Path(__file__).parent
_TOLERANCE_SECONDS: Final = 300
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def new_secret() -> str:
    """Return a secret of Standard Webhooks."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class Inbox:
    """The events that have arrived, each once, in the order in which they came."""

    def __init__(self, secret: str) -> None:
        """Keep the secret of this endpoint."""
        self.secret = secret
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._events: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def take(self, body: bytes, *, headers: Mapping[str, str]) -> bool:
        """Keep an event and return whether its signature is right."""
        event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > _TOLERANCE_SECONDS:
            return False
        text = b".".join((event_id.encode(), timestamp.encode(), body))
        expected = f"v1,{base64.b64encode(hmac.digest(self._key, text, hashlib.sha256)).decode()}"
        given = headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
            return False
        with self._lock:
            self._events.setdefault(event_id, json.loads(body))
        return True

    def events(self) -> list[dict[str, Any]]:
        """Return all events."""
        with self._lock:
            return list(self._events.values())


def create_app(inbox: Inbox) -> Router:
    """Return the ASGI application of all paths below `PATH`."""

    async def receive(request: Request) -> Response:
        is_right = inbox.take(await request.body(), headers=request.headers)
        return Response(status_code=204 if is_right else 401)

    def page(_request: Request) -> Response:
        return FileResponse(_FOLDER / "index.html", headers=_HEADERS)

    def events(_request: Request) -> Response:
        return JSONResponse({"events": inbox.events()}, headers=_HEADERS)

    return Router(
        [
            Route(PATH, page),
            Route(INBOX_PATH, receive, methods=["POST"]),
            Route(f"{PATH}/list", events),
            Mount(f"{PATH}/files", StaticFiles(directory=_FOLDER / "files")),
        ]
    )
