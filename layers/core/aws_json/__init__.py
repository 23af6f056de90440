"""One signed, strongly consistent read of DynamoDB with a deadline, on nothing but the standard library.

GET reads the table with it, because a patient waits for GET's cold start: boto3 takes a third of a second of
one, this some milliseconds. All other functions use boto3. It knows nothing of this product. The numbers and
the alternatives stand in docs/decisions.md; `tests/contract/aws_json` compares it with botocore.
"""

from aws_json.client import DynamoDBReader, JsonObject, is_passing
from aws_json.errors import AwsError, ConfigurationError, RefusedError, UnavailableError
from aws_json.trust import trusted_roots

__all__ = [
    "AwsError",
    "ConfigurationError",
    "DynamoDBReader",
    "JsonObject",
    "RefusedError",
    "UnavailableError",
    "is_passing",
    "trusted_roots",
]
