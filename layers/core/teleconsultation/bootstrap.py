"""The composition root: the only module that names the adapters behind the ports.

Each object is built on first use and kept for the life of the process; tests clear the caches. On Lambda the
first use is `prepare_*`, called when a handler's module is imported: during init a function has a whole
processor, and later a fraction of one.
"""

from teleconsultation.initialisation import ON_LAMBDA

# isort: split
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING

from aws_json import AwsError, ConfigurationError, DynamoDBReader, trusted_roots
from teleconsultation.domain.errors import TeleconsultationError
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.ports import Ports
from teleconsultation.settings import Settings, SettingsError
from teleconsultation.storage.aws_json_transport import AwsJsonTransport
from teleconsultation.storage.dynamodb import DynamoDB
from teleconsultation.storage.repository import DynamoDBTeleconsultations

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from requests import Session

    from probe import Probe
    from teleconsultation.domain.policy import Policy
    from teleconsultation.provider.rooms import BandyerRooms
    from teleconsultation.provider.secret import ProviderSecret
    from teleconsultation.provider.settings import ProviderSettings

RESERVE_SECONDS = 2.0
"""Kept back of the function's remaining time, to store what the provider answered and to answer ourselves."""
AWS_CONNECT_SECONDS = 1
AWS_ANSWER_SECONDS = 2
"""A healthy call takes single-digit milliseconds."""
AWS_ATTEMPTS = 4


def prepare_reading() -> None:
    """Connect GET to the table, on Lambda. What fails here fails again, and is answered, in a request."""
    if ON_LAMBDA in os.environ:
        with suppress(AwsError, SettingsError):
            _reader().connect()


def prepare_storage() -> None:
    """Load boto3's client for the table, on Lambda. What fails here fails again, as above."""
    if ON_LAMBDA in os.environ:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as in _dynamodb

        with suppress(BotoCoreError, SettingsError):
            teleconsultations()


def prepare_provider() -> None:
    """Read the secret and load the provider's client, on Lambda. Errors are ignored, as above."""
    if ON_LAMBDA not in os.environ:
        return
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as in _dynamodb

    with suppress(BotoCoreError, SettingsError):
        # Side by side: the one waits for the network, the other keeps the processor busy.
        reading = Thread(target=_read_ahead, args=(_secret(),))
        reading.start()
        try:
            video_rooms(remaining_seconds=lambda: 0.0)
        finally:
            reading.join()


def _read_ahead(secret: "ProviderSecret") -> None:
    with suppress(SettingsError, TeleconsultationError):
        secret.current()


def clock() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


@cache
def settings() -> Settings:
    """Return the settings of every function."""
    return Settings.from_environment(os.environ)


@cache
def teleconsultations() -> DynamoDBTeleconsultations:
    """Return the storage of all functions but GET."""
    from teleconsultation.storage.boto3_transport import Boto3Transport  # noqa: PLC0415 - as in _dynamodb

    return _teleconsultations(Boto3Transport(_dynamodb()))


@cache
def readable_teleconsultations() -> DynamoDBTeleconsultations:
    """Return the storage of GET, from which single teleconsultations can be read and nothing else."""
    return _teleconsultations(AwsJsonTransport(_reader()))


@cache
def policy() -> "Policy":
    """Return the rules for the functions that write."""
    from teleconsultation.provider.settings import read_policy  # noqa: PLC0415 - as in video_rooms

    return read_policy(os.environ, door=settings().door)


@cache
def join_secrets() -> JoinSecrets | None:
    """Return the source of join secrets, or None if join links are switched off."""
    return JoinSecrets(lambda: _secret().user_id_key()) if settings().join_links else None


def ports(*, remaining_seconds: Callable[[], float]) -> Ports:
    """Return storage, provider and clock for one request, which ends in `remaining_seconds()`."""
    return Ports(
        teleconsultations=teleconsultations(),
        rooms=video_rooms(remaining_seconds=remaining_seconds),
        clock=clock,
    )


