"""What GET writes by hand is what the other routes write through Powertools."""

from typing import Any

import pytest

from teleconsultation.edge.http import Event
from teleconsultation.edge.powertools_log import PowertoolsLog
from teleconsultation.edge.request_log import RequestLog
from teleconsultation.edge.route_log import RouteLog
from tests.fakes.api_gateway import lambda_context
from tests.fakes.lambda_output import LambdaOutput

ID = "0" * 24
PROVIDER_FAILED: dict[str, Any] = {"provider_code": "x", "outcome_unknown": True}
UNEXPECTED: dict[str, Any] = {"error_type": "ZeroDivisionError", "places": ["app.py:1 route"], "reason": None}
# When it was written, and from which line of code: the one fact we leave out.
OF_THE_MOMENT = {"timestamp", "location", "cold_start"}


def tell(log: RouteLog, *, outcomes: tuple[str, ...] = ("Done",)) -> None:
    """Write what one request after the other may have to say."""

    def lambda_handler(event: Event, _context: object) -> Event:
        log.append_keys(**event["keys"])
        log.warning("provider failed", **PROVIDER_FAILED)
        log.error("unexpected error", **UNEXPECTED)
        log.answered(status=200, outcome=event["outcome"])
        return event

    watched = log.watching(lambda_handler)
    for number, outcome in enumerate(outcomes):
        keys = {} if number else {"teleconsultation_id": ID}
        watched({"keys": keys, "outcome": outcome}, lambda_context())


def lines(output: LambdaOutput) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in OF_THE_MOMENT} for line in output.logs
    ]


def counts(output: LambdaOutput) -> list[dict[str, Any]]:
    return [{**line, "_aws": line["_aws"]["CloudWatchMetrics"]} for line in output.metrics]


def test_it_writes_what_powertools_writes(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    tell(PowertoolsLog(), outcomes=("Done", "NotFound"))
    logged, counted = lines(output), counts(output)
    tell(RequestLog(), outcomes=("Done", "NotFound"))

    messages = ["provider failed", "unexpected error", "request answered"]
    assert [line["message"] for line in logged] == messages * 2
    assert lines(output) == logged * 2
    assert counts(output) == counted * 2


def test_its_time_is_written_as_powertools_writes_it(output: LambdaOutput) -> None:
    tell(PowertoolsLog())
    tell(RequestLog())

    theirs, ours = (line["timestamp"] for line in output.logs if line["message"] == "request answered")
    assert [character for character in ours if not character.isdigit()] == [
        character for character in theirs if not character.isdigit()
    ]
    assert abs(output.metrics[0]["_aws"]["Timestamp"] - output.metrics[1]["_aws"]["Timestamp"]) < 60_000


@pytest.mark.parametrize("log", [RequestLog(), PowertoolsLog()], ids=["ours", "Powertools"])
def test_the_next_request_starts_from_nothing(output: LambdaOutput, log: RouteLog) -> None:
    tell(log, outcomes=("Done", "NotFound"))

    ids = [line.get("teleconsultation_id") for line in output.logs if line["level"] == "INFO"]
    assert ids == [ID, None]
    assert [(line.get("Done"), line.get("NotFound")) for line in output.metrics] == [
        ([1.0], None),
        (None, [1.0]),
    ]


@pytest.mark.parametrize("log", [RequestLog(), PowertoolsLog()], ids=["ours", "Powertools"])
def test_the_event_is_not_logged_whatever_the_environment_says(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, log: RouteLog
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")

    tell(log)

    assert len(output.logs) == 3


def test_only_the_first_request_of_a_process_is_a_cold_start(output: LambdaOutput) -> None:
    tell(RequestLog(), outcomes=("Done", "Done"))

    cold_starts = [line["cold_start"] for line in output.logs if line["level"] == "INFO"]
    assert cold_starts == [True, False]


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
