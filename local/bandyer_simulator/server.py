"""Run the simulator on loopback, on a given port or a free one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.asgi_server import AsgiServer
from local.bandyer_simulator.app import DEFAULT_PATH_PREFIX, HOLD_SECONDS, create_app
from local.bandyer_simulator.memory.live_calls import hang_up
from local.bandyer_simulator.memory.records import Company
from local.bandyer_simulator.memory.state import Clock, utc_now
from local.bandyer_simulator.webhooks.sender import running_sender


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSimulator:
    """Address and API key of a running simulator; `url` is the value of `BANDYER_BASE_URL`."""

    url: str
    port: int
    path_prefix: str
    api_key: str

    @property
    def api_url(self) -> str:
        """The URL of the provider's API, prefix included."""
        return self.url + self.path_prefix


@contextmanager
def running_simulator(
    *,
    api_key: str,
    port: int = 0,
    host: str = "127.0.0.1",
    path_prefix: str = DEFAULT_PATH_PREFIX,
    public_url: str | None = None,
    clock: Clock = utc_now,
    hold_seconds: float = HOLD_SECONDS,
    company: Company = Company(),  # noqa: B008 - a frozen value
) -> Iterator[RunningSimulator]:
    """Run a simulator until the block ends; port 0 takes a free one.

    Raises:
        PortInUseError: the port is taken.
    """
    app = create_app(
        api_key=api_key,
        public_url=public_url or (lambda: server.url),
        path_prefix=path_prefix,
        clock=clock,
        hold_seconds=hold_seconds,
        company=company,
    )
    server = AsgiServer(app, host=host, port=port, http_protocol=app.state.connections.protocol())
    with server, running_sender(app.state.simulator):
        try:
            yield RunningSimulator(url=server.url, port=server.port, path_prefix=path_prefix, api_key=api_key)
        finally:
            # Requests held by a fault and event streams of open calls would delay the stop of the server.
            app.state.faults.clear()
            hang_up(app.state.simulator)
