"""One small transport to DynamoDB, speaking its own JSON (attribute values as `{"S": "..."}`).

The repository needs nothing but `send`, so what carries the bytes can change without it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Protocol

from aws_json import AwsJsonClient, JsonObject, RefusedError, UnavailableError
from teleconsultation.domain.errors import StorageUnavailableError

__all__ = ["AwsDynamoDB", "ConditionFailedError", "DynamoDB", "DynamoDBError", "JsonObject"]


class DynamoDBError(Exception):
    """DynamoDB refused a request for a reason that waiting does not cure: a defect of ours, a missing table
    or a missing right.
    """

    def __init__(self, code: str) -> None:
        """Keep DynamoDB's error code; its message may quote the request, so it is left out."""
        super().__init__(f"DynamoDB refused the request: {code}")
        self.code = code


class ConditionFailedError(DynamoDBError):
    """A condition did not hold; `item` is what is stored, if the request asked for it and there is
    something.
    """

    def __init__(self, item: JsonObject | None) -> None:
        """Keep the stored item."""
        super().__init__("ConditionalCheckFailedException")
        self.item = item


class DynamoDB(Protocol):
    """A transport."""

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """Send one request and return the response.

        Raises:
            ConditionFailedError: the request's condition did not hold.
            StorageUnavailableError: throttled, down or out of reach; a write may have happened.
            DynamoDBError: any other refusal.
        """


class AwsDynamoDB:
    """The transport over AWS's JSON protocol. `AWS_ENDPOINT_URL_DYNAMODB` points it elsewhere."""

    def __init__(self, client: AwsJsonClient) -> None:
        """Keep the client, and with it its connections."""
        self._client = client

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """As `DynamoDB.send`."""
        try:
            return self._client.call(operation, request)
        except RefusedError as refusal:
            if refusal.code == "ConditionalCheckFailedException":
                raise ConditionFailedError(refusal.body.get("Item")) from None
            raise DynamoDBError(refusal.code) from None
        except UnavailableError as error:
            raise StorageUnavailableError(error.code) from None
