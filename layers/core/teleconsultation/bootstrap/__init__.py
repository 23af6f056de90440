"""The composition root: the only package that names the adapters behind the ports.

Each object is built on first use and kept for the life of the process; tests clear the caches. On Lambda the
first use is `prepare_*`, called when a handler's module is imported: during init a function has a whole
processor, and later a fraction of one.
"""

from teleconsultation.initialisation import ON_LAMBDA

# isort: split
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Thread

from aws_json import AwsError, ConfigurationError, DynamoDBReader, trusted_roots
from teleconsultation.domain.errors import TeleconsultationError
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.settings import Settings, SettingsError, boolean, whole_number
from teleconsultation.storage.aws_json_transport import AwsJsonTransport
from teleconsultation.storage.repository import DynamoDBTeleconsultations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from requests import Session

    from bandyer import BandyerClient, CircuitBreaker
    from probe import Probe
    from teleconsultation.directory.auth0 import TokenCache
    from teleconsultation.directory.cognito import UserPools
    from teleconsultation.directory.secret import DirectorySecret
    from teleconsultation.domain.policy import Policy
    from teleconsultation.domain.ports import Directory, Ports
    from teleconsultation.domain.privileges import Privileges
    from teleconsultation.provider.company import BandyerCompany
    from teleconsultation.provider.rooms import BandyerRooms
    from teleconsultation.provider.secret import ProviderSecret
    from teleconsultation.provider.settings import ProviderSettings
    from teleconsultation.provider.signing_keys import SigningKeys
    from teleconsultation.storage.calls import DynamoDBCalls
    from teleconsultation.storage.consents import DynamoDBConsents
    from teleconsultation.storage.erasures import DynamoDBErasures
    from teleconsultation.storage.table_identity import TableIdentity
    from teleconsultation.storage.transport import DynamoDB

    class _Adapter(Protocol):
        def __call__(self, *, remaining_seconds: Callable[[], float]) -> object: ...


PROVIDER_ATTEMPTS = 3
RESERVE_SECONDS = 7.5
"""Kept back of the function's remaining time when the provider is called, to store what it answered: enough
for two attempts of `Boto3Transport`, with a pause and its own reserve for our answer.
"""
ANSWER_RESERVE_SECONDS = 1.0
"""Kept back where nothing is stored, for our answer."""
DIRECTORY_RESERVE_SECONDS = 15.0
"""Kept back of the function's remaining time when the directory is asked, to register people and make a room.
"""


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
            _dynamodb()


def prepare_provider() -> None:
    """Read the secret and load what `ports` needs besides, on Lambda. Errors are ignored, as above."""
    _prepare(video_rooms, directory, calls)


def prepare_company() -> None:
    """Read the secret and load what `video_company` needs, on Lambda. Errors are ignored, as above."""
    _prepare(video_company)


def _prepare(*adapters: "_Adapter") -> None:
    if ON_LAMBDA not in os.environ:
        return
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as in _dynamodb

    with suppress(BotoCoreError, SettingsError):
        # Side by side: the one waits for the network, the other keeps the processor busy.
        reading = Thread(target=_read_ahead, args=(_secret(),))
        reading.start()
        try:
            for adapter in adapters:
                adapter(remaining_seconds=lambda: 0.0)
        finally:
            reading.join()


def _read_ahead(secret: "ProviderSecret") -> None:
    with suppress(SettingsError, TeleconsultationError):
        secret.current()
        # Loads its module; the key is in the secret that was just read.
        caller_hash("")


def clock() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


@cache
def settings() -> Settings:
    """Return the settings of every function."""
    return Settings.from_environment(os.environ)


def teleconsultations(*, remaining_seconds: Callable[[], float]) -> DynamoDBTeleconsultations:
    """Return the storage of all functions but GET, for one request, which ends in `remaining_seconds()`."""
    return _teleconsultations(transport(remaining_seconds=remaining_seconds))


def calls(*, remaining_seconds: Callable[[], float]) -> "DynamoDBCalls":
    """Return the storage of what is known of calls, for one request, which ends in `remaining_seconds()`."""
    from teleconsultation.storage.calls import DynamoDBCalls  # noqa: PLC0415 - not needed by GET

    return DynamoDBCalls(
        transport(remaining_seconds=remaining_seconds), table_name=settings().table_name, clock=clock
    )


