"""The transport of GET: one item at a time, read by `aws_json`, which loads in milliseconds."""

from aws_json import ConfigurationError, DynamoDBReader, RefusedError, UnavailableError
from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.settings import SettingsError
from teleconsultation.storage.dynamodb import DynamoDBError, JsonObject


class AwsJsonTransport:
    """The transport (`DynamoDB`) over a reader; GetItem is all it can send."""

    def __init__(self, reader: DynamoDBReader) -> None:
        """Keep the reader, and with it its connections."""
        self._reader = reader

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """As `DynamoDB.send`.

        Raises:
            SettingsError: there are no credentials.
        """
        if operation != "GetItem":
            raise ValueError(f"this transport does not send {operation}")
        try:
            return self._reader.get_item(request)
        except RefusedError as refusal:
            raise DynamoDBError(refusal.code) from None
        except UnavailableError as error:
            raise StorageUnavailableError(error.code) from None
        except ConfigurationError as error:
            raise SettingsError(str(error)) from None
