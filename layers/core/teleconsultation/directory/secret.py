"""The directory's secret in Secrets Manager: `{"token"}` for a users API, `{"clientId", "clientSecret"}` for
Auth0.
"""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws_json import is_passing
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.ports import Clock
from teleconsultation.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_FOR: Final = timedelta(minutes=1)
"""How old what was read may be: a rotated secret is used after this time."""
FAILED_FOR: Final = timedelta(seconds=10)
"""How long a reading that failed is not repeated: each may take seconds of a request."""


class DirectorySecret:
    """The secret, read again when it is old: it may have been rotated."""

    def __init__(self, *, secret_id: str, client: "SecretsManagerClient", clock: Clock) -> None:
        """Keep the client; nothing is read yet."""
        self._secret_id = secret_id
        self._client = client
        self._clock = clock
        self._text = ""
        self._failure: DirectoryUnavailableError | SettingsError | None = None
        self._read_again_at: datetime | None = None

    def member(self, name: str) -> str:
        """Return a member. What was read before serves while Secrets Manager cannot answer.

        Raises:
            DirectoryUnavailableError: Secrets Manager cannot answer, and never has.
            SettingsError: the secret is missing or may not be read; or as `secret_member`.
        """
        if self._read_again_at is None or self._clock() >= self._read_again_at:
            self._read()
        if self._failure is not None and (not self._text or isinstance(self._failure, SettingsError)):
            raise self._failure.with_traceback(None)
        return secret_member(self._text, name)

    def _read(self) -> None:
        try:
            self._text, self._failure = self._fetched(), None
        except (DirectoryUnavailableError, SettingsError) as error:
            self._failure = error
        self._read_again_at = self._clock() + (KEPT_FOR if self._failure is None else FAILED_FOR)

    def _fetched(self) -> str:
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            return self._client.get_secret_value(SecretId=self._secret_id).get("SecretString", "")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if is_passing(code, status=error.response["ResponseMetadata"]["HTTPStatusCode"]):
                raise DirectoryUnavailableError(f"secret: {code}") from None
            raise SettingsError(
                f"the directory's secret cannot be read: {code}. "
                "Check DirectorySecretArn and the function's right"
            ) from None
        except BotoCoreError as error:
            raise DirectoryUnavailableError(f"secret: {type(error).__name__}") from None


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
