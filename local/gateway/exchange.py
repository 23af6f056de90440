"""One HTTP request and its answer, as the gateway sees them: no sockets, no framework."""

import json
from dataclasses import dataclass
from typing import Any

# What JSON can carry; the types of a function's event and result are known only inside the function.
type Json = Any


@dataclass(frozen=True)
class Request:
    """An HTTP request; `path` and `query` are still percent-encoded, header names in any case, in order."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """Give a header's values joined by commas, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None


@dataclass(frozen=True)
class Response:
    """An HTTP response; header names may repeat."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def json(cls, status: int, content: Json, *, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """Make an answer of JSON."""
        body = json.dumps(content, separators=(",", ":")).encode()
        return cls(status=status, headers=(("content-type", "application/json"), *headers), body=body)

    @classmethod
    def message(cls, status: int, text: str, *, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """Make one of API Gateway's own answers, which all have this shape."""
        return cls.json(status, {"message": text}, headers=headers)
