"""The built functions under Lambda's runtime client, with nothing else of the project on the path."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from deployment.template.application import Function
from local.gateway.invoker import FunctionTimeoutError
from local.ports import HOST
from local.stack import Stack
from tests.deployment.runtime import (
    LambdaRuntimes,
    UnhandledError,
    running_function,
    with_timeout,
)
from tests.deployment.samples import Json, Sample, Stage, answer, find, samples
from tests.integration.api.client import World


@pytest.fixture(scope="session")
def invoker(built_stack: Stack) -> LambdaRuntimes:
    invoker = built_stack.gateway._invoker
    assert isinstance(invoker, LambdaRuntimes)
    return invoker


def _storage(url: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_DYNAMODB": url}


# Without endpoints, as here, a stack has no such function; test_deploy.py has one.
WITHOUT_ENDPOINTS = [sample for sample in samples() if sample.function != "DeliverWebhookFunction"]


@pytest.mark.parametrize("sample", WITHOUT_ENDPOINTS, ids=str)
def test_every_event_is_answered(built_world: World, invoker: LambdaRuntimes, sample: Sample) -> None:
    def invoke(function: str, event: Json) -> Json:
        return invoker.runtimes[function].invoke(event)

    stage = Stage(built_world, invoke)
    stage.set_up()

    outcome = stage.play(sample)

    if (expected := sample.expected()) is not None:
        assert outcome.answer == expected


@pytest.fixture
def reader(built_stack: Stack) -> Function:
    """The built function of GET, which needs the table only."""
    return built_stack.application.functions["GetTeleconsultationFunction"]


@pytest.fixture
def reading() -> Json:
    """The event of a participant's GET."""
    return find("get_teleconsultation_doctor").event


def test_a_function_works_again_after_a_timeout(reader: Function, reading: Json, tmp_path: Path) -> None:
    # A storage that accepts the connection and does not answer: the function exceeds its timeout.
    with socket.create_server((HOST, 0)) as silent:
        slow = _storage(f"http://{HOST}:{silent.getsockname()[1]}")
        with running_function(
            with_timeout(reader, seconds=1), extra=slow, log=tmp_path / "functions.log"
        ) as runtime:
            with pytest.raises(FunctionTimeoutError, match=r"Task timed out after 1\.00 seconds"):
                runtime.invoke(reading)

            # An invalid id is refused without the storage.
            result = runtime.invoke({**reading, "pathParameters": {"id": "no-id"}})

    assert answer(result) == (404, "not_found")


def test_an_unhandled_error_is_reported_as_by_lambda(reader: Function, tmp_path: Path) -> None:
    with (
        running_function(reader, extra={}, log=tmp_path / "functions.log") as runtime,
        pytest.raises(UnhandledError) as raised,
    ):
        runtime.invoke({"not": "an event of API Gateway"})

    assert raised.value.report["errorType"] == "KeyError"
    assert raised.value.report["stackTrace"]


def test_without_its_layer_a_function_cannot_be_imported(
    reader: Function, reading: Json, tmp_path: Path
) -> None:
    bare = replace(reader, layers=())

    with (
        running_function(bare, extra={}, log=tmp_path / "functions.log") as runtime,
        pytest.raises(UnhandledError) as raised,
    ):
        runtime.invoke(reading)

    assert raised.value.report["errorType"] == "Runtime.ImportModuleError"
