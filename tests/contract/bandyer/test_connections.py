"""What only real connections show: which are kept, and what a failed one is taken for."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bandyer import (
    BandyerClient,
    ConnectionFailedError,
    ConnectionLostError,
    RejectedError,
    ResponseTimeoutError,
    new_session,
)

COMPANY = b'{"company": {"name": "Acme"}}'


@contextmanager
def server(
    answer: Callable[[BaseHTTPRequestHandler], None], *, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """A server on a free port that answers everything in the given way."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def do_DELETE(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a refused handshake is the point

    with Quiet(("127.0.0.1", 0), Handler) as http:
        if tls is not None:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{'http' if tls is None else 'https'}://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


def write(
    handler: BaseHTTPRequestHandler, body: bytes, *, promised: int, status: int = 200, **headers: str
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(promised))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_one_connection_carries_one_request_after_the_other(bandyer: BandyerClient, simulator: Any) -> None:
    for _ in range(5):
        bandyer.company()

    assert simulator.state()["connections"] == 1


def test_clients_share_the_connections_of_a_session(make_client: Any, simulator: Any) -> None:
    for _ in range(5):
        make_client().company()

    assert simulator.state()["connections"] == 1


@pytest.mark.parametrize(
    ("pause", "connections"), [(19, 1), (21, 2), (-3600, 2)], ids=["short", "long", "clock set back"]
)
def test_a_connection_that_may_have_died_in_a_pause_is_not_used_again(
    make_client: Any, simulator: Any, pause: int, connections: int
) -> None:
    moments = iter([1000, 1000, 1000 + pause, 1000 + pause])
    with new_session(wall_clock=lambda: next(moments)) as session:
        bandyer = make_client(session=session)

        for _ in range(4):
            bandyer.company()

    assert simulator.state()["connections"] == connections


def test_a_closed_port_means_that_nothing_was_sent(make_client: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    bandyer = make_client(base_url=f"http://127.0.0.1:{port}")

    with pytest.raises(ConnectionFailedError) as error:
        bandyer.create_user(role="basic")

    assert not error.value.outcome_unknown
    assert error.value.cause_name == "ConnectionRefusedError"


def test_a_server_that_hangs_up_may_have_done_it(make_client: Any) -> None:
    asked: list[str] = []

    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        handler.close_connection = True

    with server(hang_up) as url, pytest.raises(ConnectionLostError) as error:
        make_client(base_url=url).create_user(role="basic")

    assert error.value.outcome_unknown
    assert error.value.cause_name == "RemoteDisconnected"
    assert asked == ["/rest/user/create"]


def test_the_http_library_does_not_log_whom_the_provider_was_asked_about(
    make_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def answer_with_a_header_that_cannot_be_read(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n: nameless\r\n\r\n{}")

    with server(answer_with_a_header_that_cannot_be_read) as url:
        make_client(base_url=url).delete_user(user_id="usr_1")

    assert caplog.text == ""


def test_half_an_answer_is_asked_for_again(make_client: Any) -> None:
    promised = iter([len(COMPANY) + 1, len(COMPANY)])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        write(handler, COMPANY, promised=next(promised))
        handler.close_connection = True

    with server(answer) as url:
        company = make_client(base_url=url).company()

    assert company.name == "Acme"


def test_an_answer_that_stops_coming_is_a_timeout(make_client: Any, time_left: Any) -> None:
    over = threading.Event()
    time_left.seconds_left = 0.3

    def stall(handler: BaseHTTPRequestHandler) -> None:
        write(handler, COMPANY[:5], promised=len(COMPANY))
        handler.wfile.flush()
        over.wait(10)

    with server(stall) as url:
        with pytest.raises(ResponseTimeoutError) as error:
            make_client(base_url=url).create_user(role="basic")
        over.set()

    assert error.value.outcome_unknown


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_does_not_follow_a_redirect_to_another_server(make_client: Any, status: int) -> None:
    keys_elsewhere: list[str | None] = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        keys_elsewhere.append(handler.headers["apikey"])
        write(handler, COMPANY, promised=len(COMPANY))

    with (
        server(elsewhere) as other,
        server(lambda handler: write(handler, b"", promised=0, status=status, Location=other)) as url,
        pytest.raises(RejectedError) as error,
    ):
        make_client(base_url=url).company()

    assert error.value.status == status
    assert keys_elsewhere == []


def test_a_certificate_nobody_vouches_for_gets_no_key(make_client: Any, tmp_path: Path) -> None:
    asked: list[str] = []
    with (
        server(lambda handler: asked.append(handler.path), tls=self_signed(tmp_path)) as url,
        pytest.raises(ConnectionFailedError) as error,
    ):
        make_client(base_url=url).company()

    assert error.value.cause_name == "SSLCertVerificationError"
    assert asked == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
