"""Fixtures that are built and started once: artefacts, functions under Lambda's runtime, the cloud."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest

from local.bandyer_simulator.server import RunningSimulator, running_simulator
from local.stack import Stack, running_stack, utc_now
from tests.deployment.cloud import API_KEY, Cloud, DeployedStack, running_cloud
from tests.deployment.runtime import Runtimes
from tests.deployment.sam import ARCHITECTURE, build
from tests.deployment.samples import Stage, functions
from tests.integration.api.client import Provider, Table, World

ENDPOINT: Final = {"url": "https://127.0.0.1/hooks", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
PROVIDER_IS_LATE: Final = timedelta(hours=1)


@pytest.fixture(scope="session")
def built_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that `sam build` writes next to the built functions and layer."""
    return build(tmp_path_factory.mktemp("build") / "build")


@pytest.fixture(scope="session")
def built_stack(built_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The local stack with the built functions, each under Lambda's runtime."""
    folder = tmp_path_factory.mktemp("built-stack")
    with running_stack(
        template=built_template,
        parameters={"Architecture": ARCHITECTURE},
        invocation=Runtimes(log=folder / "functions.log"),
        state_directory=folder,
    ) as running:
        yield running


@pytest.fixture(scope="session")
def built_world(built_stack: Stack) -> Iterator[World]:
    table = Table(built_stack.table_name, built_stack.aws.client("dynamodb"))
    with httpx2.Client(base_url=built_stack.bandyer.url, trust_env=False) as http:
        yield World(table, Provider(built_stack.bandyer, http))


@pytest.fixture(scope="session")
def cloud(built_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An empty account in which IAM's policies are enforced."""
    with running_cloud(template=built_template, folder=tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    """The provider of the deployed stack; its clock is behind, so that new rooms look orphaned."""
    with running_simulator(api_key=API_KEY, clock=lambda: utc_now() - PROVIDER_IS_LATE) as running:
        yield running


@pytest.fixture(scope="session")
def deployed(cloud: Cloud, simulator: RunningSimulator) -> DeployedStack:
    """The deployed stack with its secret filled in, the probe and events on.

    The probe reads its client, which is empty, and says so: no issuer is asked. The endpoint of events has an
    address that no event may be sent to. Nothing reads the stream and the queues, so that events come from
    the tests alone.
    The provider's addresses are changed after `sam deploy`: the template accepts https only, and the
    simulator serves plain http.
    """
    secrets = cloud.aws.client("secretsmanager")
    client = secrets.create_secret(Name="probe", SecretString="{}")
    endpoints = secrets.create_secret(Name="endpoints", SecretString=json.dumps({"billing": ENDPOINT}))
    cloud.deploy(
        "product",
        ProbeSecretArn=client["ARN"],
        EventBusName="default",
        EventEndpointsSecretArn=endpoints["ARN"],
    )
    stack = cloud.stack("product")
    for reader in ("TableStreamReader", "DoorQueueReader", "DeliveryQueueReader"):
        cloud.aws.client("lambda").update_event_source_mapping(UUID=stack.physical_ids[reader], Enabled=False)
    stack.write_secret(apiKey=API_KEY)
    for function in functions():
        stack.set_environment(function, BANDYER_BASE_URL=simulator.url, FRAME_ORIGINS=simulator.url)
    return stack


@pytest.fixture(scope="session")
def deployed_stage(deployed: DeployedStack, simulator: RunningSimulator) -> Iterator[Stage]:
    """The deployed functions, their table and their provider."""
    table = Table(deployed.outputs["TableName"], deployed.aws.client("dynamodb"))
    with httpx2.Client(base_url=simulator.url, trust_env=False) as http:
        yield Stage(World(table, Provider(simulator, http)), deployed.invoke)
