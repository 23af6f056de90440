"""Track the TCP connections of the server: count those with API requests, and reset one."""

import asyncio
import socket
import struct
import threading

from uvicorn.protocols.http.h11_impl import H11Protocol

type Peer = tuple[str, int]


class Connections:
    """The open connections of a server that uses `protocol`; without it, `tracked` is False."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Peer, asyncio.Transport] = {}
        self._used: set[Peer] = set()
        self._used_and_closed = 0
        self.tracked = False

    def protocol(self) -> type[H11Protocol]:
        """Return a protocol class for uvicorn that reports opened and closed connections here."""
        connections = self
        connections.tracked = True

        class ReportingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                connections._opened(transport)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections._closed(self.transport)
                super().connection_lost(exc)

        return ReportingProtocol

    @property
    def used_count(self) -> int:
        """The number of connections that had at least one request to the provider's API."""
        with self._lock:
            return self._used_and_closed + len(self._used)

    def reset_count(self) -> None:
        """Reset the count; an open connection counts again with its next request."""
        with self._lock:
            self._used.clear()
            self._used_and_closed = 0

    def mark_used(self, peer: Peer) -> None:
        """Count the connection of an API request."""
        with self._lock:
            if peer in self._open:
                self._used.add(peer)

    def cut(self, peer: Peer) -> None:
        """Reset the connection (RST instead of FIN); call it on the server's event loop."""
        with self._lock:
            transport = self._open[peer]
        connection = transport.get_extra_info("socket")
        # SO_LINGER with zero seconds turns the close into a reset (socket(7)).
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def _opened(self, transport: asyncio.Transport) -> None:
        with self._lock:
            self._open[_peer(transport)] = transport

    def _closed(self, transport: asyncio.Transport) -> None:
        peer = _peer(transport)
        with self._lock:
            self._open.pop(peer, None)
            if peer in self._used:
                self._used.remove(peer)
                self._used_and_closed += 1


def _peer(transport: asyncio.Transport) -> Peer:
    host, port = transport.get_extra_info("peername")[:2]
    return str(host), int(port)
