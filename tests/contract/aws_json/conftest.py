"""A reader before a server that does what the test wrote down."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws_json import DynamoDBReader
from tests.fakes.aws_server import AwsServer, running_aws_server
from tests.fakes.pauses import Pauses
from tests.fakes.watch import Watch

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret-canary",
}

type MakeReader = Callable[..., DynamoDBReader]


@pytest.fixture
def server() -> Iterator[AwsServer]:
    with running_aws_server() as server:
        yield server


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def pauses() -> Pauses:
    """How long the reader waited between its attempts."""
    return Pauses()


@pytest.fixture
def make_reader(clock: Watch, pauses: Pauses) -> Iterator[MakeReader]:
    readers = []

    def make(**environment: str) -> DynamoDBReader:
        reader = DynamoDBReader(
            environment=ENVIRONMENT | environment,
            clock=clock,
            monotonic=pauses.monotonic,
            sleep=pauses.sleep,
        )
        readers.append(reader)
        return reader

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def reader(server: AwsServer, make_reader: MakeReader) -> DynamoDBReader:
    return make_reader(AWS_ENDPOINT_URL_DYNAMODB=server.url)


def get_item(reader: DynamoDBReader) -> dict[str, Any]:
    return reader.get_item({"TableName": "t", "Key": {"pk": {"S": "canary"}}})