def video_rooms(*, remaining_seconds: Callable[[], float]) -> "BandyerRooms":
    """Return the provider adapter for one request, which ends in `remaining_seconds()`."""
    # Imported here, because GET does not need it and a patient waits for GET's cold start.
    from bandyer import BandyerClient  # noqa: PLC0415
    from teleconsultation.provider.derived_ids import DerivedIds  # noqa: PLC0415
    from teleconsultation.provider.rooms import BandyerRooms  # noqa: PLC0415

    provider = _provider()
    client = BandyerClient(
        base_url=provider.base_url,
        path_prefix=provider.path_prefix,
        api_key=_secret(),
        session=_http_session(),
        remaining_seconds=lambda: remaining_seconds() - RESERVE_SECONDS,
    )
    return BandyerRooms(client, ids=DerivedIds(_secret().user_id_key, deployment=settings().table_name))


@cache
def probe() -> "Probe | None":
    """Return the probe, or None if it has no client at the issuer."""
    secret_id = os.environ.get("PROBE_SECRET_ARN")
    if not secret_id:
        return None
    from probe import ManagerToken, Probe, ProbeError, ProbeSettings, Web  # noqa: PLC0415

    try:
        of_deployment = ProbeSettings.from_environment(os.environ)
    except ProbeError as error:
        raise SettingsError(str(error)) from error
    web = Web(_http_session())
    token = ManagerToken(
        issuer=of_deployment.issuer,
        web=web,
        read_client=lambda: _probes_client(secret_id),
        clock=clock,
    )
    return Probe(of_deployment, web=web, token=token, clock=clock)


def _probes_client(secret_id: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as in _dynamodb

    from probe import ProbeError  # noqa: PLC0415

    # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
    try:
        return _secrets_manager().get_secret_value(SecretId=secret_id).get("SecretString", "")
    except ClientError as error:
        problem = f"the probe's secret cannot be read: {error.response['Error']['Code']}"
    except BotoCoreError as error:
        problem = f"the probe's secret cannot be read: {type(error).__name__}"
    raise ProbeError("token", problem)


def _teleconsultations(transport: DynamoDB) -> DynamoDBTeleconsultations:
    return DynamoDBTeleconsultations(
        transport,
        table_name=settings().table_name,
        retention_days=settings().retention_days,
        clock=clock,
    )


@cache
def _reader() -> DynamoDBReader:
    try:
        return DynamoDBReader()
    except ConfigurationError as error:
        raise SettingsError(str(error)) from error


@cache
def _dynamodb() -> "DynamoDBClient":
    import boto3  # noqa: PLC0415 - GET does without it, and a patient waits for GET's cold start

    return boto3.client("dynamodb", config=_aws_config())


@cache
def _secrets_manager() -> "SecretsManagerClient":
    import boto3  # noqa: PLC0415 - as in _dynamodb

    return boto3.client("secretsmanager", config=_aws_config())


@cache
def _aws_config() -> "Config":
    from botocore.config import Config  # noqa: PLC0415 - as in _dynamodb

    return Config(
        connect_timeout=AWS_CONNECT_SECONDS,
        read_timeout=AWS_ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": AWS_ATTEMPTS},
    )


@cache
def _provider() -> "ProviderSettings":
    from teleconsultation.provider.settings import ProviderSettings  # noqa: PLC0415 - as in video_rooms

    return ProviderSettings.from_environment(os.environ)


@cache
def _secret() -> "ProviderSecret":
    from teleconsultation.provider.secret import ProviderSecret  # noqa: PLC0415 - as in video_rooms

    return ProviderSecret(secret_id=_provider().secret_id, client=_secrets_manager())


@cache
def _http_session() -> "Session":
    from bandyer import new_session  # noqa: PLC0415 - as in video_rooms

    session = new_session()
    if roots := trusted_roots(os.environ):
        session.verify = roots
    return session
