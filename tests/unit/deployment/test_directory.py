"""A directory that cannot work is refused before the build."""

from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from deployment.directory import check_directory
from deployment.errors import DeploymentError

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:people-abc123"
NONE = {"UsersApiEndpoint": "", "CognitoUserPoolArn": "", "Auth0Domain": "", "DirectorySecretArn": ""}
AUTH0 = {**NONE, "Auth0Domain": "clinic.eu.auth0.com", "DirectorySecretArn": SECRET}
USERS_API = {**NONE, "UsersApiEndpoint": "https://people.example/users"}


class _Session:
    """A session whose secret has this text, or that answers this error."""

    def __init__(self, *, text: str = "{}", error: str | None = None) -> None:
        self._text = text
        self._error = error

    def client(self, name: str) -> object:
        client: Any = boto3.client(name, region_name="eu-west-1")  # type: ignore[call-overload]
        stubber = Stubber(client)
        if self._error:
            stubber.add_client_error("get_secret_value", self._error)
        else:
            stubber.add_response("get_secret_value", {"SecretString": self._text}, {"SecretId": SECRET})
        stubber.activate()
        return client


def _check(parameters: dict[str, str], *, text: str = "{}", error: str | None = None) -> None:
    check_directory(parameters, session=cast("boto3.Session", _Session(text=text, error=error)))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (NONE, ""),
        (USERS_API, ""),
        ({**USERS_API, "DirectorySecretArn": SECRET}, '{"token": "t"}'),
        (AUTH0, '{"clientId": "i", "clientSecret": "s"}'),
    ],
)
def test_what_fits_is_accepted(parameters: dict[str, str], text: str) -> None:
    _check(parameters, text=text)


@pytest.mark.parametrize(
    ("parameters", "text", "says"),
    [
        ({**AUTH0, "UsersApiEndpoint": "https://people.example"}, "", "at most one of"),
        ({**AUTH0, "DirectorySecretArn": ""}, "", "Auth0Domain needs DirectorySecretArn"),
        ({**NONE, "DirectorySecretArn": SECRET}, "", "but none of"),
        (AUTH0, '{"clientId": "i"}', "lacks clientSecret"),
        (AUTH0, '["a-secret"]', "lacks clientId and clientSecret"),
        ({**USERS_API, "DirectorySecretArn": SECRET}, "a-secret", "lacks token"),
    ],
)
def test_what_does_not_is_named_without_the_secret(parameters: dict[str, str], text: str, says: str) -> None:
    with pytest.raises(DeploymentError, match=says) as failure:
        _check(parameters, text=text)

    assert "a-secret" not in str(failure.value)


def test_a_secret_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DeploymentError, match="does not exist"):
        _check(AUTH0, error="ResourceNotFoundException")


def test_a_secret_that_may_not_be_read_here_is_not_looked_into() -> None:
    _check(AUTH0, error="AccessDeniedException")
