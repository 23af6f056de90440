"""What DynamoDB does to a request on its way: repeats, leftovers, refusals, silence."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from aws_json import DynamoDBReader
from aws_json.client import PASSING_CODES
from local.emulator import AwsEmulator
from teleconsultation.domain.errors import (
    ConflictError,
    StorageUnavailableError,
    TeleconsultationNotFoundError,
)
from teleconsultation.settings import SettingsError
from teleconsultation.storage.aws_json_transport import AwsJsonTransport
from teleconsultation.storage.boto3_transport import Boto3Transport
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject
from teleconsultation.storage.items import teleconsultation_key
from teleconsultation.storage.repository import BATCH_PAUSES_SECONDS, DynamoDBTeleconsultations
from teleconsultation.storage.transport import DynamoDB
from tests.contract.storage.conftest import Emulator
from tests.fakes.aws_server import AwsServer, Step, closes, refusal, resets
from tests.fakes.pauses import Pauses
from tests.fakes.samples import teleconsultation, user
from tests.fakes.watch import NOON, Watch

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})

type Repository = Callable[[DynamoDB], DynamoDBTeleconsultations]


class Repeating:
    """Sends every write twice and returns the second answer: the first one was lost."""

    def __init__(self, transport: DynamoDB) -> None:
        self._transport = transport
        self.repeated: list[str] = []

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        if operation != "GetItem":
            self._transport.send(operation, request)
            self.repeated.append(operation)
        return self._transport.send(operation, request)


class PartialBatches:
    """Does one element of a batch at a time and leaves the others unprocessed."""

    def __init__(self, transport: DynamoDB) -> None:
        self._transport = transport
        self.sizes: list[int] = []

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        [(table, batch)] = request["RequestItems"].items()
        if operation == "BatchGetItem":
            keys = batch["Keys"]
            self.sizes.append(len(keys))
            response = self._transport.send(operation, {"RequestItems": {table: {**batch, "Keys": keys[:1]}}})
            rest = {table: {**batch, "Keys": keys[1:]}} if keys[1:] else {}
            return response | {"UnprocessedKeys": rest}
        self.sizes.append(len(batch))
        response = self._transport.send(operation, {"RequestItems": {table: batch[:1]}})
        return response | {"UnprocessedItems": {table: batch[1:]} if batch[1:] else {}}


class TestLostAnswers:
    def test_our_own_write_met_again_is_a_success(self, repository: Repository, transport: DynamoDB) -> None:
        repeating = Repeating(transport)
        storage = repository(repeating)
        original = teleconsultation()
        change = replace(original, version=2)

        storage.add(original)
        storage.replace(change, expected_version=1)
        assert storage.get(original.id) == change

        storage.remove(original.id, expected_version=2)
        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)
        assert repeating.repeated == ["PutItem", "PutItem", "DeleteItem"]

    def test_postponing_and_remembering_may_be_repeated(
        self, repository: Repository, transport: DynamoDB
    ) -> None:
        storage = repository(Repeating(transport))
        original = replace(teleconsultation(), rooms_to_delete=frozenset({"a", "b"}))
        storage.add(original)

        storage.postpone(original, until=NOON, failures=2)
        storage.save_users([user("x")])

        assert storage.get(original.id).settle_failures == 2
        assert storage.users(["x"]) == {"x": user("x")}

    def test_somebody_elses_write_met_by_a_repeat_is_a_conflict(
        self, repository: Repository, transport: DynamoDB
    ) -> None:
        storage = repository(transport)
        original = teleconsultation()
        storage.add(original)
        theirs = replace(original, version=2, participants_number=3)

        class Overtaken:
            """Our request never arrived, and before its repeat somebody else's did."""

            def send(self, operation: str, request: JsonObject) -> JsonObject:
                storage.replace(theirs, expected_version=1)
                return transport.send(operation, request)

        with pytest.raises(ConflictError):
            repository(Overtaken()).replace(
                replace(original, version=2, participants_number=4), expected_version=1
            )

        assert storage.get(original.id) == theirs


