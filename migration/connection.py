"""The ports of a deployment, or of the stack on this machine, for a command that an operator runs.

The settings are the environment of the function that creates visits, so a room is made as a POST makes it.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from bandyer import BandyerClient, new_session
from deployment.errors import DeploymentError
from deployment.stack import explained, read_outputs, session_for
from deployment.target import read_target
from local.emulator import AwsEmulator
from local.ports import HOST, PortError, Ports
from local.stack import environment_of
from migration.errors import MigrationError
from migration.pace import keep_pace
from teleconsultation.domain.errors import ConflictError, ProviderError, StorageUnavailableError
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Clock
from teleconsultation.domain.ports import Ports as ServicePorts
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.rooms import BandyerRooms
from teleconsultation.provider.secret import ProviderSecret
from teleconsultation.provider.settings import (
    ProviderSettings,
    read_frame_origins,
    read_policy,
    read_secret_id,
)
from teleconsultation.settings import Settings, SettingsError
from teleconsultation.storage.boto3_transport import Boto3Transport
from teleconsultation.storage.calls import DynamoDBCalls
from teleconsultation.storage.dynamodb import DynamoDBError
from teleconsultation.storage.repository import DynamoDBTeleconsultations
from teleconsultation.storage.table_identity import TableIdentity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

PROJECT: Final = Path(__file__).resolve().parents[1]
LOCAL: Final = "local"
CREATING_FUNCTION: Final = "CreateTeleconsultationFunction"
REQUESTS_PER_SECOND: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What a command needs of a deployment."""

    ports: ServicePorts
    policy: Policy
    join_secrets: JoinSecrets | None
    retention: timedelta
    page_url: str
    provider: BandyerClient


def connect(environment: str) -> Connection:
    """Return the connection to `dev`, to `prod`, or to the stack that runs on this machine (`local`).

    Raises:
        MigrationError: it is not deployed, does not run, or is configured wrongly.
    """
    if environment == LOCAL:
        return _connect_to_this_machine()
    try:
        target = read_target(environment, project=PROJECT)
        session = session_for(target)
        outputs = read_outputs(session, stack_name=target.stack_name)
        with explained():
            resource = session.client("cloudformation").describe_stack_resource(
                StackName=target.stack_name, LogicalResourceId=CREATING_FUNCTION
            )["StackResourceDetail"]
            function = session.client("lambda").get_function_configuration(
                FunctionName=resource["PhysicalResourceId"]
            )
    except DeploymentError as error:
        raise MigrationError(str(error)) from error
    return connection_to(
        function["Environment"]["Variables"],
        dynamodb=session.client("dynamodb"),
        secrets_manager=session.client("secretsmanager"),
        session=_paced_session(),
        page_url=outputs.page_url,
    )


def _connect_to_this_machine() -> Connection:
    try:
        ports = Ports.from_environment(os.environ)
    except PortError as error:
        raise MigrationError(str(error)) from error
    for name, port in (("the table", ports.aws), ("the simulator", ports.bandyer)):
        try:
            socket.create_connection((HOST, port), timeout=5).close()
        except OSError as error:
            raise MigrationError(f"Port {port} ({name}) does not answer: start make run first.") from error
    aws = AwsEmulator(url=f"http://{HOST}:{ports.aws}")
    return connection_to(
        environment_of(ports),
        dynamodb=aws.client("dynamodb"),
        secrets_manager=aws.client("secretsmanager"),
        session=_paced_session(),
        page_url=f"http://{HOST}:{ports.gateway}",
    )


def _paced_session() -> requests.Session:
    session = new_session()
    keep_pace(session, per_second=REQUESTS_PER_SECOND)
    return session


def utc_now() -> datetime:
    """Return the time of the machine's clock."""
    return datetime.now(UTC)


def connection_to(
    environment: Mapping[str, str],
    *,
    dynamodb: "DynamoDBClient",
    secrets_manager: "SecretsManagerClient",
    session: requests.Session,
    page_url: str,
    clock: Clock = utc_now,
) -> Connection:
    """Return the connection that a function with this environment has; `session` leads to the provider.

    Raises:
        MigrationError: a setting is missing or invalid.
    """
    with explained_errors():
        settings = Settings.from_environment(environment)
        provider_settings = ProviderSettings.from_environment(environment)
        secret_id = read_secret_id(environment)
        frame_origins = read_frame_origins(environment)
        policy = read_policy(environment, door=settings.door)
    transport = Boto3Transport(dynamodb)
    secret = ProviderSecret(secret_id=secret_id, client=secrets_manager, clock=clock)
    provider = BandyerClient(
        base_url=provider_settings.base_url,
        path_prefix=provider_settings.path_prefix,
        api_key=secret,
        session=session,
    )
    table = TableIdentity(settings.table_name)
    return Connection(
        ports=ServicePorts(
            teleconsultations=DynamoDBTeleconsultations(
                transport, table_name=settings.table_name, retention=settings.retention, clock=clock
            ),
            calls=DynamoDBCalls(transport, table_name=settings.table_name, clock=clock),
            rooms=BandyerRooms(
                provider,
                ids=DerivedIds(
                    secret.user_id_key,
                    table_identity=lambda: table.read(transport),
                    table_name=settings.table_name,
                ),
                frame_origins=lambda: frame_origins,
            ),
            clock=clock,
        ),
        policy=policy,
        join_secrets=JoinSecrets(secret.user_id_key) if settings.join_links else None,
        retention=settings.retention,
        page_url=page_url,
        provider=provider,
    )


@contextmanager
def explained_errors() -> Iterator[None]:
    """Convert an error of the service into one line.

    Raises:
        MigrationError: the block raised such an error.
    """
    try:
        yield
    except SettingsError as error:
        raise MigrationError(f"The deployment's settings: {error}.") from error
    except ProviderError as error:
        raise MigrationError(
            f"Bandyer did not carry out a request ({error.provider_code}). What was done stays; run it again."
        ) from error
    except (StorageUnavailableError, DynamoDBError) as error:
        raise MigrationError(
            f"The table did not answer ({error}). What was done stays; run it again."
        ) from error
    except ConflictError as error:
        raise MigrationError("A visit is being changed. What was done stays; run it again.") from error
