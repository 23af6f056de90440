"""A TLS error in the service's place, as a proxy with an outdated certificate or protocol makes it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.page.conftest import OpenPage
from tests.e2e.page.page_site import NO_JITTER, Site, expect_state
from tests.e2e.page.test_foreign_answers import (
    LONGEST_PAUSE_MS,
    NO_TIMEOUT,
    OWN,
    recover,
    watch_answers,
)
from tests.fakes.certificates import new_authority

BUFFER_BYTES = 65_536


class TlsRelay(socketserver.ThreadingTCPServer):
    """Speaks TLS before a site; while it is broken, its answer to a handshake is no TLS."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *, context: ssl.SSLContext, site_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.context = context
        self.site_port = site_port
        self.is_broken = False
        self.broken_handshakes = 0
        self._open: set[socket.socket] = set()

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.server_address[1]}"

    def break_tls(self) -> None:
        """Spoil later handshakes, and end the connections that have had theirs."""
        self.is_broken = True
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_broken = False


class _Connection(socketserver.BaseRequestHandler):
    server: TlsRelay
    request: socket.socket

    def handle(self) -> None:
        if self.server.is_broken:
            self.server.broken_handshakes += 1
            self.request.recv(BUFFER_BYTES)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        with suppress(OSError), self.server.context.wrap_socket(self.request, server_side=True) as client:
            self.server._open.add(client)
            try:
                with socket.create_connection(("127.0.0.1", self.server.site_port)) as site:
                    back = threading.Thread(target=_copy, args=(site, client), daemon=True)
                    back.start()
                    _copy(client, site)
                    back.join()
            finally:
                self.server._open.discard(client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(BUFFER_BYTES):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(site: Site, tmp_path: Path) -> Iterator[TlsRelay]:
    """The page's server behind TLS; the site's own origin comes back afterwards."""
    plain = site.page_origin
    context = new_authority().server_context(tmp_path)
    with TlsRelay(context=context, site_port=int(plain.rpartition(":")[2])) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.page_origin = server.origin
        yield server
        server.break_tls()
        server.shutdown()
    site.page_origin = plain


@pytest.mark.parametrize("state", ["scheduled", "pending"])
def test_a_tls_error_is_not_final_and_the_services_next_answer_counts(
    relay: TlsRelay, site: Site, open_page: OpenPage, state: str
) -> None:
    own = site.answer = OWN[state](site)
    # The authority is nobody's: only errors of the protocol count, which this setting does not ignore.
    page = open_page(fake_time=True, init_script=NO_JITTER, ignore_https_errors=True)
    answered = watch_answers(page)
    expect_state(page, state)
    page.evaluate(NO_TIMEOUT)

    relay.break_tls()
    before = len(answered)
    for _ in range(100):
        if len(answered) >= before + 3:
            break
        page.clock.run_for(LONGEST_PAUSE_MS)
        page.wait_for_timeout(20)
    failures = {request.failure for request in answered[before:]}

    assert relay.broken_handshakes > 0
    assert "net::ERR_SSL_PROTOCOL_ERROR" in failures
    expect_state(page, "unreachable")

    relay.mend()
    recover(page, site, own=own)

    expect_state(page, state)
    assert page.evaluate("sessionStorage.length") == 1
