"""The token of a booking system, from the issuer: client credentials (RFC 6749, section 4.4).

Issuers charge for tokens, so one is kept for as long as it is valid.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from probe.failure import ProbeError
from probe.web import Web, json_object

MANAGE_SCOPE: Final = "teleconsultation/manage"
RESERVE: Final = timedelta(minutes=2)
"""Taken off the validity: a run takes less, and clocks differ."""
MAX_VALID_SECONDS: Final = 7 * 86_400


class ManagerToken:
    """A bearer token with the scope of the management routes, renewed when it expires.

    `read_client` returns the client's secret: JSON with `clientId`, `clientSecret` and, for issuers that want
    one, `audience`. It is read for each new token, so the client can be changed without a deployment.
    """

    def __init__(
        self, *, issuer: str, web: Web, read_client: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._issuer = issuer
        self._web = web
        self._read_client = read_client
        self._clock = clock
        self._kept: tuple[str, datetime] | None = None

    def current(self) -> str:
        """Return a valid token.

        Raises:
            ProbeError: the client's secret is not usable, or the issuer gives no token.
        """
        if self._kept is None or self._kept[1] <= self._clock():
            self._kept = self._renewed()
        return self._kept[0]

    def forget(self) -> None:
        """Make the next call of `current` return a new token."""
        self._kept = None

    def _renewed(self) -> tuple[str, datetime]:
        asked_at = self._clock()
        client_id, client_secret, audience = self._client()
        answer = self._web.answer(
            "token",
            "POST",
            self._endpoint(),
            # Encoded, as RFC 6749 (section 2.3.1) has it.
            basic=(quote(client_id, safe=""), quote(client_secret, safe="")),
            form={"grant_type": "client_credentials", "scope": MANAGE_SCOPE}
            | ({"audience": audience} if audience else {}),
        )
        body = json_object("token", answer, status=200)
        token, seconds = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ProbeError("token", "the answer has no access_token")
        # `expires_in` is optional: without it the token is used for one run.
        if not isinstance(seconds, int) or not 0 < seconds <= MAX_VALID_SECONDS:
            seconds = 0
        return token, asked_at + timedelta(seconds=seconds) - RESERVE

    def _endpoint(self) -> str:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        discovery = json_object("token", self._web.answer("token", "GET", address), status=200)
        endpoint = discovery.get("token_endpoint")
        # The client's secret goes there: never over plain http, unless the issuer itself is a laptop's.
        if not isinstance(endpoint, str) or not endpoint.startswith(self._issuer.partition("//")[0] + "//"):
            raise ProbeError("token", "the issuer has no token_endpoint")
        return endpoint

    def _client(self) -> tuple[str, str, str | None]:
        try:
            client = json.loads(self._read_client())
        except ValueError:
            client = None
        named = client if isinstance(client, dict) else {}
        client_id, client_secret = named.get("clientId"), named.get("clientSecret")
        if not isinstance(client_id, str) or not isinstance(client_secret, str):
            raise ProbeError("token", "the probe's secret has no clientId and clientSecret")
        audience = named.get("audience")
        return client_id, client_secret, audience if isinstance(audience, str) else None
