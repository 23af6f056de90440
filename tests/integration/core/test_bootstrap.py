"""The composition root builds each part once, from the environment."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from bandyer import BandyerClient
from teleconsultation import aws_clients, bootstrap
from teleconsultation.aws_clients import (
    ANSWER_SECONDS,
    ATTEMPTS,
    CONNECT_SECONDS,
    RESERVE_SECONDS,
    NoTimeLeftError,
)
from teleconsultation.bootstrap import events
from teleconsultation.deadline import deadline
from teleconsultation.domain.errors import StorageUnavailableError, TeleconsultationNotFoundError
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Role
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.secret import ProviderSecret
from teleconsultation.settings import SettingsError
from teleconsultation.storage.boto3_transport import Boto3Transport
from tests.fakes import samples
from tests.fakes.aws_server import AwsServer, answer, refusal, running_aws_server

CORE = Path(__file__).parents[3] / "layers/core"
ENVIRONMENT = {
    "TABLE_NAME": "teleconsultations",
    "USER_ID_CLAIM": "sub",
    "EARLY_JOIN_SECONDS": "600",
    "LATE_JOIN_SECONDS": "900",
    "JOIN_LINKS": "true",
    "RETENTION_DAYS": "365",
    "BANDYER_BASE_URL": "https://provider.test",
    "BANDYER_PATH_PREFIX": "/rest",
    "BANDYER_SECRET_ARN": "bandyer",
    "FRAME_ORIGINS": "https://frame.test",
    "PRIVILEGES": '{"basic": {"groups": ["patient"]}, "plus": {"groups": ["doctor"]}}',
    "UNLIMITED_TELECONSULTATION": "false",
    "LIVE_TELECONSULTATION": "true",
    "DEFAULT_RECORDING_TYPE": "none",
}


def forget_everything() -> None:
    for provider in (*vars(bootstrap).values(), *vars(events).values()):
        if hasattr(provider, "cache_clear"):
            provider.cache_clear()


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """A deployment whose AWS gives its secret to whoever asks for anything."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    forget_everything()
    with running_aws_server() as server:
        secret = {"apiKey": "ak", "userIdKey": "a key"}
        # Closed after each answer: what the caches of `bootstrap` keep must not outlive the test.
        server.answers_always(answer({"SecretString": json.dumps(secret)}, headers={"Connection": "close"}))
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server
    forget_everything()


def client_of(remaining_seconds: float) -> BandyerClient:
    return bootstrap.video_rooms(remaining_seconds=lambda: remaining_seconds)._client


def table_of(remaining_seconds: float) -> Boto3Transport:
    storage = bootstrap.teleconsultations(remaining_seconds=lambda: remaining_seconds)
    return cast(Boto3Transport, storage._dynamodb)


def test_settings_storages_and_policy_are_built_once() -> None:
    assert bootstrap.settings() is bootstrap.settings()
    assert bootstrap.readable_teleconsultations() is bootstrap.readable_teleconsultations()
    assert bootstrap.policy() is bootstrap.policy()
    assert bootstrap.policy().door is bootstrap.settings().door


def test_the_storage_is_built_for_each_request_on_connections_that_are_kept() -> None:
    first, second = table_of(20), table_of(10)

    assert (first._remaining_seconds(), second._remaining_seconds()) == (20, 10)
    assert first._client is second._client


def test_a_request_without_time_sends_nothing_to_the_table(aws: AwsServer) -> None:
    ports = bootstrap.ports(remaining_seconds=lambda: 3.9)

    with pytest.raises(StorageUnavailableError, match="no time left"):
        ports.teleconsultations.get("0" * 24)

    assert aws.received == []


def test_both_clients_of_boto3_end_in_time_and_that_of_the_table_never_repeats() -> None:
    table: Any = table_of(20)._client.meta.config
    secret: Any = bootstrap._secret()._client.meta.config

    for config in (table, secret):
        assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert table.retries == {"mode": "standard", "total_max_attempts": 1}
    assert secret.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}


