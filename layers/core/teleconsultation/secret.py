"""The provider's secret: the API key, which is rotated, and the key of our derived ids, which never is."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.errors import ProviderUnavailableError
from teleconsultation.settings import SettingsError

CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


class ProviderSecret:
    """`{"apiKey": "...", "userIdKey": "..."}` in Secrets Manager, read once and again when the provider
    refuses the key.

    It is an `ApiKey` of the Bandyer client.
    """

    def __init__(self, *, secret_id: str, session: boto3.Session | None = None) -> None:
        """Build the client; nothing is read yet."""
        self._client = (session or boto3.Session()).client("secretsmanager", config=CONFIG)
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
        try:
            # A secret of bytes has no string; it is not JSON either.
            text = self._client.get_secret_value(SecretId=self._secret_id).get("SecretString", "")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or code == "ThrottlingException":
                raise ProviderUnavailableError(provider_code="secret_unavailable") from None
            raise SettingsError(f"the provider's secret cannot be read: {code}") from None
        except BotoCoreError as error:
            raise ProviderUnavailableError(provider_code="secret_unavailable") from error
        try:
            values = json.loads(text)
        except ValueError:
            raise SettingsError("the provider's secret is not JSON") from None
        if not isinstance(values, dict):
            raise SettingsError("the provider's secret is not a JSON object")
        return values
