"""The endpoints of booking systems, in a secret of Secrets Manager.

    {"billing": {"url": "https://billing.example/hooks", "secret": "whsec_…", "previousSecret": "whsec_…"}}

`previousSecret` signs too while a receiver changes its secret.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.ports import Clock
from teleconsultation.publishing.standard_webhooks import read_secret
from teleconsultation.publishing.webhook_client import check_url
from teleconsultation.settings import SettingsError

KEPT_FOR: Final = timedelta(minutes=1)
"""How old what was read may be: a new secret or endpoint is used after this time."""
FAILED_FOR: Final = timedelta(seconds=10)
"""How long a reading that failed is not repeated: each event would wait for seconds."""
_MEMBERS: Final = {"url", "secret", "previousSecret"}
_ID: Final = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where events are sent to, and the keys that sign them."""

    id: str
    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)


class Endpoints:
    """The endpoints, read again when they are old.

    Args:
        read: Returns the secret's text; raises EventsUnavailableError if it cannot be read.
        allows_loopback: Whether an endpoint may be on this machine.
    """

    def __init__(self, read: Callable[[], str], *, clock: Clock, allows_loopback: bool = False) -> None:
        """Keep the arguments; nothing is read yet."""
        self._read = read
        self._clock = clock
        self._allows_loopback = allows_loopback
        self._known: Mapping[str, Endpoint] = {}
        self._failure: EventsUnavailableError | SettingsError | None = None
        self._read_again_at: datetime | None = None

    def current(self) -> Mapping[str, Endpoint]:
        """Return the endpoints by id.

        Raises:
            EventsUnavailableError: the secret cannot be read.
            SettingsError: its text is not as above; the message names the endpoint.
        """
        if self._read_again_at is None or self._clock() >= self._read_again_at:
            try:
                self._known = read_endpoints(self._read(), allows_loopback=self._allows_loopback)
                self._failure = None
            except (EventsUnavailableError, SettingsError) as error:
                self._failure = error
            self._read_again_at = self._clock() + (KEPT_FOR if self._failure is None else FAILED_FOR)
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        return self._known


def read_endpoints(text: str, *, allows_loopback: bool) -> Mapping[str, Endpoint]:
    """Return the endpoints in a secret's text, by id.

    Raises:
        SettingsError: it is not as above.
    """
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise SettingsError('the endpoints\' secret is not a JSON object: write {"name": {"url", "secret"}}')
    return {name: _endpoint(name, value, allows_loopback=allows_loopback) for name, value in values.items()}


def _endpoint(name: str, value: Any, *, allows_loopback: bool) -> Endpoint:  # noqa: ANN401 - JSON
    if not _ID.fullmatch(name):
        raise SettingsError("an endpoint's name has other characters than a-z, 0-9 and -, or more than 40")
    if not isinstance(value, dict) or not {"url", "secret"} <= value.keys() <= _MEMBERS:
        raise SettingsError(f"endpoint {name}: write url, secret and, during a change, previousSecret")
    try:
        check_url(value["url"], allows_loopback=allows_loopback)
    except (AttributeError, TypeError, ValueError):
        raise SettingsError(f"endpoint {name}: url must be an https address with a host") from None
    try:
        keys = tuple(read_secret(value[one]) for one in ("secret", "previousSecret") if one in value)
    except (AttributeError, TypeError, ValueError):
        raise SettingsError(
            f"endpoint {name}: a secret is whsec_ and the base64 of 24 to 64 random bytes"
        ) from None
    return Endpoint(id=name, url=value["url"], keys=keys)
