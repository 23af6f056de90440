"""The transport of all functions that write: boto3's client."""

from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from aws_json import PASSING_CODES, TOO_MANY_REQUESTS
from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WITHOUT_ANSWER = (NoConnectionError, HTTPClientError)


class Boto3Transport:
    """The transport (`DynamoDB`) over a boto3 client, which repeats what may be repeated."""

    def __init__(self, client: "DynamoDBClient") -> None:
        """Keep the client, and with it its connections."""
        self._client = client

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """As `DynamoDB.send`."""
        call = getattr(self._client, xform_name(operation))
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            response: JsonObject = call(**request)
        except ClientError as error:
            raise _refusal({**error.response}) from None
        except _WITHOUT_ANSWER as error:
            raise StorageUnavailableError(type(error).__name__) from None
        except BotoCoreError as error:
            raise DynamoDBError(type(error).__name__) from None
        return response


def _refusal(response: dict[str, Any]) -> DynamoDBError | StorageUnavailableError:
    code: str = response["Error"]["Code"]
    status: int = response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError(response.get("Item"))
    if status >= 500 or status == TOO_MANY_REQUESTS or code in PASSING_CODES:
        return StorageUnavailableError(code)
    return DynamoDBError(code)
