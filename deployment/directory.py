"""Checks the directory's parameters before the build: CloudFormation would name some of it minutes later, and
the functions the rest with the first booking.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from deployment.errors import DeploymentError
from deployment.stack import explained

_DIRECTORIES: Final = ("UsersApiEndpoint", "CognitoUserPoolArn", "Auth0Domain")
_MEMBERS: Final = {
    "UsersApiEndpoint": ("token",),
    "CognitoUserPoolArn": (),
    "Auth0Domain": ("clientId", "clientSecret"),
}


def check_directory(parameters: Mapping[str, str], *, session: boto3.Session) -> None:
    """Compare what the directory needs with what is set and with what its secret holds. A secret that whoever
    deploys may not read is not looked into.

    Raises:
        DeploymentError: something is missing or contradicts itself, or AWS cannot be reached.
    """
    wanted = [name for name in _DIRECTORIES if parameters[name]]
    secret_arn = parameters["DirectorySecretArn"]
    if len(wanted) > 1:
        raise DeploymentError(f"Set at most one of {', '.join(_DIRECTORIES)}.")
    if not wanted:
        if secret_arn:
            raise DeploymentError(f"DirectorySecretArn is set, but none of {', '.join(_DIRECTORIES)}.")
        return
    [directory] = wanted
    if not secret_arn:
        if directory == "Auth0Domain":
            raise DeploymentError(
                "Auth0Domain needs DirectorySecretArn, a secret with clientId and clientSecret."
            )
        return
    if text := _text(secret_arn, session=session):
        _check_members(text, names=_MEMBERS[directory])


def _text(secret_arn: str, *, session: boto3.Session) -> str | None:
    with explained():
        try:
            answer = session.client("secretsmanager").get_secret_value(SecretId=secret_arn)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceNotFoundException":
                raise DeploymentError(
                    "DirectorySecretArn names a secret that does not exist in this region."
                ) from None
            if code == "AccessDeniedException":
                return None
            raise
    return answer.get("SecretString", "{}")


def _check_members(text: str, *, names: tuple[str, ...]) -> None:
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    missing = [name for name in names if not isinstance(values, dict) or not values.get(name)]
    if missing:
        raise DeploymentError(
            f"The secret in DirectorySecretArn lacks {' and '.join(missing)}: write it as a JSON object."
        )