LONGEST_ATTEMPT_SECONDS = CONNECT_SECONDS + ANSWER_SECONDS
REQUESTS: dict[str, Callable[[], object]] = {
    "Secrets Manager": lambda: bootstrap.secrets_manager().get_secret_value(SecretId="s"),
    "EventBridge": lambda: events._events().put_events(
        Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}]
    ),
    "SQS": lambda: events._sqs().send_message(QueueUrl="https://sqs.test/q", MessageBody="b"),
    "Scheduler": lambda: events._scheduler().create_schedule(
        Name="n",
        ScheduleExpression="at(2030-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:eu-west-1:1:q", "RoleArn": "arn:aws:iam::123456789012:role/r"},
    ),
}
RESERVES = dict.fromkeys(REQUESTS, RESERVE_SECONDS) | {"Cognito": bootstrap.DIRECTORY_RESERVE_SECONDS}
REQUESTS["Cognito"] = lambda: bootstrap._user_pools("eu-west-1").admin_get_user(
    UserPoolId="eu-west-1_pool", Username="u"
)


@pytest.mark.parametrize("service", REQUESTS)
def test_no_client_sends_a_request_whose_answer_might_come_after_the_functions_end(
    aws: AwsServer, service: str
) -> None:
    needed = LONGEST_ATTEMPT_SECONDS + RESERVES[service]
    with deadline.of(lambda: needed - 0.01), pytest.raises(NoTimeLeftError):
        REQUESTS[service]()
    assert aws.received == []

    with deadline.of(lambda: needed), suppress(BotoCoreError, ClientError):
        REQUESTS[service]()

    assert len(aws.received) == 1


def test_an_attempt_is_repeated_only_while_its_answer_comes_in_time(aws: AwsServer) -> None:
    aws.answers_always(refusal("InternalServiceError", status=500))
    left = iter([LONGEST_ATTEMPT_SECONDS + RESERVE_SECONDS, LONGEST_ATTEMPT_SECONDS])

    with deadline.of(lambda: next(left)), pytest.raises(NoTimeLeftError):
        bootstrap.secrets_manager().get_secret_value(SecretId="s")

    assert len(aws.received) == 1


def test_what_get_cannot_read_with_is_a_setting_to_correct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")

    with pytest.raises(SettingsError, match="AWS_USE_FIPS_ENDPOINT"):
        bootstrap.readable_teleconsultations()


@pytest.mark.parametrize(
    ("variables", "threshold"),
    [({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, 200_000), ({}, gc.get_threshold()[0])],
    ids=["on Lambda", "elsewhere"],
)
def test_on_lambda_little_garbage_is_looked_for_while_modules_load(
    variables: dict[str, str], threshold: int
) -> None:
    program = "from teleconsultation import bootstrap; import gc; print(gc.get_threshold()[0])"

    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(CORE)} | variables,
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(result.stdout) == threshold


def test_importing_needs_no_environment_but_using_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")

    with pytest.raises(SettingsError, match="TABLE_NAME"):
        bootstrap.teleconsultations(remaining_seconds=lambda: 20)


def test_the_provider_is_built_for_each_request_on_connections_that_are_kept() -> None:
    first, second = client_of(20), client_of(10)

    assert first is not second
    assert first._transport._session is second._transport._session
    assert first._transport._api_key is second._transport._api_key
    assert first._transport._circuit_breaker is second._transport._circuit_breaker


def test_a_function_that_never_calls_the_provider_needs_the_secret_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BANDYER_BASE_URL")
    monkeypatch.delenv("BANDYER_PATH_PREFIX")

    assert bootstrap.caller_hash("booking-system") is not None
    assert bootstrap.erasure_id("patient-1")


def test_time_is_kept_back_for_our_own_answer() -> None:
    remaining_seconds = client_of(20)._transport._remaining_seconds()

    assert remaining_seconds == 20 - bootstrap.RESERVE_SECONDS


def test_rooms_are_held_against_the_origins_of_the_frame() -> None:
    rooms = bootstrap.video_rooms(remaining_seconds=lambda: 20)

    assert rooms._frame_origins() == {"https://frame.test"}


