"""Who we are: from the environment, or from the container endpoint that a function with SnapStart gets.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aws_json.connection import Answer, Connection, ConnectionFailedError
from aws_json.endpoint import Origin
from aws_json.errors import ConfigurationError, UnavailableError

REFRESH_BEFORE = timedelta(minutes=5)
"""How long before they expire credentials are exchanged, so that none expires on its way."""

RELATIVE_URI_ORIGIN = "http://169.254.170.2"
# Where a token may travel without TLS: the machine itself and the links of ECS and EKS.
PLAIN_HOSTS = frozenset({"127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """One set of keys."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


class CredentialSource:
    """Gives credentials, fresh ones in time."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        clock: Callable[[], datetime],
        new_tls_context: Callable[[], ssl.SSLContext],
    ) -> None:
        """Keep where to look; the environment is read at each request, because a snapshot outlives it."""
        self._environment = environment
        self._clock = clock
        self._new_tls_context = new_tls_context
        self._kept: Credentials | None = None

    def current(self, *, deadline: float) -> Credentials:
        """Return credentials that will do for a request.

        Raises:
            ConfigurationError: nothing says where to get any.
            UnavailableError: the container endpoint cannot answer, and there are none left from before.
        """
        if access_key_id := self._environment.get("AWS_ACCESS_KEY_ID"):
            return Credentials(
                access_key_id=access_key_id,
                secret_access_key=self._environment.get("AWS_SECRET_ACCESS_KEY", ""),
                session_token=self._environment.get("AWS_SESSION_TOKEN") or None,
            )
        kept = self._kept
        if kept is None:
            kept = self._kept = self._from_container(deadline=deadline)
            return kept
        expires_in = timedelta.max if kept.expires_at is None else kept.expires_at - self._clock()
        if expires_in > REFRESH_BEFORE:
            return kept
        try:
            kept = self._kept = self._from_container(deadline=deadline)
        except UnavailableError:
            if expires_in <= timedelta():
                raise
        return kept

    def has_others_than(self, refused: Credentials) -> bool:
        """Forget credentials that were refused as expired; return whether asking again can give others."""
        if self._kept == refused:
            self._kept = None
        return not self._environment.get("AWS_ACCESS_KEY_ID")

    def _from_container(self, *, deadline: float) -> Credentials:
        url = self._container_url()
        parts = urlsplit(url)
        try:
            origin = Origin.of(f"{parts.scheme}://{parts.netloc}")
        except ValueError as error:
            raise ConfigurationError("AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address") from error
        if not origin.is_tls and origin.host not in PLAIN_HOSTS:
            raise ConfigurationError(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or on this machine or its own link"
            )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        token = self._container_token()
        lines = [f"GET {path} HTTP/1.1", f"Host: {origin.authority}", "Accept: application/json"]
        if token:
            lines.append(f"Authorization: {token}")
        request = "\r\n".join((*lines, "Connection: close", "", "")).encode()
        try:
            connection = Connection(
                origin, tls=self._new_tls_context() if origin.is_tls else None, deadline=deadline
            )
            answer = connection.exchange(request, deadline=deadline)
            connection.close()
        except ConnectionFailedError as error:
            raise UnavailableError("ContainerCredentials" + error.reason) from None
        return _read(answer)

    def _container_url(self) -> str:
        if relative := self._environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
            return RELATIVE_URI_ORIGIN + relative
        if full := self._environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return full
        raise ConfigurationError(
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or AWS_CONTAINER_CREDENTIALS_FULL_URI"
        )

    def _container_token(self) -> str:
        token = self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if path := self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            # Read each time: it is exchanged while we run.
            try:
                with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as in trust.py
                    token = file.read().strip()
            except OSError as error:
                raise ConfigurationError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read") from error
        if not token.isprintable():
            raise ConfigurationError("the container's authorization token holds a control character")
        return token


def _read(answer: Answer) -> Credentials:
    if answer.status != 200:
        raise UnavailableError(f"ContainerCredentialsHttp{answer.status}")
    try:
        document = json.loads(answer.body)
        expiration = document.get("Expiration")
        return Credentials(
            access_key_id=str(document["AccessKeyId"]),
            secret_access_key=str(document["SecretAccessKey"]),
            session_token=document.get("Token") or None,
            expires_at=datetime.fromisoformat(expiration) if expiration else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnavailableError("ContainerCredentialsUnreadable") from None
