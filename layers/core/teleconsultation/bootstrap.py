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

from aws_json import DYNAMODB, SECRETS_MANAGER, AwsError, AwsJsonClient, trusted_roots
from teleconsultation.domain.errors import TeleconsultationError
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.ports import Ports
from teleconsultation.settings import Settings, SettingsError
from teleconsultation.storage.dynamodb import AwsDynamoDB
from teleconsultation.storage.repository import DynamoDBTeleconsultations

if TYPE_CHECKING:
    from requests import Session

    from teleconsultation.domain.policy import Policy
    from teleconsultation.provider.rooms import BandyerRooms
    from teleconsultation.provider.secret import ProviderSecret
    from teleconsultation.provider.settings import ProviderSettings

RESERVE_SECONDS = 2.0
"""Part of the function's remaining time that is reserved to store the provider's answer and to respond."""


def prepare_storage() -> None:
    """Connect to the table, on Lambda. An error is ignored here; the first request meets and answers it."""
    if ON_LAMBDA in os.environ:
        with suppress(AwsError):
            _dynamodb().connect()


def prepare_provider() -> None:
    """Read the secret and load the provider's client, on Lambda. Errors are ignored, as above."""
    if ON_LAMBDA not in os.environ:
        return
    with suppress(AwsError, SettingsError):
        # In parallel: reading waits for the network, and loading uses the processor.
        reading = Thread(target=_read_ahead, args=(_secret(),))
        reading.start()
        try:
            video_rooms(remaining_seconds=lambda: 0.0)
        finally:
            reading.join()


def _read_ahead(secret: "ProviderSecret") -> None:
    with suppress(AwsError, SettingsError, TeleconsultationError):
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
    """Return the storage adapter."""
    return DynamoDBTeleconsultations(
        AwsDynamoDB(_dynamodb()),
        table_name=settings().table_name,
        retention_days=settings().retention_days,
        clock=clock,
    )


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
def _dynamodb() -> AwsJsonClient:
    return AwsJsonClient(DYNAMODB)


@cache
def _provider() -> "ProviderSettings":
    from teleconsultation.provider.settings import ProviderSettings  # noqa: PLC0415 - as in video_rooms

    return ProviderSettings.from_environment(os.environ)


@cache
def _secret() -> "ProviderSecret":
    from teleconsultation.provider.secret import ProviderSecret  # noqa: PLC0415 - as in video_rooms

    return ProviderSecret(secret_id=_provider().secret_id, client=AwsJsonClient(SECRETS_MANAGER))


@cache
def _http_session() -> "Session":
    from bandyer import new_session  # noqa: PLC0415 - as in video_rooms

    session = new_session()
    if roots := trusted_roots(os.environ):
        session.verify = roots
    return session
