"""One small transport to DynamoDB, speaking its own JSON (attribute values as `{"S": "..."}`).

The repository needs nothing but `send`, so what carries the bytes can change without it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Any, Protocol

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError

from teleconsultation.errors import StorageUnavailableError

type JsonObject = dict[str, Any]

CONFIG = Config(
    # A healthy call takes single-digit milliseconds; three attempts of these still end well inside GET's
    # timeout.
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
)

_UNAVAILABLE = frozenset(
    {
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Errors that pass by themselves."""


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


class Boto3DynamoDB:
    """The transport over a boto3 client. `AWS_ENDPOINT_URL_DYNAMODB` points it elsewhere."""

    def __init__(self, *, session: boto3.Session | None = None) -> None:
        """Build the client once; it keeps its connections."""
        self._client = (session or boto3.Session()).client("dynamodb", config=CONFIG)

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """As `DynamoDB.send`."""
        call = getattr(self._client, xform_name(operation))
        try:
            response: JsonObject = call(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                stored: JsonObject = {**error.response}
                raise ConditionFailedError(stored.get("Item")) from None
            if code in _UNAVAILABLE or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise StorageUnavailableError(code) from None
            raise DynamoDBError(code) from None
        except ParamValidationError as error:
            # Refused by boto3 before it was sent; its text quotes the request.
            raise DynamoDBError(type(error).__name__) from None
        except (HTTPClientError, BotoCoreError) as error:
            raise StorageUnavailableError(type(error).__name__) from None
        return response