def test_a_function_that_makes_no_rooms_needs_no_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRAME_ORIGINS")

    rooms = bootstrap.video_rooms(remaining_seconds=lambda: 20)

    with pytest.raises(SettingsError, match="FRAME_ORIGINS is not set"):
        rooms._frame_origins()


def test_ids_are_derived_with_the_secrets_own_key() -> None:
    rooms = bootstrap.video_rooms(remaining_seconds=lambda: 20)

    assert rooms.user_id("x", role=Role.PLUS) == DerivedIds(
        lambda: "a key", table_identity=lambda: "any", table_name="teleconsultations"
    ).user_id("x", role=Role.PLUS)


def test_the_secret_is_not_read_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_: ProviderSecret) -> str:
        raise AssertionError

    monkeypatch.setattr(ProviderSecret, "_read", unreadable)

    rooms = bootstrap.video_rooms(remaining_seconds=lambda: 20)
    join_secrets = bootstrap.join_secrets()

    with pytest.raises(AssertionError):
        rooms.user_id("x", role=Role.PLUS)
    assert join_secrets is not None
    with pytest.raises(AssertionError):
        join_secrets.issue_pass(samples.participant(), teleconsultation_id="x")


def test_join_secrets_are_derived_with_the_secrets_own_key() -> None:
    person = samples.participant()
    join_secrets = bootstrap.join_secrets()

    assert join_secrets is not None
    assert join_secrets is bootstrap.join_secrets()
    issued = join_secrets.issue_pass(person, teleconsultation_id="x")
    expected = JoinSecrets(lambda: "a key").secret(issued, teleconsultation_id="x")
    assert join_secrets.secret(issued, teleconsultation_id="x") == expected


def test_where_join_links_are_switched_off_nothing_makes_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOIN_LINKS", "false")

    assert bootstrap.join_secrets() is None


def test_the_clock_is_in_utc() -> None:
    offset = bootstrap.clock().utcoffset()

    assert offset is not None
    assert not offset


class TestPreparing:
    def test_on_lambda_get_connects_before_its_first_request(
        self, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

        bootstrap.prepare_reading()
        aws.wait_for_connections(1)
        with pytest.raises(TeleconsultationNotFoundError):
            bootstrap.readable_teleconsultations().get("0" * 24)

        assert [request.connection for request in aws.received] == [1]

    def test_on_lambda_a_writer_has_its_client_before_its_first_request(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

        bootstrap.prepare_storage()

        assert bootstrap._dynamodb.cache_info().currsize == 1

    def test_on_lambda_the_secret_is_read_before_the_first_request(
        self, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

        bootstrap.prepare_provider()
        read_before = len(aws.received)
        bootstrap.video_rooms(remaining_seconds=lambda: 20).user_id("x", role=Role.PLUS)

        assert (read_before, len(aws.received)) == (1, 1)

    def test_the_secret_is_read_while_the_providers_client_is_loaded(
        self, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        loaded = []

        def load_once_the_secret_is_asked_for(*, remaining_seconds: object) -> None:
            aws.wait_for_connections(1)
            loaded.append(remaining_seconds)

        monkeypatch.setattr(bootstrap, "video_rooms", load_once_the_secret_is_asked_for)
        bootstrap.prepare_provider()

        assert len(loaded) == 1

    def test_elsewhere_importing_a_function_sends_nothing(self, aws: AwsServer) -> None:
        bootstrap.prepare_reading()
        bootstrap.prepare_storage()
        bootstrap.prepare_provider()

        assert aws.connections == 0

    @pytest.mark.parametrize("missing", ["AWS_REGION", "BANDYER_BASE_URL"])
    def test_what_cannot_be_prepared_is_left_for_the_first_request(
        self, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        monkeypatch.delenv(missing)
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        monkeypatch.setattr(aws_clients, "ATTEMPTS", 1)

        bootstrap.prepare_reading()
        bootstrap.prepare_storage()
        bootstrap.prepare_provider()

    def test_the_provider_is_trusted_by_the_same_roots(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", "/the/roots")

        assert client_of(20)._transport._session.verify == "/the/roots"
