"""An AWS service that does what a test wrote down: answers, and all that can go wrong instead of one."""

import binascii
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

type Step = Callable[[socket.socket], bool]
"""What the server does with one request; True keeps the connection."""

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Received:
    """One request."""

    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """The first connection is 1."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(
    body: bytes | Mapping[str, Any] = b"{}",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    then_close: bool = False,
) -> Step:
    """A whole answer, with DynamoDB's checksum unless the headers say otherwise."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {
        "Content-Length": str(len(content)),
        "x-amz-crc32": str(binascii.crc32(content)),
        **(headers or {}),
    }
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return sends("\r\n".join((*lines, "", "")).encode() + content, then_close=then_close)


def refusal(code: str, *, status: int = 400, message: str = "", **fields: Any) -> Step:
    """An error in DynamoDB's own shape."""
    headers = fields.pop("headers", None)
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **fields}
    return answer(document, status=status, headers=headers)


def sends(data: bytes, *, then_close: bool = False) -> Step:
    """Exactly these bytes."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(data)
        return not then_close

    return step


def closes(_: socket.socket) -> bool:
    """Says nothing and closes."""
    return False


def resets(connection: socket.socket) -> bool:
    """Says nothing and resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


class AwsServer:
    """A server on loopback."""

    def __init__(self, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = int(self._listener.getsockname()[1])
        self._tls = tls
        self._host = f"[{host}]" if ":" in host else host
        self._steps: deque[Step] = deque()
        self._always: Step | None = None
        self._open: set[socket.socket] = set()
        self.released = threading.Event()
        self.received: list[Received] = []
        self.connections = 0
        self.ended = 0
        self._news = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def answers(self, *steps: Step) -> Self:
        """Take one step a request, in this order."""
        self._steps.extend(steps)
        return self

    def answers_always(self, step: Step) -> Self:
        """Take this step whenever none is left."""
        self._always = step
        return self

    def is_silent(self, _: socket.socket) -> bool:
        """Step: says nothing until the test is over."""
        self.released.wait(PATIENCE_SECONDS)
        return False

    def drips(self, connection: socket.socket) -> bool:
        """Step: sends a byte at a time for ever, each one in time for a timeout of a single read."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            while not self.released.wait(0.05):
                connection.sendall(b" ")
        except OSError:
            pass
        return False

    def wait_for_connections(self, number: int) -> None:
        """Wait until so many have been accepted."""
        with self._news:
            assert self._news.wait_for(lambda: self.connections >= number, PATIENCE_SECONDS)

    def wait_for_ends(self, number: int) -> None:
        """Wait until so many are over."""
        with self._news:
            assert self._news.wait_for(lambda: self.ended >= number, PATIENCE_SECONDS)

    def say(self, data: bytes) -> None:
        """Send bytes that answer nothing, over every open connection."""
        for connection in tuple(self._open):
            connection.sendall(data)

    def hang_up(self) -> None:
        """Close every connection from this side, as a server does to one that was idle too long."""
        for connection in tuple(self._open):
            connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.released.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._news:
                self.connections += 1
                self._news.notify_all()
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        try:
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        except OSError:
            plain.close()
            return
        self._open.add(connection)
        try:
            with connection, connection.makefile("rb") as stream:
                while (request := _read_request(stream, number)) is not None:
                    self.received.append(request)
                    step = self._steps.popleft() if self._steps else self._always
                    assert step is not None, "the test wrote no step for this request"
                    if not step(connection):
                        return
        except OSError:
            return
        finally:
            self._open.discard(connection)
            with self._news:
                self.ended += 1
                self._news.notify_all()


def _read_request(stream: Any, number: int) -> Received | None:
    first = stream.readline().decode()
    if not first:
        return None
    headers = {}
    while (line := stream.readline().decode().rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Received(first.split()[1], headers, body, number)


@contextmanager
def running_aws_server(*, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[AwsServer]:
    server = AwsServer(host=host, tls=tls)
    try:
        yield server
    finally:
        server.close()
