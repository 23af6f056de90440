"""One kept-open HTTP/1.1 connection over which small requests are sent.

Not `http.client`: its timeout holds for a single read, so that a server which sends a byte at a time keeps a
caller for ever, and it brings the `email` package, twenty modules that every cold start would pay for.
"""

import socket
import ssl
import time

from aws_json.answer import Answer, MalformedAnswerError, read_answer
from aws_json.endpoint import Origin

_READ_BYTES = 64 * 1024


class ConnectionFailedError(Exception):
    """No answer came; its cause says why."""

    def __init__(self, cause: Exception, *, nothing_received: bool) -> None:
        """Keep what happened, by name: a message may quote what was sent."""
        super().__init__(type(cause).__name__)
        self.reason = type(cause).__name__
        self.was_dead = nothing_received and not isinstance(cause, TimeoutError | MalformedAnswerError)
        """Whether the other side was gone before it had answered anything."""


class Connection:
    """An open connection. One request at a time: it belongs to the caller that took it."""

    def __init__(self, origin: Origin, *, tls: ssl.SSLContext | None, seconds: float) -> None:
        """Connect within `seconds` in all; `tls` for an origin that wants it.

        Raises:
            ConnectionFailedError: nobody there, too late, or not to be trusted.
        """
        deadline = time.monotonic() + seconds
        try:
            self._socket = _connected(origin, deadline=deadline)
            if tls is not None:
                plain = self._socket
                try:
                    # The handshake as a whole has what is left, however many reads it takes.
                    plain.settimeout(_remaining(deadline))
                    self._socket = tls.wrap_socket(plain, server_hostname=origin.host)
                except BaseException:
                    plain.close()
                    raise
        except (OSError, UnicodeError) as error:  # a host's name that cannot be looked up is a UnicodeError
            raise ConnectionFailedError(error, nothing_received=True) from None
        self.may_be_kept = True

    def exchange(self, request: bytes, *, seconds: float) -> Answer:
        """Send a request and return its answer, all within `seconds`.

        Raises:
            ConnectionFailedError: too late, cut off, or no HTTP; the connection is closed.
        """
        deadline = time.monotonic() + seconds
        nothing_received = True

        def receive() -> bytes:
            nonlocal nothing_received
            self._socket.settimeout(_remaining(deadline))
            received = self._socket.recv(_READ_BYTES)
            if not received:
                raise ConnectionResetError("closed by the other side")
            nothing_received = False
            return received

        try:
            self._socket.settimeout(_remaining(deadline))
            self._socket.sendall(request)
            answer = read_answer(receive)
        except (OSError, MalformedAnswerError) as error:
            self.close()
            raise ConnectionFailedError(error, nothing_received=nothing_received) from None
        except BaseException:
            self.close()  # an answer half read would be taken for the next one's
            raise
        self.may_be_kept = not answer.ends_connection
        return answer

    def is_alive(self) -> bool:
        """Whether an idle connection can carry another request.

        If it is readable, the server closed it or broke the protocol. To be called after a pause: Lambda
        freezes the process, and the other side closes meanwhile. Over TLS this also reads the session tickets
        that follow a handshake.
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


def _connected(origin: Origin, *, deadline: float) -> socket.socket:
    """Try one address after the other, each with its share of the time that is left; only the look-up of the
    addresses cannot be given a limit.
    """
    failure: OSError = OSError("no address")
    addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(_remaining(deadline) / (len(addresses) - number))
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
