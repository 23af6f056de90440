"""Requests to the service and to its issuer, each sent once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import urllib3

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 35.0
"""Longer than API Gateway waits for a function, so that its own answer arrives."""
HOP_BY_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers of one connection, which a proxy does not pass on (RFC 9110, section 7.6.1)."""

type Headers = tuple[tuple[str, str], ...]


class NotReachedError(Exception):
    """There was no connection: nothing has been done."""


class NoAnswerError(Exception):
    """The request was sent, and no whole answer came: it may have been done."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status, headers and a body, as they came."""

    status: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


class Send(Protocol):
    """Sends one request.

    Raises:
        NotReachedError, NoAnswerError: there is no answer.
    """

    def __call__(self, method: str, url: str, *, headers: Headers, body: bytes) -> Answer:
        """Return the answer, of whatever status."""
        ...


def passed_on(headers: Iterable[tuple[str, str]], *, without: frozenset[str] = frozenset()) -> Headers:
    """Return the headers without those of the connection, and `without`, whose names are in lower case."""
    headers = tuple(headers)
    named = {
        name.strip().lower()
        for header, value in headers
        if header.lower() == "connection"
        for name in value.split(",")
    }
    dropped = HOP_BY_HOP | named | without
    return tuple((name, value) for name, value in headers if name.lower() not in dropped)


class Pool:
    """Sends over connections that are kept."""

    def __init__(self, *, connections: int) -> None:
        """Keep up to so many connections to each host."""
        self._http = urllib3.PoolManager(
            maxsize=connections,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def __call__(self, method: str, url: str, *, headers: Headers, body: bytes) -> Answer:
        """Return the answer; its body is not decoded.

        Raises:
            NotReachedError, NoAnswerError: there is none.
        """
        try:
            # Errors of urllib3 quote the address, which holds ids, so none is kept as a cause.
            response = self._http.request(
                method,
                url,
                body=body or None,
                headers=_without_defaults(headers),
                redirect=False,
                decode_content=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            raise NotReachedError("no connection") from None
        except urllib3.exceptions.HTTPError:
            raise NoAnswerError("no answer") from None
        return Answer(status=response.status, headers=tuple(response.headers.items()), body=response.data)


def _without_defaults(headers: Headers) -> Mapping[str, str]:
    """Return the headers, and of those that urllib3 would add only what it must."""
    given = urllib3.HTTPHeaderDict(headers)
    for name in ("accept-encoding", "user-agent"):
        if name not in given:
            given[name] = urllib3.util.SKIP_HEADER
    return given
