"""The storages the suite runs on: the in-memory fake, and the real one on two emulators over HTTP.

Their gaps do not overlap: moto lets undefined names and oversized batches pass, MiniStack some errors of
syntax.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.emulator import AwsEmulator, running_aws_emulator
from local.ports import Ports
from local.template import Template
from teleconsultation.dynamodb import Boto3DynamoDB, DynamoDB
from teleconsultation.ports import Teleconsultations
from teleconsultation.repository import DynamoDBTeleconsultations
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.watch import Watch


class Emulator(AwsEmulator):
    """One that keeps its clients: boto3 takes longer to make one than a test takes."""

    @cache  # noqa: B019 - there are two emulators, and they live as long as the tests
    def client(self, service: str) -> Any:
        return super().client(service)


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
    yield Emulator(url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    log = tmp_path_factory.mktemp("ministack") / "log.txt"
    with running_aws_emulator(port=Ports.free().aws, log=log) as emulator:
        yield Emulator(url=emulator.url)


@pytest.fixture(params=["moto_server", "ministack"])
def emulator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator to which boto3's own variables point, as on a laptop."""
    emulator: Emulator = request.getfixturevalue(request.param)
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return emulator


@pytest.fixture
def table_name(emulator: Emulator, table_properties: Mapping[str, Any]) -> str:
    """A fresh table as template.yaml describes it."""
    name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(name, properties=table_properties)
    return name


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def transport(emulator: Emulator, session: boto3.Session) -> Boto3DynamoDB:
    return Boto3DynamoDB(session=session)


type Repository = Callable[[DynamoDB], DynamoDBTeleconsultations]


@pytest.fixture
def repository(table_name: str, clock: Watch) -> Repository:
    """The real storage over a transport of the test's own."""

    def over(transport: DynamoDB) -> DynamoDBTeleconsultations:
        return DynamoDBTeleconsultations(
            transport, table_name=table_name, retention_days=RETENTION_DAYS, clock=clock
        )

    return over


@pytest.fixture(params=["in_memory", "moto_server", "ministack"])
def storage(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    clock: Watch,
    table_properties: Mapping[str, Any],
    session: boto3.Session,
) -> Teleconsultations:
    """Each implementation of the port, empty."""
    if request.param == "in_memory":
        return InMemoryTeleconsultations(clock=clock, retention_days=RETENTION_DAYS)
    emulator: Emulator = request.getfixturevalue(request.param)
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    table_name = f"teleconsultations-{uuid4().hex}"
    emulator.create_table(table_name, properties=table_properties)
    return DynamoDBTeleconsultations(
        Boto3DynamoDB(session=session), table_name=table_name, retention_days=RETENTION_DAYS, clock=clock
    )
