"""What routes write by hand is what Powertools would write."""

from typing import Any

import pytest

from teleconsultation.edge.invocation import logger, metrics
from teleconsultation.edge.request_log import RequestLog
from tests.fakes.api_gateway import lambda_context
from tests.fakes.lambda_output import LambdaOutput

ID = "0" * 24
PROVIDER_FAILED: dict[str, Any] = {"provider_code": "x", "outcome_unknown": True}
UNEXPECTED: dict[str, Any] = {"error_type": "ZeroDivisionError", "places": ["app.py:1 route"], "reason": None}
# When it was written, and from which line of code: the one fact we leave out.
OF_THE_MOMENT = {"timestamp", "location", "cold_start"}


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def told_by_powertools(_event: object, _context: object) -> None:
    logger.append_keys(teleconsultation_id=ID)
    logger.warning("provider failed", **PROVIDER_FAILED)
    logger.error("unexpected error", **UNEXPECTED)
    metrics.add_metric(name="Done", unit="Count", value=1)
    logger.info("request answered", status=200, outcome="Done")


def written_by_us() -> None:
    log = RequestLog()
    log.begin(lambda_context())
    log.append_keys(teleconsultation_id=ID)
    log.warning("provider failed", **PROVIDER_FAILED)
    log.error("unexpected error", **UNEXPECTED)
    log.answered(status=200, outcome="Done")


def lines(output: LambdaOutput) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in OF_THE_MOMENT} for line in output.logs
    ]


def counts(output: LambdaOutput) -> list[dict[str, Any]]:
    return [{**line, "_aws": line["_aws"]["CloudWatchMetrics"]} for line in output.metrics]


def test_it_writes_what_powertools_writes(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    told_by_powertools({}, lambda_context())
    logged, counted = lines(output), counts(output)
    written_by_us()

    assert [line["message"] for line in logged] == ["provider failed", "unexpected error", "request answered"]
    assert lines(output) == logged * 2
    assert counts(output) == counted * 2


def test_its_time_is_written_as_powertools_writes_it(output: LambdaOutput) -> None:
    told_by_powertools({}, lambda_context())
    written_by_us()

    theirs, ours = (line["timestamp"] for line in output.logs if line["message"] == "request answered")
    assert [character for character in ours if not character.isdigit()] == [
        character for character in theirs if not character.isdigit()
    ]
    assert abs(output.metrics[0]["_aws"]["Timestamp"] - output.metrics[1]["_aws"]["Timestamp"]) < 60_000


def test_the_next_request_starts_from_nothing(output: LambdaOutput) -> None:
    log = RequestLog()
    log.begin(lambda_context())
    log.append_keys(teleconsultation_id=ID)
    log.answered(status=200, outcome="Done")

    log.begin(lambda_context())
    log.answered(status=404, outcome="NotFound")

    assert [line.get("teleconsultation_id") for line in output.logs] == [ID, None]
    assert [(line.get("Done"), line.get("NotFound")) for line in output.metrics] == [
        ([1.0], None),
        (None, [1.0]),
    ]


def test_only_the_first_request_of_a_process_is_a_cold_start(output: LambdaOutput) -> None:
    log = RequestLog()

    for _ in range(2):
        log.begin(lambda_context())
        log.answered(status=200, outcome="Done")

    assert [line["cold_start"] for line in output.logs] == [True, False]


def test_a_fact_that_json_does_not_know_is_written_as_a_text(output: LambdaOutput) -> None:
    log = RequestLog()

    log.warning("x", failure=ZeroDivisionError)

    assert [line["failure"] for line in output.logs] == ["<class 'ZeroDivisionError'>"]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["INFO", "WARNING", "ERROR"]),
        ("WARNING", ["WARNING", "ERROR"]),
        ("error", ["ERROR"]),
        ("nonsense", ["INFO", "WARNING", "ERROR"]),
    ],
)
def test_the_level_of_the_template_holds_for_lines_and_not_for_counts(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, level: str, written: list[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)

    log = RequestLog()
    log.answered(status=200, outcome="Done")
    log.warning("x")
    log.error("x")

    assert [line["level"] for line in output.logs] == written
    assert len(output.metrics) == 1
