"""The connections to Bandyer: a `requests.Session` that may be kept and shared."""

import logging
import math
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

# Number of kept connections. Further threads use connections that are closed after each request.
POOL_SIZE: Final = 10

# A Lambda function is frozen between two invocations and does not notice that the server closes a connection.
# The next request would use a closed connection, and a room creation that fails this way cannot be repeated.
# Load balancers commonly close a connection after 60 idle seconds; a new handshake after 20 costs little.
IDLE_CONNECTION_SECONDS: Final = 20.0


def new_session(*, wall_clock: Callable[[], float] = time.time) -> requests.Session:
    """Return a session that may be kept for the life of the process and shared by clients and threads.

    For a proxy or a certificate bundle set `proxies` and `verify` on it: the client reads neither from the
    environment.
    """
    # At WARNING urllib3 writes the URL of an answer whose headers it cannot read, and those headers:
    # https://github.com/urllib3/urllib3/blob/main/src/urllib3/connection.py
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = requests.Session()
    adapter = _FreshConnectionsAdapter(wall_clock=wall_clock)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # No cookies: the API does not use them, and threads would share the cookie jar.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


class _FreshConnectionsAdapter(HTTPAdapter):
    """Reuses connections, except after an idle time in which the server may have closed them."""

    def __init__(self, *, wall_clock: Callable[[], float]) -> None:
        # urllib3's own retries are off: see `bandyer.transport`.
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)
        self._wall_clock = wall_clock
        self._last_use = -math.inf
        self._last_use_lock = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - the library's own arguments, passed on
        **kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send over a kept connection, or over a new one after an idle time."""
        # The wall clock, because a monotonic clock may stop while the process is frozen. A jump of the wall
        # clock costs one handshake.
        with self._last_use_lock:
            now = self._wall_clock()
            if abs(now - self._last_use) > IDLE_CONNECTION_SECONDS:
                self.close()  # empties the pools; the adapter stays usable
            self._last_use = now
        return super().send(request, *args, **kwargs)
