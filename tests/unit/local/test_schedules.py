"""Schedules on a laptop."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployment.template.application import Function
from local.gateway.exchange import Json
from local.gateway.invoker import FunctionError
from local.schedules import running_schedules, scheduled_event

EVENT = Path(__file__).parents[3] / "events" / "reconcile_rooms.json"


def function(name: str, *, every_seconds: float | None) -> Function:
    return Function(
        name=name,
        code=Path(),
        handler="app.lambda_handler",
        layers=(),
        timeout_seconds=30,
        memory_megabytes=512,
        environment={},
        every_seconds=every_seconds,
    )


class CountingInvoker:
    """Fails the first time, and says when it was called often enough."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.called_twice = threading.Event()

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        assert event["source"] == "aws.events"
        self.calls.append(function.name)
        if len(self.calls) == 1:
            raise FunctionError("died")
        self.called_twice.set()
        return {}


def test_a_function_with_a_rate_runs_again_and_again_though_it_fails() -> None:
    invoker = CountingInvoker()

    with running_schedules(
        [function("Scheduled", every_seconds=0.01), function("Routed", every_seconds=None)], invoker=invoker
    ):
        assert invoker.called_twice.wait(timeout=30)

    assert set(invoker.calls) == {"Scheduled"}


def test_it_does_not_run_before_its_time() -> None:
    invoker = CountingInvoker()

    with running_schedules([function("Scheduled", every_seconds=3600)], invoker=invoker):
        pass

    assert invoker.calls == []


@pytest.mark.parametrize("part", ["keys", "constants"])
def test_its_event_is_the_sample(part: str) -> None:
    sample = json.loads(EVENT.read_text(encoding="utf-8"))

    made = scheduled_event(function("F", every_seconds=1), now=datetime(2026, 12, 1, 15, 30, tzinfo=UTC))

    if part == "keys":
        assert list(made) == list(sample)
    else:
        constant = ("version", "detail-type", "source", "time", "region", "detail")
        assert {name: made[name] for name in constant} == {name: sample[name] for name in constant}
