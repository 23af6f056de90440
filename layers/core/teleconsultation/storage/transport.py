"""What the storage needs of a client of DynamoDB: one method.

Two modules implement it: `boto3_transport` for all functions that write, `aws_json_transport` for GET.
"""

from typing import Protocol

from teleconsultation.storage.dynamodb import JsonObject


class DynamoDB(Protocol):
    """A transport."""

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """Send one request and return the response.

        Raises:
            ConditionFailedError: the request's condition did not hold.
            StorageUnavailableError: throttled, down or out of reach; a write may have happened.
            DynamoDBError: any other refusal.
        """
