"""The reconciler's handler: what it counts, what it logs, and how it fails."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from functions.reconcile_rooms.app import lambda_handler
from teleconsultation import bootstrap
from teleconsultation.domain.errors import ProviderUnavailableError, StorageUnavailableError
from teleconsultation.edge.invocation import InvocationFailedError, Json
from teleconsultation.settings import NotConfiguredError, SettingsError
from tests.fakes.api_gateway import lambda_context
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.service import Service


def run() -> Json:
    report: Json = lambda_handler({}, lambda_context(remaining_milliseconds=300_000))
    return report


def counted(output: LambdaOutput) -> dict[str, float]:
    [flushed] = output.metrics
    return {
        name: value
        for name, [value] in ((name, value) for name, value in flushed.items() if isinstance(value, list))
    }


def raising(error: Exception) -> Callable[..., NoReturn]:
    def fail(**_: object) -> NoReturn:
        raise error

    return fail


def leave_a_room_behind(service: Service) -> None:
    created = service.create()
    service.teleconsultations.remove(created.id, expected_version=created.version)
    service.clock.advance(seconds=3600)


def test_it_counts_what_it_did(service: Service, output: LambdaOutput) -> None:
    leave_a_room_behind(service)

    assert run() == {
        "settled": 0,
        "givenUp": 0,
        "roomsDeleted": 1,
        "roomsLeft": 0,
        "failures": 0,
        "walkIsComplete": True,
    }

    assert counted(output) == {"RoomsReconciled": 1, "OrphanRooms": 0, "ReconcileFailures": 0}


def test_orphans_that_stay_are_counted(service: Service, output: LambdaOutput) -> None:
    leave_a_room_behind(service)
    service.effects.before("delete_room", failing(ProviderUnavailableError()))

    run()

    assert counted(output) == {"RoomsReconciled": 0, "OrphanRooms": 1, "ReconcileFailures": 1}


def test_who_has_not_seen_all_rooms_does_not_say_that_none_is_left(
    service: Service, output: LambdaOutput
) -> None:
    lambda_handler({}, lambda_context(remaining_milliseconds=1000))

    assert "OrphanRooms" not in counted(output)


def test_before_the_api_key_was_ever_there_nothing_fails_and_the_same_process_recovers(
    service: Service, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_a_room_behind(service)
    with monkeypatch.context() as patched:
        patched.setattr(service.rooms, "list_rooms", raising(NotConfiguredError("no apiKey: put it in")))

        assert run() == {"notConfigured": True}

    assert counted(output) == {"ReconcileFailures": 0}
    assert "no apiKey: put it in" in json.dumps(output.logs)
    assert run()["roomsDeleted"] == 1


def test_a_secret_that_was_damaged_is_a_failure_that_says_what_to_do(
    service: Service, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.rooms, "list_rooms", raising(SettingsError("no userIdKey: put it back")))

    with pytest.raises(SettingsError, match="put it back"):
        run()

    assert counted(output) == {"ReconcileFailures": 1}


@pytest.mark.parametrize(
    "error", [StorageUnavailableError("down"), ValueError("Joe Smith")], ids=["ours", "bug"]
)
def test_a_run_that_breaks_off_is_an_error_that_quotes_nothing(
    service: Service, output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def teleconsultations(*, remaining_seconds: object) -> Any:
        raise error

    monkeypatch.setattr(bootstrap, "teleconsultations", teleconsultations)

    with pytest.raises(InvocationFailedError) as raised:
        run()

    assert raised.value.__suppress_context__
    assert "Smith" not in f"{raised.value}{json.dumps(output.logs)}"
    assert type(error).__name__ in json.dumps(output.logs)
    assert counted(output) == {"ReconcileFailures": 1}