class TestLeftovers:
    def test_keys_left_unprocessed_are_asked_for_again(
        self, repository: Repository, transport: DynamoDB
    ) -> None:
        people = {name: user(name) for name in "ab"}
        repository(transport).save_users(tuple(people.values()))
        partial = PartialBatches(transport)

        assert repository(partial).users(tuple(people)) == people
        assert partial.sizes == [4, 3, 2, 1]  # of each both the id and the alias

    def test_items_left_unprocessed_are_written_again(
        self, repository: Repository, transport: DynamoDB
    ) -> None:
        people = {name: user(name) for name in "abcde"}
        partial = PartialBatches(transport)

        repository(partial).save_users(tuple(people.values()))

        assert repository(transport).users(tuple(people)) == people
        assert partial.sizes == [5, 4, 3, 2, 1]

    def test_what_stays_unprocessed_is_an_error_and_not_a_gap(
        self, repository: Repository, transport: DynamoDB
    ) -> None:
        people = [user(f"user-{number}") for number in range(len(BATCH_PAUSES_SECONDS) + 1)]
        names = [person.external_id for person in people]

        with pytest.raises(StorageUnavailableError):
            repository(PartialBatches(transport)).save_users(people)
        with pytest.raises(StorageUnavailableError):
            repository(PartialBatches(transport)).users(names)

    def test_what_is_unprocessed_is_asked_for_after_pauses_that_are_random_and_grow(
        self, repository: Repository, transport: DynamoDB, pauses: Pauses
    ) -> None:
        people = [user(name) for name in "abcde"]

        repository(PartialBatches(transport)).save_users(people)
        written = tuple(pauses.seconds)
        repository(PartialBatches(transport)).get_all("abcde")
        read = tuple(pauses.seconds[len(written) :])

        for seconds in (written, read):
            pairs = list(zip(seconds, BATCH_PAUSES_SECONDS[1:], strict=True))
            assert all(0 <= pause <= limit for pause, limit in pairs)
        assert len({*written, *read}) == 2 * (len(BATCH_PAUSES_SECONDS) - 1)


def test_a_failed_condition_carries_what_is_stored(transport: DynamoDB, table_name: str) -> None:
    request: dict[str, Any] = {
        "TableName": table_name,
        "Item": teleconsultation_key("x") | {"color": {"S": "red"}},
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    transport.send("PutItem", request)

    with pytest.raises(ConditionFailedError) as error:
        transport.send("PutItem", request | {"Item": teleconsultation_key("x")})

    assert error.value.item == request["Item"]


def test_a_missing_table_is_a_defect_and_not_something_to_wait_for(transport: DynamoDB, clock: Watch) -> None:
    storage = DynamoDBTeleconsultations(
        transport, table_name="nobody", retention=timedelta(days=1), clock=clock
    )

    with pytest.raises(DynamoDBError) as error:
        storage.get("0" * 24)

    assert error.value.code == "ResourceNotFoundException"


def test_a_refused_request_is_a_defect_and_does_not_quote_itself(
    transport: DynamoDB, table_name: str
) -> None:
    with pytest.raises(DynamoDBError) as error:
        transport.send("GetItem", {"TableName": table_name, "Key": {"canary": {"S": "canary"}}})

    assert error.value.code == "ValidationException"
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *((code, 400) for code in sorted(PASSING_CODES)),
        ("SomethingNobodyHasHeardOf", 429),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
        ("SomethingNobodyHasHeardOf", 502),
        ("AccessDeniedException", 400),
        ("ValidationException", 400),
        ("UnrecognizedClientException", 400),
        ("TransactionCanceledException", 400),
    ],
)
def test_a_refusal_means_the_same_over_both_transports(aws_server: AwsServer, code: str, status: int) -> None:
    request = {"TableName": "t", "Key": {"pk": {"S": "canary"}}}
    aws_server.answers_always(refusal(code, status=status, message="canary"))

    outcomes = []
    pauses = Pauses()
    reader = DynamoDBReader(monotonic=pauses.monotonic, sleep=pauses.sleep)
    client = boto3.client("dynamodb", config=ONE_ATTEMPT)
    writers = Boto3Transport(client, monotonic=pauses.monotonic, sleep=pauses.sleep)
    for transport in (AwsJsonTransport(reader), writers):
        with pytest.raises((DynamoDBError, StorageUnavailableError)) as error:
            transport.send("GetItem", request)
        outcomes.append((type(error.value), str(error.value), vars(error.value)))

    reader.close()
    client.close()
    assert outcomes[0] == outcomes[1]
    assert "canary" not in repr(outcomes[0])


@pytest.mark.parametrize("fault", [closes, resets])
def test_no_answer_makes_the_storage_unavailable(aws_server: AwsServer, fault: Step, pauses: Pauses) -> None:
    aws_server.answers_always(fault)
    client = boto3.client("dynamodb", config=ONE_ATTEMPT)
    transport = Boto3Transport(client, monotonic=pauses.monotonic, sleep=pauses.sleep)

    with pytest.raises(StorageUnavailableError) as error:
        transport.send("GetItem", {"TableName": "t", "Key": {"pk": {"S": "canary"}}})

    client.close()
    assert "canary" not in repr((str(error.value), error.value.__cause__))


def test_a_request_that_boto3_itself_refuses_is_a_defect_and_does_not_quote_itself() -> None:
    client = boto3.client("dynamodb", config=ONE_ATTEMPT)

    with pytest.raises(DynamoDBError) as error:
        Boto3Transport(client).send("GetItem", {"TableName": "t", "Key": "canary"})

    client.close()
    assert error.value.code == "ParamValidationError"
    assert "canary" not in repr((str(error.value), error.value.__cause__))


