"""Run one ASGI application on loopback, in a thread of its own, for the local stack and for tests."""

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
# Requests under way when the server stops get this long to finish; after that they are cancelled, so that
# Ctrl-C never waits for a client that does not read.
GRACEFUL_STOP_SECONDS = 1


class PortInUseError(Exception):
    """Somebody else listens on the port: the launcher shows this one line instead of a traceback."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on this machine is already in use.")
        self.port = port


class ServerStartError(Exception):
    """The application did not come up, because its start-up code failed or took too long."""


class _AnnouncingServer(uvicorn.Server):
    """Says through an event that it listens, so that nobody has to poll a port."""

    def __init__(self, config: uvicorn.Config, *, listening: threading.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._listening.set()


class AsgiServer:
    """Serve an ASGI application under uvicorn in a daemon thread.

    `port` 0 takes a free port; `url` and `port` tell which, after `start`. `http_protocol` replaces uvicorn's
    HTTP protocol class, for applications that need to see their connections.

    Raises:
        PortInUseError: by `start`, when the port is taken.
        ServerStartError: by `start`, when the application does not start.
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
        """The port it listens on; raises RuntimeError before `start` and after `stop`."""
        if self._socket is None:
            raise RuntimeError("the server is not running")
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """`http://host:port`, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def start(self) -> Self:
        """Bind the port here, so that a taken one is the caller's error, then serve from the thread."""
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
                # Longer than our own clients keep one: uvicorn's 5 s would close it under their next request.
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
                # uvicorn's way to say that the application failed to start, after it logged why.
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
        """Finish the requests under way, close every connection and give the port back; twice is once."""
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
    # asyncio switches Nagle's algorithm off only where the protocol is named, and with it each answer on a
    # connection that is used again would wait 40 ms for the client's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port that was served a moment ago is in TIME_WAIT: a restarted stack must get it back at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Listening here, not in the thread: two servers that start at once must not both think they have it.
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise
    return bound