def consents(*, remaining_seconds: Callable[[], float]) -> "DynamoDBConsents":
    """Return the storage of consents, for one request, which ends in `remaining_seconds()`."""
    from teleconsultation.storage.consents import DynamoDBConsents  # noqa: PLC0415 - not needed by GET

    return DynamoDBConsents(transport(remaining_seconds=remaining_seconds), table_name=settings().table_name)


def consent_version() -> str:
    """Return the version of the text that people are asked to agree to; empty asks for nothing."""
    return os.environ.get("CONSENT_VERSION", "")


def erasures(*, remaining_seconds: Callable[[], float]) -> "DynamoDBErasures":
    """Return the storage of requested erasures, for one request, which ends in `remaining_seconds()`."""
    from teleconsultation.storage.erasures import DynamoDBErasures  # noqa: PLC0415 - not needed by GET

    return DynamoDBErasures(
        transport(remaining_seconds=remaining_seconds), table_name=settings().table_name, clock=clock
    )


def erasure_id(external_id: str) -> str:
    """Return the id of a person's erasure."""
    from teleconsultation.domain.erasure import keyed_erasure_id  # noqa: PLC0415 - not needed by GET

    return keyed_erasure_id(external_id, key=_secret().user_id_key())


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
def privileges() -> "Privileges":
    """Return which groups give which role."""
    from teleconsultation.provider.settings import read_privileges  # noqa: PLC0415 - as in video_rooms

    return read_privileges(os.environ)


def groups_claim() -> str:
    """Return the token's claim with the groups of a person whom nobody has named yet; empty is none."""
    return os.environ.get("GROUPS_CLAIM", "")


def overrun() -> timedelta:
    """Return how long a call may last after its door has closed."""
    return timedelta(seconds=whole_number(os.environ, "OVERRUN_SECONDS"))


def uploads_kept() -> timedelta | None:
    """Return how long the files of a call are kept after its room has ended; None keeps them."""
    if not deletes_uploads():
        return None
    return timedelta(seconds=whole_number(os.environ, "UPLOADS_KEPT_SECONDS"))


def deletes_uploads() -> bool:
    """Return whether files of calls are deleted at all."""
    return boolean(os.environ, "DELETE_UPLOADS")


@cache
def join_secrets() -> JoinSecrets | None:
    """Return the source of join secrets, or None if join links are switched off."""
    return JoinSecrets(lambda: _secret().user_id_key()) if settings().join_links else None


@cache
def signing_keys() -> "SigningKeys":
    """Return the keys with which the provider signs its webhooks."""
    from teleconsultation.provider.signing_keys import SigningKeys  # noqa: PLC0415 - as in video_rooms

    return SigningKeys(_secret(), clock=clock)


def caller_hash(client_id: str) -> str | None:
    """Return what stands for a client in the logs, or None if the key cannot be read."""
    from teleconsultation.domain.caller_hash import keyed_caller_hash  # noqa: PLC0415 - not needed by GET

    with suppress(SettingsError, TeleconsultationError):
        return keyed_caller_hash(client_id, key=_secret().user_id_key())
    return None


def actor(client_id: str | None) -> str:
    """Return what stands for the client of a request in the history of what it changes."""
    return (client_id and caller_hash(client_id)) or "unknown"


def ports(*, remaining_seconds: Callable[[], float], provider_attempts: int = PROVIDER_ATTEMPTS) -> "Ports":
    """Return storage, provider and clock for one request, which ends in `remaining_seconds()`.

    `provider_attempts` is how often a call of the provider is sent, at most.
    """
    from teleconsultation.domain.ports import Ports  # noqa: PLC0415 - not needed by GET

    return Ports(
        teleconsultations=teleconsultations(remaining_seconds=remaining_seconds),
        calls=calls(remaining_seconds=remaining_seconds),
        rooms=video_rooms(remaining_seconds=remaining_seconds, attempts=provider_attempts),
        clock=clock,
        directory=directory(remaining_seconds=remaining_seconds),
    )


