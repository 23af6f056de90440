"""A command gets the settings that the deployed functions have."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from deployment.errors import DeploymentError
from local.ports import Ports
from local.stack import environment_of
from migration import connection as module
from migration.connection import CREATING_FUNCTION, connect, explained_errors
from migration.errors import MigrationError
from teleconsultation.domain.errors import ConflictError, ProviderUnavailableError, StorageUnavailableError
from teleconsultation.domain.model import Role
from teleconsultation.settings import SettingsError

PORTS = Ports(gateway=1, bandyer=2, issuer=3, aws=4)


class _Session:
    """A boto3 session whose clients answer as they are told, and send nothing."""

    def __init__(self) -> None:
        self._session = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1"
        )
        self._clients: dict[str, Any] = {}
        self._stubbers = ExitStack()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(service)  # type: ignore[call-overload]
        return self._clients[service]

    def answer(self, service: str, operation: str, answer: Any, **expected: Any) -> None:
        stubber = Stubber(self.client(service))
        stubber.add_response(operation, answer, expected)
        self._stubbers.enter_context(stubber)

    def close(self) -> None:
        self._stubbers.close()


@contextmanager
def _deployed(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Iterator[None]:
    session = _Session()
    session.answer(
        "cloudformation",
        "describe_stack_resource",
        {
            "StackResourceDetail": {
                "LogicalResourceId": CREATING_FUNCTION,
                "PhysicalResourceId": "clinic-create-1",
                "ResourceType": "AWS::Lambda::Function",
                "LastUpdatedTimestamp": "2026-12-01T12:00:00Z",
                "ResourceStatus": "CREATE_COMPLETE",
            }
        },
        StackName="clinic",
        LogicalResourceId=CREATING_FUNCTION,
    )
    session.answer(
        "lambda",
        "get_function_configuration",
        {"Environment": {"Variables": environment}},
        FunctionName="clinic-create-1",
    )
    secret = {"SecretString": json.dumps({"apiKey": "ak_test", "userIdKey": "a key"})}
    session.answer("secretsmanager", "get_secret_value", secret, SecretId=environment["BANDYER_SECRET_ARN"])
    monkeypatch.setattr(module, "read_target", lambda *_, **__: SimpleNamespace(stack_name="clinic"))
    monkeypatch.setattr(module, "session_for", lambda _: session)
    monkeypatch.setattr(
        module, "read_outputs", lambda *_, **__: SimpleNamespace(page_url="https://visits.example")
    )
    try:
        yield
    finally:
        session.close()


def test_a_deployment_is_connected_to_as_its_functions_are(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = environment_of(PORTS) | {"RETENTION_DAYS": "7", "UNLIMITED_TELECONSULTATION": "true"}

    with _deployed(monkeypatch, environment):
        connection = connect("dev")
        user_id = connection.ports.rooms.user_id("auth0|a", role=Role.BASIC)

    assert (connection.retention.days, connection.policy.unlimited) == (7, True)
    assert connection.page_url == "https://visits.example"
    assert connection.join_secrets is not None
    assert user_id.startswith("usr_")


def test_an_environment_that_does_not_exist_is_explained() -> None:
    with pytest.raises(MigrationError, match="ENV=dev or ENV=prod"):
        connect("")


def test_a_deployment_that_cannot_be_read_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise DeploymentError("No AWS credentials: sign in.")

    monkeypatch.setattr(module, "read_target", refused)

    with pytest.raises(MigrationError, match="No AWS credentials"):
        connect("dev")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (SettingsError("TABLE_NAME is not set"), "TABLE_NAME is not set"),
        (ProviderUnavailableError(provider_code="ServerError"), "ServerError.*run it again"),
        (StorageUnavailableError("Throttling"), "Throttling.*run it again"),
        (ConflictError("another version"), "run it again"),
    ],
)
def test_each_error_of_the_service_is_one_line(error: Exception, message: str) -> None:
    with pytest.raises(MigrationError, match=message), explained_errors():
        raise error
