"""Attempts at endpoints on this machine: good ones, and ones that hold the sender or lead it away."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from teleconsultation.publishing.webhook_client import Answer, WebhookClient
from tests.fakes.certificates import Authority, new_authority

HEADERS = {"Content-Type": "application/cloudevents+json", "webhook-id": "evt_1"}
BODY = b'{"id": "evt_1"}'
LIMIT_SECONDS = 0.5

type Behaviour = Callable[[socket.socket], None]


class Endpoint:
    """A server that behaves as a test says, once for each connection."""

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[bytes] = []
        self._behaviour = behaviour
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        try:
            connected: Any = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with connected:
                request = b""
                while not request.endswith(BODY):
                    request += connected.recv(65536)
                self.received.append(request)
                self._behaviour(connected)
        except OSError:
            plain.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def running(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    endpoint = Endpoint(behaviour, tls=tls)
    try:
        yield endpoint
    finally:
        endpoint.close()


def answers(text: str) -> Behaviour:
    return lambda connected: connected.sendall(text.replace("\n", "\r\n").encode())


def client(**more: Any) -> WebhookClient:
    return WebhookClient(environment={}, allows_loopback=True, **more)


def attempt(endpoint: Endpoint, *, sender: WebhookClient | None = None, path: str = "/hooks?a=1") -> Answer:
    url = f"http://127.0.0.1:{endpoint.port}{path}"
    return (sender or client()).attempt(url, BODY, headers=HEADERS)


def test_the_request_is_what_the_endpoint_verifies() -> None:
    with running(answers("HTTP/1.1 204 No Content\n\n")) as endpoint:
        answer = attempt(endpoint)

    [request] = endpoint.received
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (answer.status, answer.problem) == (204, None)
    assert lines[0] == "POST /hooks?a=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{endpoint.port}" in lines
    assert {"webhook-id: evt_1", "Content-Type: application/cloudevents+json"} <= set(lines)
    assert f"Content-Length: {len(BODY)}" in lines
    assert body == BODY


def test_a_redirect_is_not_followed() -> None:
    with running(answers("HTTP/1.1 204 No Content\n\n")) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/"
        with running(answers(f"HTTP/1.1 307 Elsewhere\nLocation: {location}\n\n")) as endpoint:
            answer = attempt(endpoint)

    assert (answer.status, elsewhere.received) == (307, [])


def test_what_it_asks_for_is_handed_on() -> None:
    with running(answers("HTTP/1.1 429 Slow\nRetry-After: 7\nContent-Length: 0\n\n")) as endpoint:
        assert attempt(endpoint) == Answer(status=429, retry_after="7")


def _drip(connected: socket.socket) -> None:
    for letter in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
        connected.sendall(bytes([letter]))
        time.sleep(0.02)


def _silent(connected: socket.socket) -> None:
    connected.recv(1)


def _endless(connected: socket.socket) -> None:
    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
    connected.recv(1)


@pytest.mark.parametrize("behaviour", [_silent, _drip], ids=["silent", "a byte now and then"])
def test_an_endpoint_cannot_hold_the_sender_longer_than_the_limit(behaviour: Behaviour) -> None:
    with running(behaviour) as endpoint:
        began = time.monotonic()
        answer = attempt(endpoint, sender=client(timeout_seconds=LIMIT_SECONDS))
        seconds = time.monotonic() - began

    assert answer.status is None
    assert answer.problem is not None
    assert answer.problem.startswith("no answer")
    # The drip alone would last for two minutes.
    assert seconds < 30


def test_the_body_of_an_answer_is_not_waited_for() -> None:
    with running(_endless) as endpoint:
        assert attempt(endpoint).status == 200


@pytest.mark.parametrize(
    "text", ["", "SSH-2.0-OpenSSH_9.2\n", "HTTP/1.1 abc\n\n", "HTTP/1.1 200 OK\n" + "X: y\n" * 300 + "\n"]
)
def test_what_is_no_answer_is_none(text: str) -> None:
    with running(answers(text)) as endpoint:
        assert attempt(endpoint).status is None


def test_a_closed_port_is_no_answer() -> None:
    with running(_silent) as endpoint:
        pass

    answer = attempt(endpoint)

    assert answer.problem == "no connection: ConnectionRefusedError"


def test_this_machine_is_not_reached_where_it_must_not_be() -> None:
    with running(answers("HTTP/1.1 204 No Content\n\n")) as endpoint:
        answer = WebhookClient(environment={}).attempt(
            f"https://127.0.0.1:{endpoint.port}/", BODY, headers=HEADERS
        )

    assert (answer.problem, endpoint.received) == ("the host has an address that is not public", [])


class TestTls:
    """The host is resolved once; the connection goes to the address that was checked, the certificate is the
    host's.
    """

    @staticmethod
    def sender(authority: Authority, folder: Path, asked: list[str]) -> WebhookClient:
        def address_of(host: str, _port: int, *, allows_loopback: bool) -> str:
            assert not allows_loopback
            asked.append(host)
            return "127.0.0.1"

        roots = folder / "roots.pem"
        roots.write_text(authority.pem, encoding="ascii")
        return WebhookClient(environment={"AWS_CA_BUNDLE": str(roots)}, address_of=address_of)

    def test_the_checked_address_is_asked_with_the_hosts_name(self, tmp_path: Path) -> None:
        authority, asked = new_authority(), list[str]()
        tls = authority.server_context(tmp_path, host="billing.example")

        with running(answers("HTTP/1.1 204 No Content\n\n"), tls=tls) as endpoint:
            answer = self.sender(authority, tmp_path, asked).attempt(
                f"https://billing.example:{endpoint.port}/", BODY, headers=HEADERS
            )

        assert (answer.status, asked) == (204, ["billing.example"])
        assert f"Host: billing.example:{endpoint.port}".encode() in endpoint.received[0]

    def test_a_certificate_of_another_host_is_refused(self, tmp_path: Path) -> None:
        authority = new_authority()
        tls = authority.server_context(tmp_path, host="other.example")

        with running(answers("HTTP/1.1 204 No Content\n\n"), tls=tls) as endpoint:
            answer = self.sender(authority, tmp_path, []).attempt(
                f"https://billing.example:{endpoint.port}/", BODY, headers=HEADERS
            )

        assert (answer.problem, endpoint.received) == ("the certificate is not trusted", [])
