from collections.abc import Iterator

import httpx2
import pytest

from local.stack import Stack
from tests.integration.api.client import ApiClient, Provider, Table, World
from tests.integration.api.contract import Contract, load_document


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(load_document())


@pytest.fixture
def api(stack: Stack, contract: Contract, world: World) -> ApiClient:
    return ApiClient(stack, contract)


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    with httpx2.Client(base_url=stack.bandyer.url, trust_env=False) as http:
        yield World(Table(stack.table_name, stack.aws.client("dynamodb")), Provider(stack.bandyer, http))


@pytest.fixture
def provider(world: World) -> Provider:
    return world.provider


@pytest.fixture
def table(world: World) -> Table:
    return world.table


@pytest.fixture
def visit_id(api: ApiClient) -> str:
    """A visit that stands: tomorrow, with a room, and nobody has changed it yet."""
    return api.create()


@pytest.fixture(autouse=True)
def _empty(world: World) -> None:
    """Every test starts with an empty table and a provider that knows nobody and fails nobody."""
    world.provider.reset()
    world.table.clear()