def test_nobody_answering_makes_the_storage_unavailable(
    monkeypatch: pytest.MonkeyPatch, pauses: Pauses
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    client = boto3.client("dynamodb", config=ONE_ATTEMPT)
    reader = DynamoDBReader(monotonic=pauses.monotonic, sleep=pauses.sleep)
    writers = Boto3Transport(client, monotonic=pauses.monotonic, sleep=pauses.sleep)

    for transport in (AwsJsonTransport(reader), writers):
        with pytest.raises(StorageUnavailableError):
            transport.send("GetItem", {"TableName": "t", "Key": {"pk": {"S": "x"}}})


class TestReadingForGet:
    """GET's own transport, which reads one item and does nothing else."""

    def test_what_boto3_wrote_is_read(
        self,
        ministack: Emulator,
        aws_json_transport: AwsJsonTransport,
        table_properties: Mapping[str, Any],
        clock: Watch,
    ) -> None:
        table_name = f"teleconsultations-{uuid4().hex}"
        ministack.create_table(table_name, properties=table_properties)

        def storage(transport: DynamoDB) -> DynamoDBTeleconsultations:
            return DynamoDBTeleconsultations(
                transport, table_name=table_name, retention=timedelta(days=1), clock=clock
            )

        original = teleconsultation()
        storage(ministack.transport()).add(original)

        assert storage(aws_json_transport).get(original.id) == original
        with pytest.raises(TeleconsultationNotFoundError):
            storage(aws_json_transport).get("0" * 24)

    def test_a_missing_table_is_a_defect(self, aws_json_transport: AwsJsonTransport) -> None:
        with pytest.raises(DynamoDBError, match="ResourceNotFoundException"):
            aws_json_transport.send("GetItem", {"TableName": "nobody", "Key": teleconsultation_key("x")})

    @pytest.mark.parametrize("operation", ["BatchGetItem", "PutItem"])
    def test_it_sends_nothing_but_reads(self, aws_server: AwsServer, operation: str) -> None:
        reader = DynamoDBReader()

        with pytest.raises(ValueError, match=operation):
            AwsJsonTransport(reader).send(operation, {"TableName": "t"})

        assert aws_server.connections == 0

    def test_without_credentials_the_settings_are_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")

        with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID"):
            AwsJsonTransport(DynamoDBReader()).send("GetItem", {"TableName": "t", "Key": {}})


def test_the_item_tells_dynamodb_when_to_collect_it(
    repository: Repository,
    transport: DynamoDB,
    emulator: AwsEmulator,
    table_name: str,
    table_properties: Mapping[str, Any],
) -> None:
    original = teleconsultation()
    repository(transport).add(original)

    response = emulator.client("dynamodb").get_item(
        TableName=table_name, Key=teleconsultation_key(original.id)
    )

    attribute = table_properties["TimeToLiveSpecification"]["AttributeName"]
    assert int(response["Item"][attribute]["N"]) == int(original.schedule.end_date.timestamp()) + 30 * 86_400


def test_another_retention_is_for_what_is_written_from_then_on(
    repository: Repository, transport: DynamoDB, table_name: str, clock: Watch
) -> None:
    kept, written_again = teleconsultation(), teleconsultation()
    before = repository(transport)
    before.add(kept)
    before.add(written_again)
    after = DynamoDBTeleconsultations(
        transport, table_name=table_name, retention=timedelta(days=1), clock=clock
    )
    latest = replace(written_again, version=2)
    after.replace(latest, expected_version=1)

    clock.now = kept.schedule.end_date + timedelta(days=1)

    assert after.get(kept.id) == kept
    with pytest.raises(TeleconsultationNotFoundError):
        after.get(written_again.id)


def test_a_profile_removed_twice_is_removed(repository: Repository, transport: DynamoDB) -> None:
    storage = repository(Repeating(transport))
    storage.save_users([user("x")])

    storage.delete_user("x")

    assert storage.users(["x"]) == {}


def test_a_page_is_asked_for_until_it_holds_something(
    repository: Repository, transport: DynamoDB, table_name: str
) -> None:
    storage = repository(transport)
    original = teleconsultation()
    storage.add(original)
    # The emulators walk in the order of the keys, so one kind of other things before and one behind.
    for number in range(10):
        transport.send("PutItem", {"TableName": table_name, "Item": {"pk": {"S": f"OTHER#{number}"}}})
    storage.save_users([user(f"{number}") for number in range(10)])

    assert storage.page(after=None, size=2) == [original]
    assert storage.page(after=original.id, size=2) == []
