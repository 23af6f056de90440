"""The probe's function: its report, its log line and its one metric."""

from types import SimpleNamespace
from typing import Any

import pytest

from functions.probe.app import lambda_handler
from probe import ProbeError
from teleconsultation import bootstrap
from teleconsultation.edge.invocation import InvocationFailedError
from teleconsultation.settings import SettingsError
from tests.fakes.api_gateway import lambda_context
from tests.fakes.lambda_output import LambdaOutput


def _run() -> dict[str, Any]:
    report: dict[str, Any] = lambda_handler({}, lambda_context())
    return report


def _counted(output: LambdaOutput) -> Any:
    [flushed] = output.metrics
    return flushed["ProbeFailures"]


def _with(monkeypatch: pytest.MonkeyPatch, *failures: ProbeError) -> None:
    monkeypatch.setattr(bootstrap, "probe", lambda: SimpleNamespace(run=lambda: list(failures)))


def test_a_run_without_a_failure_counts_none(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch)

    assert _run() == {"isOn": True, "failures": []}
    assert _counted(output) == [0]


def test_a_run_with_failures_counts_one_and_says_which(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with(
        monkeypatch,
        ProbeError("page", "it is another page", status=200),
        ProbeError("delete", "no answer: ReadTimeout"),
    )

    report = _run()

    assert report["failures"] == [
        {"step": "page", "problem": "it is another page", "status": 200},
        {"step": "delete", "problem": "no answer: ReadTimeout", "status": None},
    ]
    [line] = [line for line in output.logs if line.get("message") == "probe failed"]
    assert (line["level"], line["failures"]) == ("ERROR", report["failures"])
    assert _counted(output) == [1]


def test_a_defect_counts_as_a_failure(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a text with https://site.test/teleconsultation/x#j=secret")

    monkeypatch.setattr(bootstrap, "probe", lambda: SimpleNamespace(run=fail))

    with pytest.raises(InvocationFailedError):
        _run()

    assert _counted(output) == [1]
    assert "secret" not in output.text


def test_without_a_client_nothing_is_requested(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_SECRET_ARN", "")
    bootstrap.probe.cache_clear()

    assert _run() == {"isOn": False, "failures": []}


def test_wrong_settings_are_named(output: LambdaOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_SECRET_ARN", "arn")
    monkeypatch.delenv("PRIVILEGES", raising=False)
    bootstrap.probe.cache_clear()

    with pytest.raises(SettingsError, match="settings: KeyError"):
        _run()

    assert _counted(output) == [1]
