"""Record all requests of browsers during a test and find forbidden ones."""

from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request


class Witness:
    """Records all requests of the watched contexts, including frames and pop-ups."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def watch(self, context: BrowserContext) -> None:
        # A function: Playwright sets attributes on its listeners, which a list's method does not allow.
        def note(request: Request) -> None:
            self.requests.append(request)

        context.on("request", note)

    def complaints(self, *, origins: Collection[str], secrets: Collection[str]) -> list[str]:
        """Return requests to foreign hosts, and secrets outside the Authorization header."""
        found = []
        for request in self.requests:
            scheme, host, *_ = urlsplit(request.url)
            if scheme in {"http", "https", "ws", "wss"} and f"{scheme}://{host}" not in origins:
                found.append(f"a request to {scheme}://{host}")
            sent = {name: value for name, value in request.headers.items() if name != "authorization"}
            if any(secret in f"{request.url} {sent} {request.post_data_buffer!r}" for secret in secrets):
                found.append(f"a secret in a request for {urlsplit(request.url).path}")
        return found
