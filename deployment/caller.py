"""Computes what stands for a client in the logs of changes, as the service's `domain/caller_hash.py` does."""

import hashlib
import hmac
import json
from typing import Final

import boto3

from deployment.errors import DeploymentError
from deployment.stack import explained

_DIGITS: Final = 16


def caller_hash(client_id: str, *, secret_arn: str, session: boto3.Session) -> str:
    """Return the value of the log's field `caller` for a client.

    Raises:
        DeploymentError: the secret cannot be read, or has no userIdKey.
    """
    with explained():
        secret = session.client("secretsmanager").get_secret_value(SecretId=secret_arn)
    message = f"caller\0{client_id}".encode()
    try:
        key = json.loads(secret["SecretString"])["userIdKey"].encode()
    except (AttributeError, KeyError, TypeError, ValueError):
        # The parser's error would quote the secret.
        raise DeploymentError(
            "The secret has no userIdKey: see docs/operations.md, first deploy, step 8."
        ) from None
    return hmac.digest(key, message, hashlib.sha256).hex()[:_DIGITS]
