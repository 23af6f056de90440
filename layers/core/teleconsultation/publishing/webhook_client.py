"""One POST to somebody's endpoint: to the address that was checked, without redirects, within a time limit.

A library would resolve the host once more, and its time limit begins anew with each byte.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aws_json.trust import new_tls_context
from teleconsultation.publishing.addresses import AddressRefusedError, checked_address

TIMEOUT_SECONDS: Final = 15.0
"""Of a whole attempt, name resolution excepted."""
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an endpoint answered; its body is not read."""

    status: int | None
    """None if there was no answer."""
    retry_after: str | None = field(default=None, repr=False)
    problem: str | None = None
    """Why there was none, in words of ours."""


class _NoAnswerError(Exception):
    """The endpoint did not answer; the text is the problem."""


def check_url(url: str, *, allows_loopback: bool) -> SplitResult:
    """Return the parts of an endpoint's URL.

    Raises:
        ValueError: it is not one.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (allows_loopback and parts.scheme == "http"):
        raise ValueError("not an https address")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("not an address with a host, and without a user or a fragment")
    _ = parts.port  # raises ValueError if it is no number
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("not an address of visible ASCII characters")
    return parts


class WebhookClient:
    """Sends attempts; each has a connection of its own."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        allows_loopback: bool = False,
        timeout_seconds: float = TIMEOUT_SECONDS,
        address_of: Callable[..., str] = checked_address,
    ) -> None:
        """Load the roots of trust that `environment` names."""
        self._tls = new_tls_context(environment)
        self._allows_loopback = allows_loopback
        self._timeout_seconds = timeout_seconds
        self._address_of = address_of

    def attempt(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Answer:
        """Send one request, if the host's address is allowed, and return what came of it."""
        try:
            return self._post(url, body, headers=headers)
        except _NoAnswerError as error:
            return Answer(status=None, problem=str(error))

    def _post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Answer:
        parts = check_url(url, allows_loopback=self._allows_loopback)
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        try:
            address = self._address_of(host, port, allows_loopback=self._allows_loopback)
        except AddressRefusedError as error:
            raise _NoAnswerError(str(error)) from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            plain = socket.create_connection((address, port), timeout=self._timeout_seconds)
        except OSError as error:
            raise _NoAnswerError(f"no connection: {type(error).__name__}") from None
        # Whoever sends a byte now and then would never run into a time limit for each read.
        is_over = threading.Event()
        deadline = threading.Timer(self._timeout_seconds, _cut, args=(plain, is_over))
        deadline.daemon = True
        deadline.start()
        try:
            with plain:
                secured = plain
                if parts.scheme == "https":
                    secured = self._tls.wrap_socket(plain, server_hostname=host)
                answer = _exchange(secured, host=parts.netloc, target=target, body=body, headers=headers)
        except ssl.SSLCertVerificationError:
            raise _NoAnswerError("the certificate is not trusted") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _NoAnswerError(f"no answer: {type(error).__name__}") from None
        finally:
            deadline.cancel()
        if is_over.is_set():
            # What was cut off may look like a whole answer.
            raise _NoAnswerError("no answer: TimeoutError")
        return answer


def _exchange(
    connected: socket.socket, *, host: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    connection = http.client.HTTPConnection("unused")
    # Set before the request, so that the library opens none of its own.
    connection.sock = connected
    try:
        connection.request(
            "POST",
            target,
            body,
            {"Host": host, "User-Agent": "teleconsultation", "Connection": "close", **headers},
        )
        answer = connection.getresponse()
        return Answer(status=answer.status, retry_after=answer.getheader("Retry-After"))
    finally:
        connection.close()


def _cut(plain: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)
