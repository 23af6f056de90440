"""What a client of DynamoDB gives back: DynamoDB's own JSON (attribute values as `{"S": "..."}`), or one of
these errors.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
