"""What GET writes by hand is what Powertools writes for the others."""

from collections.abc import Callable
from typing import Any

import pytest

from teleconsultation import observability, plain_observability
from teleconsultation.errors import ProviderUnavailableError
from teleconsultation.http import Event, Observability, Request, Response, endpoint
from teleconsultation.plain_observability import PlainLogger
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput

ID = "0" * 24
# When it was written, and from which line of code: the one fact we leave out.
OF_THE_MOMENT = {"timestamp", "location", "cold_start", "places"}


def succeed(_: Request) -> Response:
    return Response(status=200, body={})


def fail_at_the_provider(_: Request) -> Response:
    raise ProviderUnavailableError(provider_code="x", outcome_unknown=True)


def fail_unexpectedly(_: Request) -> Response:
    raise ZeroDivisionError


def lines(output: LambdaOutput) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in OF_THE_MOMENT} for line in output.logs
    ]


def metrics(output: LambdaOutput) -> list[dict[str, Any]]:
    return [{**line, "_aws": line["_aws"]["CloudWatchMetrics"]} for line in output.metrics]


def answer(route: Callable[[Request], Response], told_by: Observability) -> Event:
    handler = endpoint(outcome="Done", observability=told_by)(route)
    return handler(http_event(teleconsultation_id=ID), lambda_context())


@pytest.mark.parametrize("route", [succeed, fail_at_the_provider, fail_unexpectedly])
def test_it_writes_what_powertools_writes(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, route: Callable[[Request], Response]
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    answer(route, observability)
    logged, counted = lines(output), metrics(output)
    answer(route, plain_observability)

    assert logged
    assert lines(output) == logged * 2
    assert metrics(output) == counted * 2


def test_its_time_is_written_as_powertools_writes_it(output: LambdaOutput) -> None:
    answer(succeed, observability)
    answer(succeed, plain_observability)

    theirs, ours = (line["timestamp"] for line in output.logs)
    assert [character for character in ours if not character.isdigit()] == [
        character for character in theirs if not character.isdigit()
    ]
    assert abs(output.metrics[0]["_aws"]["Timestamp"] - output.metrics[1]["_aws"]["Timestamp"]) < 60_000


def test_the_next_request_starts_from_nothing(output: LambdaOutput) -> None:
    answer(succeed, plain_observability)
    handler = endpoint(outcome="Done", observability=plain_observability)(succeed)
    handler(http_event("POST"), lambda_context())

    assert [line.get("teleconsultation_id") for line in output.logs] == [ID, None]
    assert [line["Done"] for line in output.metrics] == [[1.0], [1.0]]


def test_only_the_first_request_of_a_process_is_a_cold_start(output: LambdaOutput) -> None:
    logger = PlainLogger()

    for _ in range(2):
        logger.begin(lambda_context())
        logger.info("x")

    assert [line["cold_start"] for line in output.logs] == [True, False]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["INFO", "WARNING", "ERROR"]),
        ("WARNING", ["WARNING", "ERROR"]),
        ("error", ["ERROR"]),
        ("nonsense", ["INFO", "WARNING", "ERROR"]),
    ],
)
def test_the_level_of_the_template_holds(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, level: str, written: list[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)

    logger = PlainLogger()
    logger.info("x")
    logger.warning("x")
    logger.error("x")

    assert [line["level"] for line in output.logs] == written