def directory(*, remaining_seconds: Callable[[], float]) -> "Directory | None":
    """Return the directory of people for one request, or None where the function is given none."""
    from teleconsultation.directory.settings import DirectorySettings  # noqa: PLC0415 - not for GET

    configured = DirectorySettings.from_environment(os.environ)
    if configured is None:
        return None
    if configured.user_pool_id:
        from teleconsultation.directory.cognito import CognitoDirectory  # noqa: PLC0415 - the one that is used

        return CognitoDirectory(
            _user_pools(configured.user_pool_region),
            user_pool_id=configured.user_pool_id,
            user_id_claim=settings().user_id_claim,
            profile_max_age=configured.profile_max_age,
        )
    from teleconsultation.directory.http_json import JsonClient  # noqa: PLC0415 - as above

    client = JsonClient(
        _http_session(), remaining_seconds=lambda: remaining_seconds() - DIRECTORY_RESERVE_SECONDS
    )
    if configured.auth0_address:
        from teleconsultation.directory.auth0 import Auth0Directory  # noqa: PLC0415 - as above

        return Auth0Directory(
            client,
            address=configured.auth0_address,
            credentials=lambda: (
                _directory_secret(configured.secret_id).member("clientId"),
                _directory_secret(configured.secret_id).member("clientSecret"),
            ),
            tokens=_auth0_tokens(),
            profile_max_age=configured.profile_max_age,
        )
    from teleconsultation.directory.users_api import UsersApi  # noqa: PLC0415 - as above

    return UsersApi(
        client,
        endpoint=configured.users_api_endpoint,
        source=configured.source,
        target=configured.target,
        token=lambda: (
            _directory_secret(configured.secret_id).member("token") if configured.secret_id else None
        ),
        profile_max_age=configured.profile_max_age,
    )


def video_rooms(
    *, remaining_seconds: Callable[[], float], attempts: int = PROVIDER_ATTEMPTS
) -> "BandyerRooms":
    """Return the provider adapter for one request, which ends in `remaining_seconds()`."""
    # Imported here, because GET does not need it and a patient waits for GET's cold start.
    from teleconsultation.provider.derived_ids import DerivedIds  # noqa: PLC0415
    from teleconsultation.provider.rooms import BandyerRooms  # noqa: PLC0415
    from teleconsultation.storage.table_identity import read_former_tables  # noqa: PLC0415

    return BandyerRooms(
        _client(remaining_seconds=lambda: remaining_seconds() - RESERVE_SECONDS, attempts=attempts),
        ids=DerivedIds(
            _secret().user_id_key,
            table_identity=lambda: _table().read(transport(remaining_seconds=remaining_seconds)),
            table_name=settings().table_name,
            # Only the reconciler has this variable.
            former_tables=read_former_tables(os.environ),
        ),
        frame_origins=_frame_origins,
    )


def video_company(*, remaining_seconds: Callable[[], float]) -> "BandyerCompany":
    """Return the adapter of the provider's company for one request, which ends in `remaining_seconds()`."""
    from teleconsultation.provider.company import BandyerCompany  # noqa: PLC0415 - as in video_rooms

    # Nothing is stored afterwards.
    return BandyerCompany(
        _client(
            remaining_seconds=lambda: remaining_seconds() - ANSWER_RESERVE_SECONDS, attempts=PROVIDER_ATTEMPTS
        )
    )


def _client(*, remaining_seconds: Callable[[], float], attempts: int) -> "BandyerClient":
    from bandyer import BandyerClient  # noqa: PLC0415 - as in video_rooms

    provider = _provider()
    return BandyerClient(
        base_url=provider.base_url,
        path_prefix=provider.path_prefix,
        api_key=_secret(),
        session=_http_session(),
        circuit_breaker=_circuit_breaker(),
        attempts=attempts,
        remaining_seconds=remaining_seconds,
    )


