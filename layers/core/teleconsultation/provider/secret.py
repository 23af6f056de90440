"""The provider's secret: the API key, which is rotated, and the key of our derived ids, which never is."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws_json import is_passing
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.domain.ports import Clock
from teleconsultation.settings import NotConfiguredError, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FAILED_FOR: Final = timedelta(seconds=10)
"""How long nothing is read after Secrets Manager could not answer: a request has several uses of the secret,
and each would wait for seconds.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Keys:
    api_key: str = field(repr=False)
    user_id_key: str = field(repr=False)


class ProviderSecret:
    """`{"apiKey": "...", "userIdKey": "..."}` in Secrets Manager, read once and again when the provider
    refuses the key.

    Only a complete secret is kept. Until it is complete, each use reads it again and fails, so a process uses
    the API key as soon as the operator has put it in. If Secrets Manager cannot answer, it is asked again
    after `FAILED_FOR`.

    It is an `ApiKey` of the Bandyer client. All methods raise:
        NotConfiguredError: the secret has no API key yet.
        SettingsError: it is incomplete otherwise, is not JSON, or cannot be read.
        ProviderUnavailableError: Secrets Manager cannot answer now.
    """

    def __init__(self, *, secret_id: str, client: "SecretsManagerClient", clock: Clock) -> None:
        """Keep the client; nothing is read yet."""
        self._client = client
        self._clock = clock
        self._failed_at: datetime | None = None
        self._secret_id = secret_id
        self._keys: _Keys | None = None

    def current(self) -> str:
        """Return the API key as last read."""
        return self._last_read().api_key

    def renewed(self) -> str:
        """Read the secret afresh and return the API key: it may have been rotated."""
        self._keys = keys = self._read()
        return keys.api_key

    def previous(self) -> str | None:
        """Return the API key of the secret's version before, read afresh; None if there is none."""
        try:
            values = json.loads(self._fetched(VersionStage="AWSPREVIOUS"))
        except (_NoSuchVersionError, ValueError):
            return None
        key = values.get("apiKey") if isinstance(values, dict) else None
        return key if _is_key(key) else None

    def user_id_key(self) -> str:
        """Return the key for `DerivedIds`."""
        return self._last_read().user_id_key

    def _last_read(self) -> _Keys:
        # One look at the attribute: another thread may be renewing it.
        keys = self._keys
        if keys is None:
            keys = self._keys = self._read()
        return keys

    def _read(self) -> _Keys:
        try:
            return self._whole(self._fetched())
        except _NoSuchVersionError:
            raise SettingsError(_unreadable("ResourceNotFoundException")) from None

    def _fetched(self, **version: str) -> str:
        failed_at = self._failed_at
        if failed_at is not None and self._clock() < failed_at + FAILED_FOR:
            raise ProviderUnavailableError(provider_code="secret_unavailable")
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id, **version)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceNotFoundException":
                raise _NoSuchVersionError from None
            if not is_passing(code, status=error.response["ResponseMetadata"]["HTTPStatusCode"]):
                raise SettingsError(_unreadable(code)) from None
        except BotoCoreError:
            pass
        else:
            # A secret of bytes has no string; it is not JSON either.
            return answer.get("SecretString", "")
        self._failed_at = self._clock()
        raise ProviderUnavailableError(provider_code="secret_unavailable")

    def _whole(self, text: str) -> _Keys:
        try:
            values = json.loads(text)
        except ValueError:
            raise SettingsError('the provider\'s secret is not JSON: write {"apiKey", "userIdKey"}') from None
        if not isinstance(values, dict):
            raise SettingsError('the provider\'s secret is not a JSON object: write {"apiKey", "userIdKey"}')
        if not _is_key(values.get("userIdKey")):
            raise SettingsError(
                "the provider's secret has no userIdKey: put its previous one back, never a new one"
            )
        if not _is_key(values.get("apiKey")):
            # The stack makes the secret with an empty API key.
            error = NotConfiguredError if self._keys is None else SettingsError
            raise error("the provider's secret has no apiKey: put it into Secrets Manager")
        return _Keys(api_key=values["apiKey"], user_id_key=values["userIdKey"])


class _NoSuchVersionError(Exception):
    """The secret, or this version of it, does not exist."""


def _unreadable(code: str) -> str:
    return f"the provider's secret cannot be read: {code}. Check that it exists and the function's right"


def _is_key(value: Any) -> bool:  # noqa: ANN401 - a member of a JSON document
    return isinstance(value, str) and value != ""
