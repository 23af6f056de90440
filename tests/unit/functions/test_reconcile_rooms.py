"""The reconciler's handler: what it counts, what it logs, and how it fails."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from functions.reconcile_rooms.app import lambda_handler
from teleconsultation import bootstrap
from teleconsultation.domain.errors import ProviderUnavailableError, StorageUnavailableError
from teleconsultation.edge.invocation import InvalidEventError, InvocationFailedError, Json
from teleconsultation.settings import NotConfiguredError, SettingsError
from tests.fakes.api_gateway import lambda_context
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import START, schedule
from tests.fakes.service import Service


def run(event: Json | None = None) -> Json:
    report: Json = lambda_handler(event or {}, lambda_context(remaining_milliseconds=300_000))
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
    far = schedule(start_date=service.clock.now + timedelta(days=30))
    created = service.create(schedule=far)
    service.teleconsultations.remove(created.id, expected_version=created.version)
    service.clock.advance(seconds=3600)


def test_it_counts_what_it_did(service: Service, output: LambdaOutput) -> None:
    leave_a_room_behind(service)

    assert run() == {
        "settled": 0,
        "givenUp": 0,
        "lostRooms": 0,
        "looksLeftOut": 0,
        "uploadsDeleted": 0,
        "failures": 0,
        "outOfTime": False,
        "walk": {
            "isAudit": True,
            "isComplete": True,
            "stopped": False,
            "roomsDeleted": 1,
            "uploadsDeleted": 0,
            "roomsLeft": 0,
            "failures": 0,
        },
    }

    assert counted(output) == {
        "RoomsReconciled": 1,
        "OrphanRooms": 0,
        "ReconcileFailures": 0,
        "LostRooms": 0,
    }


def test_orphans_that_stay_are_counted(service: Service, output: LambdaOutput) -> None:
    leave_a_room_behind(service)
    service.effects.before("delete_room", failing(ProviderUnavailableError()))

    run()

    assert counted(output) == {
        "RoomsReconciled": 0,
        "OrphanRooms": 1,
        "ReconcileFailures": 1,
        "LostRooms": 0,
    }


def test_a_lost_room_is_counted(service: Service, output: LambdaOutput) -> None:
    created = service.create()
    assert created.room is not None
    service.rooms.disabled.add(created.room.room_id)
    service.clock.now = START

    assert run()["lostRooms"] == 1

    assert counted(output)["LostRooms"] == 1


def test_a_walk_that_was_stopped_counts_what_it_left(service: Service, output: LambdaOutput) -> None:
    for _ in range(30):
        leave_a_room_behind(service)

    walk = run()["walk"]

    assert (walk["stopped"], walk["roomsDeleted"]) == (True, 0)
    assert counted(output)["OrphanRooms"] == 30


def test_an_operator_may_allow_more_deletions(service: Service) -> None:
    for _ in range(30):
        leave_a_room_behind(service)

    assert run({"maxDeletions": 30})["walk"]["roomsDeleted"] == 30


@pytest.mark.parametrize("limit", [-1, True, "30", 1.5, None], ids=repr)
@pytest.mark.usefixtures("service")
def test_a_limit_that_is_no_number_is_refused(limit: object, output: LambdaOutput) -> None:
    with pytest.raises(InvalidEventError, match="maxDeletions must be a whole number"):
        run({"maxDeletions": limit})

    assert counted(output) == {"ReconcileFailures": 1}


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
    assert run()["walk"]["roomsDeleted"] == 1


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


def test_an_operator_may_have_rooms_looked_up_after_a_restore(service: Service) -> None:
    created = service.create(schedule=schedule(start_date=service.clock.now + timedelta(days=3)))
    assert created.room is not None
    service.rooms.disabled.add(created.room.room_id)

    assert run({"checkRoomsUntil": "2027-01-31T00:00:00Z"})["lostRooms"] == 1


@pytest.mark.parametrize("until", ["tomorrow", "2027-01-31", 5, None, {}], ids=repr)
@pytest.mark.usefixtures("service")
def test_a_day_that_cannot_be_read_is_refused(until: object) -> None:
    with pytest.raises(InvalidEventError, match="checkRoomsUntil must be a date and time"):
        run({"checkRoomsUntil": until})


def test_a_call_of_the_provider_is_tried_once_a_run(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []
    video_rooms = bootstrap.video_rooms

    def noted(**options: Any) -> Any:
        attempts.append(options["attempts"])
        return video_rooms(**options)

    monkeypatch.setattr(bootstrap, "video_rooms", noted)

    run()

    assert attempts == [1]
