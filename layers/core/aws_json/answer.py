"""One HTTP/1.1 answer, read from bytes that come in pieces.

This module opens no socket, so that a test can give it any bytes. Everything but an answer in the shape that
the standard requires is refused with one error.
https://www.rfc-editor.org/rfc/rfc9112
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MAXIMUM_HEAD_BYTES = 64 * 1024
"""For all heads of one answer together, and for all its trailers."""
MAXIMUM_BODY_BYTES = 4 * 1024 * 1024
"""An item has 400 kB at most, of which JSON's escapes can make six times as much."""
MAXIMUM_CHUNK_LINE_BYTES = 4 * 1024

_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class MalformedAnswerError(ValueError):
    """What was received is not an answer that we can read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ends_connection: bool


def read_answer(receive: Callable[[], bytes]) -> Answer:
    """Return the final answer and skip interim ones (1xx); `receive` returns the next bytes, at least one.

    Raises:
        MalformedAnswerError: the bytes are no answer, or one that exceeds the limits above.
    """
    incoming = _Incoming(receive)
    head_bytes = MAXIMUM_HEAD_BYTES
    while True:
        head = incoming.until(b"\r\n\r\n", maximum_bytes=head_bytes)
        head_bytes -= len(head)
        version, status, headers = _head(head)
        # https://www.rfc-editor.org/rfc/rfc9110#section-15.2; 101 answers an upgrade, and we ask for none.
        if status >= 200:
            break
        if status == 101:
            raise MalformedAnswerError("another protocol")
    body = _body(incoming, status=status, headers=headers)
    options = {option.strip() for option in headers.get("connection", "").lower().split(",")}
    return Answer(
        status,
        headers,
        body,
        ends_connection=version != "HTTP/1.1" or "close" in options or incoming.has_more,
    )


class _Incoming:
    """The bytes received and not yet read."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._received = bytearray()

    @property
    def has_more(self) -> bool:
        """Whether something followed that was not asked for."""
        return bool(self._received)

    def until(self, end: bytes, *, maximum_bytes: int) -> bytes:
        """Read what stands before `end`, and skip `end` itself."""
        searched = 0
        while (position := self._received.find(end, searched)) < 0:
            if len(self._received) > maximum_bytes:
                break
            searched = max(0, len(self._received) - len(end) + 1)
            self._received += self._receive()
        if not 0 <= position <= maximum_bytes:
            raise MalformedAnswerError("a line or head that is too long")
        taken = bytes(self._received[:position])
        del self._received[: position + len(end)]
        return taken

    def exactly(self, size_bytes: int) -> bytes:
        """Read that many bytes."""
        while len(self._received) < size_bytes:
            self._received += self._receive()
        taken = bytes(self._received[:size_bytes])
        del self._received[:size_bytes]
        return taken


def _head(head: bytes) -> tuple[str, int, dict[str, str]]:
    # A field continued on the next line is an obsolete form that a client still has to read as one line.
    text = head.decode("latin-1").replace("\r\n ", " ").replace("\r\n\t", " ")
    status_line, *lines = text.split("\r\n")
    version, _, rest = status_line.partition(" ")
    code, _, _reason = rest.partition(" ")
    if len(version) != 8 or not version.startswith("HTTP/1.") or not _is_number(version[7]):
        raise MalformedAnswerError("not HTTP/1")
    if len(code) != 3 or not _is_number(code) or code < "100":
        raise MalformedAnswerError("no status")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedAnswerError("no header")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return version, int(code), headers


def _body(incoming: _Incoming, *, status: int, headers: Mapping[str, str]) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc9112#section-6.3, without bodies that only the connection's end ends:
    one that was cut off could not be told from a whole one.
    """
    if status in {204, 304}:
        return b""
    length = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if length is not None or coding.lower() != "chunked":
            raise MalformedAnswerError("a body of two lengths, or of another coding")
        return _chunks(incoming)
    if length is None or not _is_number(length) or len(length) > 10 or int(length) > MAXIMUM_BODY_BYTES:
        raise MalformedAnswerError("a body without a length, or too long")
    return incoming.exactly(int(length))


def _chunks(incoming: _Incoming) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc9112#section-7.1; extensions and trailers are read and dropped."""
    body = bytearray()
    while True:
        line = incoming.until(b"\r\n", maximum_bytes=MAXIMUM_CHUNK_LINE_BYTES)
        size = line.partition(b";")[0].strip(b" \t")
        if not 0 < len(size) <= 16 or not _HEXADECIMAL.issuperset(size):
            raise MalformedAnswerError("no chunk")
        size_bytes = int(size, 16)
        if size_bytes == 0:
            break
        if len(body) + size_bytes > MAXIMUM_BODY_BYTES:
            raise MalformedAnswerError("a body that is too long")
        body += incoming.exactly(size_bytes)
        if incoming.exactly(2) != b"\r\n":
            raise MalformedAnswerError("a chunk that does not end")
    trailer_bytes = MAXIMUM_HEAD_BYTES
    while trailer := incoming.until(b"\r\n", maximum_bytes=trailer_bytes):
        trailer_bytes -= len(trailer)
    return bytes(body)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