def transport(*, remaining_seconds: Callable[[], float]) -> "DynamoDB":
    """Return boto3's way to the table, for one request, which ends in `remaining_seconds()`."""
    from teleconsultation.storage.boto3_transport import Boto3Transport  # noqa: PLC0415 - as in _dynamodb

    return Boto3Transport(_dynamodb(), remaining_seconds=remaining_seconds)


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
        return secrets_manager().get_secret_value(SecretId=secret_id).get("SecretString", "")
    except ClientError as error:
        problem = f"the probe's secret cannot be read: {error.response['Error']['Code']}"
    except BotoCoreError as error:
        problem = f"the probe's secret cannot be read: {type(error).__name__}"
    raise ProbeError("token", problem)


def _teleconsultations(transport: "DynamoDB") -> DynamoDBTeleconsultations:
    return DynamoDBTeleconsultations(
        transport,
        table_name=settings().table_name,
        retention=settings().retention,
        clock=clock,
    )


@cache
def _table() -> "TableIdentity":
    from teleconsultation.storage.table_identity import TableIdentity  # noqa: PLC0415 - as in video_rooms

    return TableIdentity(settings().table_name)


@cache
def _reader() -> DynamoDBReader:
    try:
        return DynamoDBReader()
    except ConfigurationError as error:
        raise SettingsError(str(error)) from error


@cache
def _dynamodb() -> "DynamoDBClient":
    import boto3  # noqa: PLC0415 - GET does without it, and a patient waits for GET's cold start

    from teleconsultation.aws_clients import client_config  # noqa: PLC0415 - as above

    # Boto3Transport repeats.
    return boto3.client("dynamodb", config=client_config(attempts=1))


@cache
def secrets_manager() -> "SecretsManagerClient":
    """Return the client of Secrets Manager."""
    import boto3  # noqa: PLC0415 - as in _dynamodb

    from teleconsultation.aws_clients import ATTEMPTS, client_config, in_time  # noqa: PLC0415 - as in _dynamodb

    return in_time(boto3.client("secretsmanager", config=client_config(attempts=ATTEMPTS)))


@cache
def _directory_secret(secret_id: str) -> "DirectorySecret":
    from teleconsultation.directory.secret import DirectorySecret  # noqa: PLC0415 - as in directory

    return DirectorySecret(secret_id=secret_id, client=secrets_manager(), clock=clock)


@cache
def _auth0_tokens() -> "TokenCache":
    from teleconsultation.directory.auth0 import TokenCache  # noqa: PLC0415 - as in video_rooms

    return TokenCache()


@cache
def _user_pools(region: str) -> "UserPools":
    import boto3  # noqa: PLC0415 - as in _dynamodb

    from teleconsultation.aws_clients import ATTEMPTS, client_config, in_time  # noqa: PLC0415 - as in _dynamodb

    # The type stubs of this service are not installed; the protocol has what is used of it.
    client: UserPools = in_time(
        boto3.client("cognito-idp", region_name=region, config=client_config(attempts=ATTEMPTS)),
        reserve_seconds=DIRECTORY_RESERVE_SECONDS,
    )
    return client


@cache
def _provider() -> "ProviderSettings":
    from teleconsultation.provider.settings import ProviderSettings  # noqa: PLC0415 - as in video_rooms

    return ProviderSettings.from_environment(os.environ)


@cache
def _frame_origins() -> frozenset[str]:
    # Read by the functions that make rooms, when they make one.
    from teleconsultation.provider.settings import read_frame_origins  # noqa: PLC0415 - as in video_rooms

    return read_frame_origins(os.environ)


@cache
def _secret() -> "ProviderSecret":
    from teleconsultation.provider.secret import ProviderSecret  # noqa: PLC0415 - as in video_rooms
    from teleconsultation.provider.settings import read_secret_id  # noqa: PLC0415 - as in video_rooms

    return ProviderSecret(secret_id=read_secret_id(os.environ), client=secrets_manager(), clock=clock)


@cache
def _http_session() -> "Session":
    from bandyer import new_session  # noqa: PLC0415 - as in video_rooms

    session = new_session()
    if roots := trusted_roots(os.environ):
        session.verify = roots
    return session


@cache
def _circuit_breaker() -> "CircuitBreaker":
    from bandyer import CircuitBreaker  # noqa: PLC0415 - as in video_rooms

    return CircuitBreaker()
