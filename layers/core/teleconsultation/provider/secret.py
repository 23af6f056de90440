"""The provider's secret: the API key, which is rotated, and the key of our derived ids, which never is."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aws_json import PASSING_CODES, TOO_MANY_REQUESTS
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class ProviderSecret:
    """`{"apiKey": "...", "userIdKey": "..."}` in Secrets Manager, read once and again when the provider
    refuses the key.

    It is an `ApiKey` of the Bandyer client.
    """

    def __init__(self, *, secret_id: str, client: "SecretsManagerClient") -> None:
        """Keep the client; nothing is read yet."""
        self._client = client
        self._secret_id = secret_id
        self._values: dict[str, str] | None = None

    def current(self) -> str:
        """Return the API key as last read."""
        return self._value("apiKey")

    def renewed(self) -> str:
        """Read the secret afresh and return the API key: it may have been rotated."""
        self._values = self._read()
        return self._value("apiKey")

    def user_id_key(self) -> str:
        """Return the key for `DerivedIds`."""
        return self._value("userIdKey")

    def _value(self, name: str) -> str:
        # One look at the attribute: another thread may be renewing it.
        values = self._values
        if values is None:
            values = self._values = self._read()
        value = values.get(name)
        if not isinstance(value, str) or not value:
            raise SettingsError(f"the provider's secret has no {name}: put it into Secrets Manager")
        return value

    def _read(self) -> dict[str, str]:
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status >= 500 or status == TOO_MANY_REQUESTS or code in PASSING_CODES:
                raise ProviderUnavailableError(provider_code="secret_unavailable") from None
            raise SettingsError(f"the provider's secret cannot be read: {code}") from None
        except BotoCoreError:
            raise ProviderUnavailableError(provider_code="secret_unavailable") from None
        # A secret of bytes has no string; it is not JSON either.
        text = answer.get("SecretString", "")
        try:
            values = json.loads(text)
        except ValueError:
            raise SettingsError("the provider's secret is not JSON") from None
        if not isinstance(values, dict):
            raise SettingsError("the provider's secret is not a JSON object")
        return values
