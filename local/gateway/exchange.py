"""One HTTP request and its response as plain values, without sockets or framework."""

import json
from dataclasses import dataclass
from typing import Any

# Any JSON value; the types of a function's event and result are known only inside the function.
type Json = Any


@dataclass(frozen=True)
class Request:
    """An HTTP request; `path` and `query` are percent-encoded, headers in order, their names in any case."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """Return a header's values joined by commas, or None."""
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
        """Return a response with a JSON body."""
        body = json.dumps(content, separators=(",", ":")).encode()
        return cls(status=status, headers=(("content-type", "application/json"), *headers), body=body)

    @classmethod
    def message(cls, status: int, text: str, *, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """Return one of API Gateway's own responses, which all have this form."""
        return cls.json(status, {"message": text}, headers=headers)
