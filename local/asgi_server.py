"""Run one ASGI application on loopback in its own thread, for the local stack and for tests."""

import asyncio
import errno
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

START_TIMEOUT_SECONDS = 10.0
STOP_TIMEOUT_SECONDS = 10.0
# Open requests get this long to finish when the server stops; then they are cancelled, so that Ctrl-C does
# not wait for a client that does not read.
GRACEFUL_STOP_SECONDS = 1


class PortInUseError(Exception):
    """Another program listens on the port; the text is one line for the launcher to print."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on this machine is already in use.")
        self.port = port


class ServerStartError(Exception):
    """The application did not start: its start-up code failed or took too long."""


class _AnnouncingServer(uvicorn.Server):
    """Sets an event once it listens, so that callers need not poll the port."""

    def __init__(self, config: uvicorn.Config, *, listening: threading.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._listening.set()


class AsgiServer:
    """Serve an ASGI application under uvicorn in a daemon thread.

    `port` 0 takes a free port; after `start`, `url` and `port` return it. `http_protocol` replaces uvicorn's
    HTTP protocol class, for applications that track their connections.

    Raises:
        PortInUseError: by `start`, if the port is taken.
        ServerStartError: by `start`, if the application does not start.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        http_protocol: type[asyncio.Protocol] | None = None,
    ) -> None:
        self._app = app
        self._host = host
        self._requested_port = port
        self._http_protocol = http_protocol
        self._socket: socket.socket | None = None
        self._server: _AnnouncingServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port; raises RuntimeError before `start` and after `stop`."""
        if self._socket is None:
            raise RuntimeError("the server is not running")
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """`http://host:port`, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def start(self) -> Self:
        """Bind the port in the caller's thread, so that a taken one raises here; serve from the server's."""
        if self._thread is not None:
            raise RuntimeError("the server is already running")
        self._socket = _bind(self._host, port=self._requested_port)
        listening_or_over = threading.Event()
        server = _AnnouncingServer(
            uvicorn.Config(
                self._app,
                http=self._http_protocol or "auto",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # Longer than our clients keep an idle connection: uvicorn's 5 s could cut their next request.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=GRACEFUL_STOP_SECONDS,
            ),
            listening=listening_or_over,
        )
        self._server = server
        bound = self._socket

        def serve() -> None:
            try:
                server.run(sockets=[bound])
            except SystemExit:
                # uvicorn raises it when the application fails to start, after logging the reason.
                pass
            finally:
                listening_or_over.set()

        self._thread = threading.Thread(target=serve, name=f"asgi-{self.port}", daemon=True)
        self._thread.start()
        if not listening_or_over.wait(START_TIMEOUT_SECONDS) or not server.started:
            self.stop()
            raise ServerStartError("the application did not start")
        return self

    def stop(self) -> None:
        """Finish open requests, close every connection and free the port; idempotent."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_SECONDS)
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _bind(host: str, *, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio disables Nagle's algorithm only if the protocol is given; otherwise each answer on a reused
    # connection waits 40 ms for the client's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port that was just closed is in TIME_WAIT; a restarted stack must be able to bind it at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Listen here, not in the thread: of two servers that start at the same time one must fail.
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise
    return bound
