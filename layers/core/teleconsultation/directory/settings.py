"""Settings of the functions that ask a directory, read from the environment."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.ports import Clock
from teleconsultation.settings import Environment, SettingsError, whole_number

KEPT_FOR: Final = timedelta(minutes=1)
"""How old the secret that was read may be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectorySettings:
    """Which directory is asked; at most one of the three addresses is set."""

    users_api_endpoint: str
    source: str
    target: str
    user_pool_id: str
    user_pool_region: str
    auth0_address: str
    secret_id: str
    profile_max_age: timedelta

    @classmethod
    def from_environment(cls, environment: Environment) -> "DirectorySettings | None":
        """Return the settings in the environment, or None if there is no directory.

        Raises:
            SettingsError: a variable is missing or invalid.
        """
        endpoint = environment.get("USERS_API_ENDPOINT", "")
        user_pool_arn = environment.get("COGNITO_USER_POOL_ARN", "")
        domain = environment.get("AUTH0_DOMAIN", "")
        if not (endpoint or user_pool_arn or domain):
            return None
        return cls(
            users_api_endpoint=endpoint,
            source=environment.get("CUSTOM_USER_ID_SOURCE") or "_id",
            target=environment.get("CUSTOM_USER_ID_TARGET") or "authUserId",
            user_pool_id=user_pool_arn.rpartition("/")[2],
            user_pool_region=user_pool_arn.split(":")[3] if user_pool_arn else "",
            auth0_address=f"https://{domain}" if domain else "",
            secret_id=environment.get("DIRECTORY_SECRET_ARN", ""),
            profile_max_age=timedelta(days=whole_number(environment, "PROFILE_MAX_AGE_DAYS")),
        )


class DirectorySecret:
    """The directory's secret, read again when it is old: it may have been rotated.

    Args:
        read: Returns the secret's text; raises DirectoryUnavailableError if it cannot be read now.
    """

    def __init__(self, read: Callable[[], str], *, clock: Clock) -> None:
        """Keep the arguments; nothing is read yet."""
        self._read = read
        self._clock = clock
        self._text: str | None = None
        self._read_at: datetime | None = None

    def member(self, name: str) -> str:
        """Return a member. What was read before serves while the secret cannot be read.

        Raises:
            DirectoryUnavailableError, SettingsError: it was never read; or as `secret_member`.
        """
        now = self._clock()
        if self._text is None or self._read_at is None or now - self._read_at >= KEPT_FOR:
            try:
                self._text = self._read()
            except DirectoryUnavailableError:
                if self._text is None:
                    raise
            else:
                self._read_at = now
        return secret_member(self._text, name)


def secret_member(text: str, name: str) -> str:
    """Return a member of the directory's secret.

    Raises:
        SettingsError: the secret is no JSON object, or has no such member.
    """
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    value = values.get(name) if isinstance(values, dict) else None
    if not isinstance(value, str) or not value:
        raise SettingsError(f"the directory's secret has no {name}: write it as JSON into DirectorySecretArn")
    return value
