"""The adapter's settings, read from the environment of its container."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

ORIGINAL_ADDRESS: Final = "/api/v1/telecons-be"
DEFAULT_PORT: Final = "8080"


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it and its valid values."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The service, the client at its issuer, and where to listen."""

    base_url: str
    """The original's address at the service's site."""
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: str | None
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings in the environment.

        Raises:
            SettingsError: a variable is missing or wrong.
        """
        port = environment.get("PORT") or DEFAULT_PORT
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise SettingsError("PORT must be a number from 1 to 65535")
        return cls(
            base_url=_address(environment, "SITE_URL").rstrip("/") + ORIGINAL_ADDRESS,
            issuer=_address(environment, "OIDC_ISSUER"),
            client_id=_required(environment, "CLIENT_ID"),
            client_secret=_required(environment, "CLIENT_SECRET"),
            audience=environment.get("OIDC_AUDIENCE") or None,
            port=int(port),
        )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _address(environment: Mapping[str, str], name: str) -> str:
    """Return an address to which secrets may be sent: https, or this machine."""
    value = _required(environment, name)
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise SettingsError(f"{name} is no address") from None
    is_local = parts.scheme == "http" and host in {"127.0.0.1", "localhost"}
    if (
        not host
        or parts.query
        or parts.fragment
        or parts.username
        or (parts.scheme != "https" and not is_local)
    ):
        raise SettingsError(f"{name} must be an https address, such as https://visits.example.com")
    return value
