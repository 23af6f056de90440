"""A client before a server that does what the test wrote down."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws_json import DYNAMODB, AwsJsonClient, Service
from tests.fakes.aws_server import AwsServer, running_aws_server
from tests.fakes.watch import Watch

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret-canary",
}

type MakeClient = Callable[..., AwsJsonClient]


@pytest.fixture
def server() -> Iterator[AwsServer]:
    with running_aws_server() as server:
        yield server


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def pauses() -> list[float]:
    """How long the client waited between its attempts; nobody really waits."""
    return []


@pytest.fixture
def make_client(clock: Watch, pauses: list[float]) -> Iterator[MakeClient]:
    clients = []

    def make(service: Service = DYNAMODB, **environment: str) -> AwsJsonClient:
        client = AwsJsonClient(
            service, environment=ENVIRONMENT | environment, clock=clock, sleep=pauses.append
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(server: AwsServer, make_client: MakeClient) -> AwsJsonClient:
    return make_client(AWS_ENDPOINT_URL_DYNAMODB=server.url)


def get_item(client: AwsJsonClient) -> dict[str, Any]:
    return client.call("GetItem", {"TableName": "t", "Key": {"pk": {"S": "canary"}}})
