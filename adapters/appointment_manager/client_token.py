"""The adapter's own token: client credentials (RFC 6749, section 4.4), kept while it is valid."""

import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.appointment_manager.settings import Settings
from adapters.appointment_manager.upstream import Answer, Headers, NoAnswerError, NotReachedError, Send

SCOPE: Final = "teleconsultation/manage"
RESERVE_SECONDS: Final = 120
"""A token is renewed so long before it ends, while it still can be used if the issuer is down."""
UNSAID_SECONDS: Final = 60
"""The life of a token whose issuer does not say it."""
PAUSE_SECONDS: Final = 5.0
"""For so long after a failure the issuer is not asked again."""


class TokenError(Exception):
    """The issuer gives no token; the message is for the operator and holds no secret."""


class ClientToken:
    """A bearer token that threads share."""

    def __init__(
        self, settings: Settings, *, send: Send, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._send = send
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renewed_at = self._ends_at = self._asked_again_at = 0.0
        self._problem = ""

    def current(self) -> str:
        """Return a token, a new one if the last has nearly ended.

        Raises:
            TokenError: there is no valid one.
        """
        with self._lock:
            now = self._monotonic()
            if self._token is not None and now < self._renewed_at:
                return self._token
            try:
                return self._renew(now)
            except TokenError:
                if self._token is not None and now < self._ends_at:
                    return self._token
                raise

    def refuse(self, token: str) -> None:
        """Make the next call of `current` return another token than this one, which the service refused."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _renew(self, now: float) -> str:
        if now < self._asked_again_at:
            raise TokenError(self._problem)
        try:
            token, seconds = self._fetch()
        except TokenError as error:
            self._problem, self._asked_again_at = str(error), self._monotonic() + PAUSE_SECONDS
            raise
        self._token, self._ends_at = token, now + seconds
        self._renewed_at = now + max(seconds - RESERVE_SECONDS, seconds / 2)
        return token

    def _fetch(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "scope": SCOPE}
        if self._settings.audience:
            form["audience"] = self._settings.audience
        # Encoded, as RFC 6749 (section 2.3.1) has it.
        pair = f"{quote(self._settings.client_id, safe='')}:{quote(self._settings.client_secret, safe='')}"
        body = self._json(
            "POST",
            self._endpoint(),
            headers=(
                ("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),
                ("content-type", "application/x-www-form-urlencoded"),
            ),
            body=urlencode(form).encode(),
        )
        token, seconds = body.get("access_token"), body.get("expires_in", UNSAID_SECONDS)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise TokenError("the token endpoint's answer has no access_token")
        # Some issuers write the number as a text.
        return token, float(seconds) if str(seconds).isdigit() else UNSAID_SECONDS

    def _endpoint(self) -> str:
        address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        endpoint = self._json("GET", address, headers=(), body=b"").get("token_endpoint")
        # The client's secret goes there: never over plain http, unless the issuer itself is this machine's.
        if not isinstance(endpoint, str) or not endpoint.startswith(
            self._settings.issuer.partition("//")[0] + "//"
        ):
            raise TokenError("the issuer names no token_endpoint")
        return endpoint

    def _json(self, method: str, url: str, *, headers: Headers, body: bytes) -> dict[str, Any]:
        try:
            answer: Answer = self._send(
                method, url, headers=(*headers, ("accept", "application/json")), body=body
            )
        except (NotReachedError, NoAnswerError):
            raise TokenError("the issuer does not answer") from None
        if answer.status != 200:
            raise TokenError(f"the issuer answers {answer.status}")
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise TokenError("the issuer's answer is no JSON object")
        return document
