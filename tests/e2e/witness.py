"""Everything that browsers ask for while a test runs, and what of it nobody should have asked."""

from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request


class Witness:
    """Reads all requests of the contexts it watches, their frames and pop-ups included."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def watch(self, context: BrowserContext) -> None:
        # Not the list's own method: Playwright wants to attach something to its listeners.
        def note(request: Request) -> None:
            self.requests.append(request)

        context.on("request", note)

    def complaints(self, *, origins: Collection[str], secrets: Collection[str]) -> list[str]:
        """What went to somebody else, and every secret outside the one header that is made for it."""
        found = []
        for request in self.requests:
            scheme, host, *_ = urlsplit(request.url)
            if scheme in {"http", "https", "ws", "wss"} and f"{scheme}://{host}" not in origins:
                found.append(f"a request to {scheme}://{host}")
            sent = {name: value for name, value in request.headers.items() if name != "authorization"}
            if any(secret in f"{request.url} {sent} {request.post_data_buffer!r}" for secret in secrets):
                found.append(f"a secret in a request for {urlsplit(request.url).path}")
        return found
