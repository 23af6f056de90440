"""The storages the suite runs on: the in-memory fake, and the real one over boto3 on two emulators. GET's own
transport reads single items on one of them.

The emulators' gaps do not overlap: moto lets undefined names and oversized batches pass, MiniStack some
errors of syntax.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from aws_json import DynamoDBReader
from deployment.template.application import Template
from local.emulator import AwsEmulator, running_aws_emulator
from local.ports import Ports
from teleconsultation.domain.ports import Calls, Consents, Erasures, Teleconsultations
from teleconsultation.storage.aws_json_transport import AwsJsonTransport
from teleconsultation.storage.boto3_transport import Boto3Transport
from teleconsultation.storage.calls import DynamoDBCalls
from teleconsultation.storage.consents import DynamoDBConsents
from teleconsultation.storage.dynamodb import JsonObject
from teleconsultation.storage.erasures import DynamoDBErasures
from teleconsultation.storage.repository import DynamoDBTeleconsultations
from teleconsultation.storage.transport import DynamoDB
from tests.fakes.aws_server import AwsServer, running_aws_server
from tests.fakes.calls import InMemoryCalls
from tests.fakes.consents import InMemoryConsents
from tests.fakes.erasures import InMemoryErasures
from tests.fakes.pauses import Pauses
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.watch import Watch


class Emulator(AwsEmulator):
    """One that keeps its clients: boto3 takes longer to make one than a test takes."""

    @cache  # noqa: B019 - there are two emulators, and they live as long as the tests
    def client(self, service: str) -> Any:
        return super().client(service)

    def transport(self) -> DynamoDB:
        return Boto3Transport(self.client("dynamodb"))


class ConsistentReads:
    """Refuses a read that could miss the last write. Both emulators would answer it as if it could not."""

    def __init__(self, transport: DynamoDB) -> None:
        self._transport = transport

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        for read in _reads(operation, request):
            assert read.get("ConsistentRead"), f"{operation} needs ConsistentRead"
        return self._transport.send(operation, request)


def _reads(operation: str, request: JsonObject) -> Iterator[JsonObject]:
    """Yield what is read from the table itself: a global secondary index has no consistent reads."""
    if operation == "BatchGetItem":
        yield from request["RequestItems"].values()
    elif operation in ("GetItem", "Query", "Scan") and "IndexName" not in request:
        yield request


class OneAtATime:
    """Sends one request at a time to an emulator that checks a condition and writes in two steps."""

    def __init__(self, transport: DynamoDB) -> None:
        self._transport = transport
        self._lock = Lock()

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        with self._lock:
            return self._transport.send(operation, request)


class Moto(Emulator):
    """Threads overtake each other in it; MiniStack is the emulator on which requests race."""

    def transport(self) -> DynamoDB:
        return OneAtATime(super().transport())


TEMPLATE = Path(__file__).parents[3] / "template.yaml"
RETENTION_DAYS = 30


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture(scope="session")
def table_properties() -> Mapping[str, Any]:
    return Template(TEMPLATE).properties("TeleconsultationsTable", kind="AWS::DynamoDB::Table", parameters={})


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Emulator]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Moto(url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    log = tmp_path_factory.mktemp("ministack") / "log.txt"
    with running_aws_emulator(port=Ports.free().aws, log=log) as running:
        yield Emulator(url=running.url)


@pytest.fixture(params=["moto_server", "ministack"])
def emulator(request: pytest.FixtureRequest) -> Emulator:
    emulator: Emulator = request.getfixturevalue(request.param)
    return emulator


@pytest.fixture
def aws_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """A service that answers what the test says, to which AWS's own variables point."""
    with running_aws_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        yield server


@pytest.fixture
def table_name(emulator: Emulator, table_properties: Mapping[str, Any]) -> str:
    """A fresh table as template.yaml describes it."""
    name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(name, properties=table_properties)
    return name


@pytest.fixture
def transport(emulator: Emulator) -> DynamoDB:
    return emulator.transport()


@pytest.fixture
def aws_json_transport(ministack: Emulator) -> Iterator[AwsJsonTransport]:
    """GET's, on the emulator whose tables are the more like DynamoDB's."""
    reader = DynamoDBReader(environment={**os.environ, **ministack.environment()})
    yield AwsJsonTransport(reader)
    reader.close()


@pytest.fixture
def pauses() -> Pauses:
    """How long the storage waited; nobody really waits."""
    return Pauses()


type Repository = Callable[[DynamoDB], DynamoDBTeleconsultations]


@pytest.fixture
def repository(table_name: str, clock: Watch, pauses: Pauses) -> Repository:
    """The real storage over a transport of the test's own."""

    def over(transport: DynamoDB) -> DynamoDBTeleconsultations:
        return DynamoDBTeleconsultations(
            transport,
            table_name=table_name,
            retention=timedelta(days=RETENTION_DAYS),
            clock=clock,
            sleep=pauses.sleep,
        )

    return over


@pytest.fixture(params=["in_memory", "moto_server", "ministack"])
def calls(request: pytest.FixtureRequest, clock: Watch, table_properties: Mapping[str, Any]) -> Calls:
    """Each implementation of the port of calls, empty."""
    if request.param == "in_memory":
        return InMemoryCalls(clock=clock)
    emulator: Emulator = request.getfixturevalue(request.param)
    table_name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(table_name, properties=table_properties)
    return DynamoDBCalls(ConsistentReads(emulator.transport()), table_name=table_name, clock=clock)


@pytest.fixture(params=["in_memory", "moto_server", "ministack"])
def consents(request: pytest.FixtureRequest, table_properties: Mapping[str, Any]) -> Consents:
    """Each implementation of the port of consents, empty."""
    if request.param == "in_memory":
        return InMemoryConsents()
    emulator: Emulator = request.getfixturevalue(request.param)
    table_name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(table_name, properties=table_properties)
    return DynamoDBConsents(ConsistentReads(emulator.transport()), table_name=table_name)


@pytest.fixture(params=["in_memory", "moto_server", "ministack"])
def erasures(request: pytest.FixtureRequest, clock: Watch, table_properties: Mapping[str, Any]) -> Erasures:
    """Each implementation of the port of requested erasures, empty."""
    if request.param == "in_memory":
        return InMemoryErasures(clock=clock)
    emulator: Emulator = request.getfixturevalue(request.param)
    table_name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(table_name, properties=table_properties)
    return DynamoDBErasures(ConsistentReads(emulator.transport()), table_name=table_name, clock=clock)


@pytest.fixture(params=["in_memory", "moto_server", "ministack"])
def storage(
    request: pytest.FixtureRequest,
    clock: Watch,
    table_properties: Mapping[str, Any],
) -> Teleconsultations:
    """Each implementation of the port, empty."""
    if request.param == "in_memory":
        return InMemoryTeleconsultations(clock=clock, retention=timedelta(days=RETENTION_DAYS))
    emulator: Emulator = request.getfixturevalue(request.param)
    table_name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(table_name, properties=table_properties)
    return DynamoDBTeleconsultations(
        ConsistentReads(emulator.transport()),
        table_name=table_name,
        retention=timedelta(days=RETENTION_DAYS),
        clock=clock,
    )
