"""HTTP/1.1 as a client must read it, in whatever pieces it arrives."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_json.answer import (
    MAXIMUM_BODY_BYTES,
    MAXIMUM_HEAD_BYTES,
    Answer,
    MalformedAnswerError,
    read_answer,
)
from aws_json.connection import Connection, ConnectionFailedError
from aws_json.endpoint import Origin

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"


class EndOfInputError(Exception):
    """The other side has nothing more."""


def pieces(*parts: bytes) -> Callable[[], bytes]:
    """Give one part at a time."""
    rest = iter([part for part in parts if part])

    def receive() -> bytes:
        for part in rest:
            return part
        raise EndOfInputError

    return receive


def read(data: bytes) -> Answer:
    """Read an answer that comes a byte at a time, and the same at once: both must be the same."""
    at_once = read_answer(pieces(data))
    byte_by_byte = read_answer(pieces(*(bytes([byte]) for byte in data)))
    assert (at_once.status, at_once.headers, at_once.body) == (
        byte_by_byte.status,
        byte_by_byte.headers,
        byte_by_byte.body,
    )
    return at_once


@pytest.mark.parametrize(
    ("data", "body"),
    [
        pytest.param(WHOLE, b"{}", id="of a known length"),
        pytest.param(OK + b"content-length:\t2 \r\n\r\n{}", b"{}", id="space around a value"),
        pytest.param(OK + b"x: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", b"{}", id="a folded header"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", b"", id="no reason"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="no content"),
        pytest.param(CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", b"{}", id="one chunk"),
        pytest.param(CHUNKED + b"1\r\n{\r\n01\r\n}\r\n000\r\n\r\n", b"{}", id="two chunks"),
        pytest.param(CHUNKED + b'a;x="y"\r\n0123456789\r\n0 ;z\r\n\r\n', b"0123456789", id="extensions"),
        pytest.param(CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", id="capital digits"),
        pytest.param(CHUNKED + b"2\r\n{}\r\n0\r\nx: y\r\nz: w\r\n\r\n", b"{}", id="trailers"),
        pytest.param(CHUNKED + b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n", id="line ends in a chunk"),
        pytest.param(CHUNKED + b"0\r\n\r\n", b"", id="no chunk"),
        pytest.param(
            OK + b"transfer-encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}", id="another spelling"
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, b"{}", id="after 100"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + WHOLE, b"{}", id="after hints"),
    ],
)
def test_an_answer_is_read_whole_and_its_connection_kept(data: bytes, body: bytes) -> None:
    answer = read(data)

    assert answer.body == body
    assert not answer.ends_connection


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(OK + b"Connection: Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n", id="close"),
        pytest.param(OK + b"Connection: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", id="twice"),
        pytest.param(WHOLE + b"H", id="more than one answer"),
    ],
)
def test_a_connection_is_not_kept_if_the_answer_ends_it(data: bytes) -> None:
    assert read_answer(pieces(data)).ends_connection


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"SSH-2.0-x\r\n\r\n", id="not HTTP"),
        pytest.param(b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", id="another version"),
        pytest.param(b"HTTP/1.10 200 OK\r\nContent-Length: 0\r\n\r\n", id="two digits of version"),
        pytest.param("HTTP/1.1 2\u00b20 OK\r\nContent-Length: 0\r\n\r\n".encode("latin-1"), id="no digits"),
        pytest.param(b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", id="four digits of status"),
        pytest.param(b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", id="status below 100"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + WHOLE, id="another protocol"),
        pytest.param(OK + b"no colon\r\nContent-Length: 0\r\n\r\n", id="header without a colon"),
        pytest.param(OK + b"Content-Length : 0\r\n\r\n", id="space before the colon"),
        pytest.param(OK + b": x\r\nContent-Length: 0\r\n\r\n", id="header without a name"),
        pytest.param(OK + b"\r\n{}", id="no length"),
        pytest.param(OK + b"Content-Length: -2\r\n\r\n{}", id="negative length"),
        pytest.param(OK + b"Content-Length: +2\r\n\r\n{}", id="signed length"),
        pytest.param(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", id="two lengths"),
        pytest.param(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", id="endless length"),
        pytest.param(OK + b"Content-Length: %d\r\n\r\n{}" % (MAXIMUM_BODY_BYTES + 1), id="too long"),
        pytest.param(
            OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            id="length and chunks",
        ),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="another coding"),
        pytest.param(CHUNKED + b"\r\n{}\r\n0\r\n\r\n", id="chunk without a size"),
        pytest.param(CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n", id="negative chunk"),
        pytest.param(CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", id="chunk size of another notation"),
        pytest.param(CHUNKED + b"1_0\r\n{}\r\n0\r\n\r\n", id="chunk size with an underscore"),
        pytest.param(CHUNKED + b"2\r\n{}}\r\n0\r\n\r\n", id="chunk longer than its size"),
        pytest.param(CHUNKED + b"f" * 16 + b"\r\n", id="chunk that is too long"),
        pytest.param(CHUNKED + b"2;" + b"x" * 10_000, id="endless chunk extension"),
        pytest.param(
            CHUNKED + b"100000\r\n" + b"x" * 0x100000 + b"\r\n" + b"300001\r\n", id="chunks that are too long"
        ),
        pytest.param(CHUNKED + b"0\r\n" + b"x: y\r\n" * 20_000, id="endless trailers"),
        pytest.param(OK + b"x: " + b"x" * MAXIMUM_HEAD_BYTES + b"\r\n\r\n", id="endless head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, id="endless interim answers"),
    ],
)
def test_what_is_no_answer_is_refused_with_one_error(data: bytes) -> None:
    with pytest.raises(MalformedAnswerError):
        read_answer(pieces(data))


FRAGMENTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 500 \r\n", b"HTTP/1."),
        *(b"\r\n", b"\r\n\r\n", b"\r", b"\n", b" ", b"\t", b":", b";", b"{}", b"0\r\n\r\n", b"2\r\n{}\r\n"),
        *(b"Content-Length: 2\r\n", b"Content-Length:", b"Transfer-Encoding: chunked\r\n", b"\xb2", b"\x85"),
        *(b"Connection: close\r\n", b"ffffffffffffffff\r\n", b"99999999999"),
    ]
)
ANY_BYTES = st.lists(FRAGMENTS | st.binary(max_size=40), max_size=30).map(b"".join)


@given(data=ANY_BYTES, cuts=st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_are_an_answer_or_refused_or_not_yet_whole(data: bytes, cuts: list[int]) -> None:
    parts = [data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data)])]

    try:
        answer = read_answer(pieces(*parts))
    except (MalformedAnswerError, EndOfInputError):
        return

    assert 200 <= answer.status <= 999
    assert all(name == name.lower() for name in answer.headers)
    assert len(answer.body) <= len(data)


@given(body=st.binary(max_size=300), sizes=st.lists(st.integers(1, 60), min_size=1), interim=st.booleans())
def test_every_body_is_the_same_by_length_and_in_chunks(
    *, body: bytes, sizes: list[int], interim: bool
) -> None:
    chunks, rest = bytearray(), body
    for size in [*sizes, len(body) or 1]:
        if part := rest[:size]:
            chunks += b"%x\r\n%b\r\n" % (len(part), part)
        rest = rest[size:]
    before = b"HTTP/1.1 103 Early Hints\r\n\r\n" if interim else b""

    by_length = read_answer(pieces(before + OK + b"Content-Length: %d\r\n\r\n" % len(body) + body))
    in_chunks = read_answer(pieces(before + CHUNKED + chunks + b"0\r\n\r\n"))

    assert by_length.body == in_chunks.body == body


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def connected(listener: socket.socket) -> tuple[Connection, socket.socket]:
    """Return both ends of a connection."""
    host, port = listener.getsockname()
    connection = Connection(Origin(host=host, port=port, is_tls=False), tls=None, seconds=5)
    server, _ = listener.accept()
    return connection, server


@given(data=ANY_BYTES, closes=st.booleans())
def test_over_a_connection_any_bytes_are_an_answer_or_our_error_before_the_deadline(
    listener: socket.socket, *, data: bytes, closes: bool
) -> None:
    connection, server = connected(listener)
    started = time.monotonic()
    with server:
        server.sendall(data)
        if closes:
            server.shutdown(socket.SHUT_WR)

        with suppress(ConnectionFailedError):
            assert 200 <= connection.exchange(b"", seconds=0.01).status <= 999
        connection.close()

    # Many times the limit, because a loaded machine takes its time.
    assert time.monotonic() - started < 10
