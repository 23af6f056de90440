"""The storage transport as AWS's own SDK makes it: what ours is held against."""

from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject

UNAVAILABLE = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


class Boto3DynamoDB:
    """The transport over a boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        call = getattr(self._client, xform_name(operation))
        try:
            response: JsonObject = call(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                stored: dict[str, Any] = {**error.response}
                raise ConditionFailedError(stored.get("Item")) from None
            if code in UNAVAILABLE or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise StorageUnavailableError(code) from None
            raise DynamoDBError(code) from None
        except (HTTPClientError, BotoCoreError) as error:
            raise StorageUnavailableError(type(error).__name__) from None
        return response
