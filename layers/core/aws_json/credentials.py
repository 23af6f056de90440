"""AWS credentials, from the variables that Lambda sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_json.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """One set of keys."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def credentials(environment: Mapping[str, str]) -> Credentials:
    """Return the keys of the environment.

    Raises:
        ConfigurationError: a key is missing.
    """
    access_key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret_access_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret_access_key:
        raise ConfigurationError("no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set")
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=environment.get("AWS_SESSION_TOKEN") or None,
    )
