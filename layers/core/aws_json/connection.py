"""One kept-open HTTP/1.1 connection, for small requests and answers of a known length.

Not `http.client`: it gives every single read the whole timeout, so that a server which drips holds a caller
for ever, and it brings the `email` package, twenty modules that every cold start would pay for. What AWS's
JSON services send is a status, headers with `Content-Length`, and that many bytes; all else is refused.
https://www.rfc-editor.org/rfc/rfc9112
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_json.endpoint import Origin

MAXIMUM_HEAD_BYTES = 64 * 1024
MAXIMUM_BODY_BYTES = 32 * 1024 * 1024
"""Twice what the largest answer (BatchGetItem) may have."""
_READ_BYTES = 64 * 1024


class ConnectionFailedError(Exception):
    """No answer came; its cause says why."""

    def __init__(self, cause: Exception, *, nothing_received: bool) -> None:
        """Keep what happened, by name: a message may quote what was sent."""
        super().__init__(type(cause).__name__)
        self.reason = type(cause).__name__
        self.was_dead = nothing_received and not isinstance(cause, TimeoutError | ValueError)
        """Whether the other side was gone before it had answered anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Connection:
    """An open connection. One request at a time: it belongs to whoever took it."""

    def __init__(self, origin: Origin, *, tls: ssl.SSLContext | None, deadline: float) -> None:
        """Connect, by `time.monotonic()` before `deadline`; `tls` for an origin that wants it.

        Raises:
            ConnectionFailedError: nobody there, too late, or not to be trusted.
        """
        try:
            self._socket = _connected(origin, deadline=deadline)
            if tls is not None:
                self._socket.settimeout(_remaining(deadline))
                plain = self._socket
                try:
                    self._socket = tls.wrap_socket(plain, server_hostname=origin.host)
                except BaseException:
                    plain.close()
                    raise
        except OSError as error:
            raise ConnectionFailedError(error, nothing_received=True) from None
        self.may_be_kept = True

    def exchange(self, request: bytes, *, deadline: float) -> Answer:
        """Send a request and read its answer, all of it before `deadline`.

        Raises:
            ConnectionFailedError: too late, cut off, or no HTTP; the connection is closed.
        """
        received = bytearray()
        try:
            self._socket.settimeout(_remaining(deadline))
            self._socket.sendall(request)
            return self._receive(received, deadline=deadline)
        except (OSError, ValueError) as error:
            self.close()
            raise ConnectionFailedError(error, nothing_received=not received) from None
        except BaseException:
            self.close()  # an answer half read would be taken for the next one's
            raise

    def is_alive(self) -> bool:
        """Whether an idle connection is still worth a request.

        An idle server has nothing to say, so whatever can be read is its farewell, or worse. To be asked
        after a pause: Lambda freezes the process, and the other side goes meanwhile. Over TLS this also
        swallows the session tickets that follow a handshake.
        """
        self._socket.settimeout(0)
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _receive(self, received: bytearray, *, deadline: float) -> Answer:
        while (end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > MAXIMUM_HEAD_BYTES:
                raise ValueError("endless head")
            self._read_into(received, deadline=deadline)
        version, status, headers = _head(bytes(received[:end]))
        length = int(headers["content-length"]) if headers.get("content-length", "").isdigit() else -1
        if not 0 <= length <= MAXIMUM_BODY_BYTES or "transfer-encoding" in headers:
            raise ValueError("a body of unknown length")
        body_end = end + 4 + length
        while len(received) < body_end:
            self._read_into(received, deadline=deadline)
        self.may_be_kept = (
            version == "HTTP/1.1"
            and headers.get("connection", "").lower() != "close"
            and len(received) == body_end
        )
        return Answer(status, headers, bytes(received[end + 4 : body_end]))

    def _read_into(self, received: bytearray, *, deadline: float) -> None:
        self._socket.settimeout(_remaining(deadline))
        chunk = self._socket.recv(_READ_BYTES)
        if not chunk:
            raise ConnectionResetError("closed by the other side")
        received += chunk


def _connected(origin: Origin, *, deadline: float) -> socket.socket:
    """Try one address after the other; looking them up is the one thing that cannot be given a time limit."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        origin.host, origin.port, type=socket.SOCK_STREAM
    ):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(_remaining(deadline))
            candidate.connect(address)
            # The last packet of a request must not wait for the acknowledgement of the one before.
            candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            candidate.close()
            failure = error
        else:
            return candidate
    raise failure


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("too late")
    return seconds


def _head(text: bytes) -> tuple[str, int, dict[str, str]]:
    status_line, *lines = text.decode("latin-1").split("\r\n")
    version, _, rest = status_line.partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not status.isdigit():
        raise ValueError("not HTTP/1")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return version, int(status), headers
