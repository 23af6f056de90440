"""What the repository needs of DynamoDB: one method, which speaks DynamoDB's own JSON (attribute values as
`{"S": "..."}`), and the errors that it raises.

Two modules implement it: `boto3_transport` for all functions that write, `aws_json_transport` for GET.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Any, Protocol

type JsonObject = dict[str, Any]


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
