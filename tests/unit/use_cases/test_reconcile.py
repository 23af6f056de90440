"""One run of the reconciler: what is due is settled, then the provider's rooms are walked through."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from teleconsultation.domain.errors import (
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.lifetime import RUN_EVERY, SETTLE_AFTER
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.reconcile import FAILURES_IN_A_ROW, RESERVE_SECONDS, Reconciliation
from teleconsultation.use_cases.walk import WALK_EVERY, WalkReport
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import known, patient
from tests.fakes.service import Service

DOWN = ProviderUnavailableError()
LONGER = 7200
"""A duration for which the room of an hour is too short."""


def later(service: Service) -> None:
    service.clock.advance(seconds=SETTLE_AFTER.total_seconds())


def replaced(service: Service, *, at: Callable[[Service], object]) -> Teleconsultation:
    """Return a teleconsultation whose change to another room died."""
    created = service.create()
    at(service)
    with pytest.raises(KilledError):
        service.update(created.id, duration_seconds=LONGER)
    return created


def test_with_nothing_to_do_it_only_looks(service: Service) -> None:
    service.create()
    service.effects.forget()
    later(service)

    done = service.reconcile()

    assert done == Reconciliation(walk=WalkReport(is_complete=True, is_audit=True))
    assert service.effects.log == ["save_walk"]


def test_an_intent_without_a_room_is_removed(service: Service) -> None:
    service.effects.before("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    later(service)

    done = service.reconcile()

    assert (done.settled, done.given_up, done.uploads_deleted) == (1, 1, 0)
    assert service.teleconsultations.everything() == ()


def test_an_intent_with_a_room_is_removed_and_its_room_deleted(service: Service) -> None:
    service.effects.after("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    later(service)

    done = service.reconcile()

    assert done.settled == 1
    assert service.rooms.rooms == {}
    assert service.teleconsultations.everything() == ()


def test_a_request_that_is_still_running_is_left_alone(service: Service) -> None:
    runs: list[Reconciliation] = []
    service.effects.before("create_room", lambda: runs.append(service.reconcile()))
    service.effects.before("replace", lambda: runs.append(service.reconcile()))

    created = service.create()

    assert [run.settled for run in runs] == [0, 0]
    assert service.stored(created.id).room is not None
    assert len(service.rooms.rooms) == 1


def test_a_change_that_died_before_its_commit_is_undone(service: Service) -> None:
    created = replaced(service, at=lambda service: service.effects.after("create_room", killed))
    later(service)

    service.reconcile()

    stored = service.stored(created.id)
    assert (stored.room, stored.schedule, stored.provisioning) == (created.room, created.schedule, None)
    assert created.room is not None
    assert list(service.rooms.rooms) == [created.room.room_id]


def test_a_change_that_died_after_its_commit_loses_the_old_room(service: Service) -> None:
    created = replaced(service, at=lambda service: service.effects.before("delete_room", killed))
    later(service)

    done = service.reconcile()

    stored = service.stored(created.id)
    assert stored.room is not None
    assert list(service.rooms.rooms) == [stored.room.room_id]
    assert stored.rooms_to_delete == frozenset()
    assert (done.settled, done.given_up) == (1, 0)


def test_a_deletion_that_died_loses_its_room(service: Service) -> None:
    created = service.create()
    service.effects.before("delete_room", killed)
    with pytest.raises(KilledError):
        service.delete(created.id)
    later(service)

    service.reconcile()

    assert service.rooms.rooms == {}
    assert service.stored(created.id).rooms_to_delete == frozenset()


def test_the_room_of_a_lost_attempt_is_found_by_its_mark(service: Service) -> None:
    created = replaced(service, at=lambda service: service.effects.after("create_room", killed))
    service.clock.advance(seconds=61)
    service.update(created.id, invitees=(known("doctor-1"), patient("another")))
    later(service)

    service.reconcile()

    stored = service.stored(created.id)
    assert stored.room is not None
    assert list(service.rooms.rooms) == [stored.room.room_id]


def test_one_that_resists_keeps_no_other_waiting(service: Service) -> None:
    created = [service.create() for _ in range(3)]
    for one in created:
        service.effects.before("delete_room", failing(DOWN))
        with pytest.raises(ProviderUnavailableError):
            service.delete(one.id)
    later(service)
    service.effects.before("delete_room", failing(DOWN))

    done = service.reconcile()

    assert (done.settled, done.failures) == (2, 1)
    assert len(service.rooms.rooms) == 1


def test_a_provider_that_lists_nothing_is_a_failure_and_the_place_is_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def list_rooms(*, position: int) -> object:
        raise DOWN

    monkeypatch.setattr(service.rooms, "list_rooms", list_rooms)

    done = service.reconcile()

    assert done.walk == WalkReport(failures=1, is_audit=True)


def test_a_table_that_is_down_ends_the_run(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def due_for_settling(**_: object) -> object:
        raise StorageUnavailableError("down")

    monkeypatch.setattr(service.teleconsultations, "due_for_settling", due_for_settling)

    with pytest.raises(StorageUnavailableError):
        service.reconcile()


def test_settling_stops_when_time_is_short(service: Service) -> None:
    created = service.create()
    service.effects.before("delete_room", failing(DOWN))
    with pytest.raises(ProviderUnavailableError):
        service.delete(created.id)
    later(service)

    done = service.reconcile(remaining_seconds=lambda: RESERVE_SECONDS)

    assert done == Reconciliation(is_out_of_time=True)


def test_a_change_that_gets_in_between_goes_first(service: Service) -> None:
    created = replaced(service, at=lambda service: service.effects.before("create_room", killed))
    later(service)

    def change() -> None:
        service.update(created.id, duration_seconds=2400)

    service.effects.before("replace", change)

    done = service.reconcile()

    assert done.settled == 0
    assert service.stored(created.id).schedule.duration_seconds == 2400


def test_one_that_is_gone_meanwhile_is_passed_over(service: Service) -> None:
    service.teleconsultations.due_for_settling = lambda **_: iter([("0" * 24, service.clock.now)])  # type: ignore[method-assign]

    assert service.reconcile().failures == 0
    with pytest.raises(TeleconsultationNotFoundError):
        service.stored("0" * 24)


@pytest.mark.parametrize("effect", ["replace", "delete_room", "save_walk"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_is_finished_by_the_next(service: Service, effect: str, when: str) -> None:
    undone = replaced(service, at=lambda service: service.effects.after("create_room", killed))
    finished = service.create()
    service.effects.before("delete_room", failing(DOWN))
    finished = service.update(finished.id, duration_seconds=LONGER)
    later(service)
    getattr(service.effects, when)(effect, killed)

    with pytest.raises(KilledError):
        service.reconcile()
    service.clock.advance(seconds=WALK_EVERY.total_seconds())
    service.reconcile()

    assert undone.room is not None
    assert finished.room is not None
    assert set(service.rooms.rooms) == {undone.room.room_id, finished.room.room_id}
    assert not any(one.provisioning or one.rooms_to_delete for one in service.teleconsultations.everything())
    assert service.stored(undone.id) == replace(undone, version=undone.version + 2)


def test_while_the_provider_is_down_most_records_stay_due(service: Service) -> None:
    created = [service.create() for _ in range(10)]
    for one in created:
        service.effects.before("delete_room", failing(DOWN))
        with pytest.raises(ProviderUnavailableError):
            service.delete(one.id)
    later(service)
    for _ in created:
        service.effects.before("delete_room", failing(DOWN))
    down = service.reconcile()
    service.effects.calm()

    up = service.reconcile()

    assert (down.settled, down.failures) == (0, FAILURES_IN_A_ROW)
    assert (up.settled, up.failures) == (10 - FAILURES_IN_A_ROW, 0)


def test_rooms_whose_deletion_hangs_keep_neither_the_others_nor_the_walk_from_their_turn(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    function_seconds, answer_seconds = 300.0, 8.0
    visits = [service.create() for _ in range(52)]
    for visit in visits:
        service.effects.before("delete_room", failing(DOWN))
        with pytest.raises(ProviderUnavailableError):
            service.delete(visit.id)
    hanging = {visit.room.room_id for visit in visits[:12] if visit.room}
    seconds_left, delete_room = function_seconds, service.rooms.delete

    def delete(room_id: str) -> None:
        nonlocal seconds_left
        if room_id in hanging:
            seconds_left -= answer_seconds
            raise DOWN
        delete_room(room_id)

    def remaining_seconds() -> float:
        return seconds_left

    monkeypatch.setattr(service.rooms, "delete", delete)
    later(service)

    runs = []
    for _ in range(6):
        seconds_left = function_seconds
        runs.append(service.reconcile(remaining_seconds=remaining_seconds))
        service.clock.now += RUN_EVERY

    assert runs[0].walk is not None
    assert set(service.rooms.rooms) == hanging
