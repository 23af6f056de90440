"""A client of AWS's JSON services (DynamoDB, Secrets Manager) on nothing but the standard library.

All they speak is one signed POST and a JSON object back. boto3 does that too, in a third of a second of every
cold start; this does it in some milliseconds. It knows nothing of this product. The numbers and the
alternatives stand in docs/decisions.md; `tests/contract/aws_json` holds it against botocore and against every
fault we could think of.
"""

from aws_json.client import AwsJsonClient, JsonObject
from aws_json.endpoint import DYNAMODB, SECRETS_MANAGER, Service
from aws_json.errors import AwsError, ConfigurationError, RefusedError, UnavailableError
from aws_json.trust import trusted_roots

__all__ = [
    "DYNAMODB",
    "SECRETS_MANAGER",
    "AwsError",
    "AwsJsonClient",
    "ConfigurationError",
    "JsonObject",
    "RefusedError",
    "Service",
    "UnavailableError",
    "trusted_roots",
]
