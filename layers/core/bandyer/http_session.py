"""The connections to Bandyer: one `requests.Session`, set up so that it may be kept and shared."""

import logging
import math
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

# How many connections are kept. More threads than this work too, over connections that are not kept.
POOL_SIZE: Final = 10

# A Lambda function is frozen between two invocations and does not see the other side close its connections.
# The next request would go into a dead one, and a room creation that breaks there cannot be repeated. Load
# balancers commonly close after 60 seconds of silence; a new handshake after 20 costs little.
IDLE_CONNECTION_SECONDS: Final = 20.0


def new_session(*, wall_clock: Callable[[], float] = time.time) -> requests.Session:
    """Return a session to keep for the life of the process and to share between clients and threads.

    Where a proxy or a certificate bundle is needed, set `proxies` and `verify` on it: the client takes
    neither from the environment.
    """
    # At WARNING urllib3 writes the address of an answer whose headers it cannot read, and what it could not
    # read: https://github.com/urllib3/urllib3/blob/main/src/urllib3/connection.py
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = requests.Session()
    adapter = _FreshConnectionsAdapter(wall_clock=wall_clock)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # No cookies: nothing here is a browser's session, and the jar is what threads would otherwise share.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


class _FreshConnectionsAdapter(HTTPAdapter):
    """Sends over kept connections, but over none that may have died unnoticed; urllib3 has no such limit."""

    def __init__(self, *, wall_clock: Callable[[], float]) -> None:
        # urllib3's own repeats stay off: see `bandyer.transport`.
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)
        self._wall_clock = wall_clock
        self._last_use = -math.inf
        self._last_use_lock = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - the library's own arguments, passed on unread
        **kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send over a kept connection, or over a new one after a pause."""
        # The wall clock: whether a monotonic one goes on while the process is frozen depends on how it is
        # frozen. A jump of the wall clock costs a handshake.
        with self._last_use_lock:
            now = self._wall_clock()
            if abs(now - self._last_use) > IDLE_CONNECTION_SECONDS:
                self.close()  # empties the pools; the adapter stays usable
            self._last_use = now
        return super().send(request, *args, **kwargs)
