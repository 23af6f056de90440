"""The reconciler: what dead processes leave is finished or undone, and nothing else is touched."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.reconcile import (
    GRACE_PERIOD,
    RESERVE_SECONDS,
    SETTLE_AFTER,
    WALK_EVERY,
    Reconciliation,
)
from tests.fakes.effects import failing
from tests.fakes.samples import doctor, known, patient
from tests.fakes.service import Service

DOWN = ProviderUnavailableError()


class KilledError(BaseException):
    """The process is gone."""


def killed() -> None:
    raise KilledError


def later(service: Service) -> None:
    service.clock.advance(seconds=SETTLE_AFTER.total_seconds())


def replaced(service: Service, *, at: Callable[[Service], object]) -> Teleconsultation:
    """Return a teleconsultation whose change to another room died."""
    created = service.create()
    at(service)
    with pytest.raises(KilledError):
        service.update(created.id, duration_seconds=1800)
    return created


def test_with_nothing_to_do_it_only_looks(service: Service) -> None:
    service.create()
    service.effects.forget()
    later(service)

    done = service.reconcile()

    assert done == Reconciliation(walk_is_complete=True)
    assert service.effects.log == ["save_walk"]


def test_an_intent_without_a_room_is_removed(service: Service) -> None:
    service.effects.before("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    later(service)

    done = service.reconcile()

    assert (done.settled, done.given_up) == (1, 1)
    assert service.teleconsultations.everything() == ()


def test_an_intent_with_a_room_is_removed_and_its_room_deleted(service: Service) -> None:
    service.effects.after("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    later(service)

    done = service.reconcile()

    assert (done.settled, done.rooms_deleted) == (1, 1)
    assert service.rooms.rooms == {}
    assert service.teleconsultations.everything() == ()


def test_a_request_that_is_still_running_is_left_alone(service: Service) -> None:
    runs: list[Reconciliation] = []
    service.effects.before("create_room", lambda: runs.append(service.reconcile()))
    service.effects.before("replace", lambda: runs.append(service.reconcile()))

    created = service.create()

    assert [(run.settled, run.rooms_deleted) for run in runs] == [(0, 0), (0, 0)]
    assert service.stored(created.id).room is not None


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
    assert (stored.rooms_to_delete, stored.unsettled_since) == (frozenset(), None)
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

    done = service.reconcile()

    stored = service.stored(created.id)
    assert stored.room is not None
    assert list(service.rooms.rooms) == [stored.room.room_id]
    assert done.rooms_deleted == 1


def test_a_room_younger_than_the_grace_period_is_nobodys_yet(service: Service) -> None:
    created = service.create()
    service.teleconsultations.remove(created.id, expected_version=created.version)
    service.clock.advance(seconds=GRACE_PERIOD.total_seconds() - 1)

    assert service.reconcile().rooms_deleted == 0
    service.clock.advance(seconds=WALK_EVERY.total_seconds())
    assert service.reconcile().rooms_deleted == 1


def test_a_room_we_did_not_make_is_none_of_ours(service: Service) -> None:
    created = service.create()
    assert created.room is not None
    service.teleconsultations.remove(created.id, expected_version=created.version)
    del service.rooms.marks[created.room.room_id]
    later(service)

    service.reconcile()

    assert list(service.rooms.rooms) == [created.room.room_id]


def test_a_teleconsultation_past_its_retention_takes_its_room_with_it(service: Service) -> None:
    service.create()
    service.clock.advance(seconds=timedelta(days=60).total_seconds())

    assert service.reconcile().rooms_deleted == 1


def test_rooms_waiting_to_be_deleted_are_not_taken_for_lost(service: Service) -> None:
    created = service.create()
    assert created.room is not None
    service.effects.before("delete_room", failing(DOWN))
    service.update(created.id, duration_seconds=1800)
    service.clock.advance(seconds=GRACE_PERIOD.total_seconds())

    done = service.reconcile()

    assert done.rooms_deleted == 0
    assert created.room.room_id in service.rooms.rooms


def test_the_walk_goes_through_all_pages_though_rooms_vanish_under_it(service: Service) -> None:
    kept = [service.create((doctor(), patient())) for _ in range(4)]
    lost = [service.create((doctor(), patient())) for _ in range(5)]
    for one in lost:
        service.teleconsultations.remove(one.id, expected_version=one.version)
    later(service)

    done = service.reconcile()

    assert (done.rooms_deleted, done.walk_is_complete) == (5, True)
    assert set(service.rooms.rooms) == {one.room.room_id for one in kept if one.room}


def test_a_walk_that_runs_out_of_time_goes_on_where_it_stopped(service: Service) -> None:
    created = [service.create() for _ in range(6)]
    oldest = created[0]
    service.teleconsultations.remove(oldest.id, expected_version=oldest.version)
    later(service)
    first_run = iter([300.0, RESERVE_SECONDS])

    first = service.reconcile(remaining_seconds=lambda: next(first_run))
    walk = service.teleconsultations.walk()
    second = service.reconcile()

    assert (first.walk_is_complete, first.rooms_deleted) == (False, 0)
    assert walk is not None
    assert walk.position == 2
    assert (second.walk_is_complete, second.rooms_deleted) == (True, 1)


def test_a_walk_is_made_once_an_hour(service: Service) -> None:
    service.create()
    later(service)

    walks = []
    for _ in range(3):
        walks.append(service.reconcile().walk_is_complete)
        service.clock.advance(seconds=WALK_EVERY.total_seconds() / 2)

    assert walks == [True, False, True]


def test_an_attempt_given_up_calls_for_a_walk_at_once(service: Service) -> None:
    service.reconcile()
    service.effects.after("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    later(service)

    assert service.reconcile().rooms_deleted == 1


def test_a_room_that_cannot_be_deleted_is_counted_and_tried_again_by_the_next_run(service: Service) -> None:
    for _ in range(2):
        created = service.create()
        service.teleconsultations.remove(created.id, expected_version=created.version)
    later(service)
    service.effects.before("delete_room", failing(DOWN))

    first, second = service.reconcile(), service.reconcile()

    assert (first.rooms_deleted, first.rooms_left, first.failures) == (1, 1, 1)
    assert (second.rooms_deleted, second.rooms_left, second.failures) == (1, 0, 0)


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

    assert (done.failures, done.walk_is_complete) == (1, False)


def test_a_table_that_is_down_ends_the_run(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(**_: object) -> object:
        raise StorageUnavailableError("down")

    monkeypatch.setattr(service.teleconsultations, "unsettled", unsettled)

    with pytest.raises(StorageUnavailableError):
        service.reconcile()


def test_settling_stops_when_time_is_short(service: Service) -> None:
    created = service.create()
    service.effects.before("delete_room", failing(DOWN))
    with pytest.raises(ProviderUnavailableError):
        service.delete(created.id)
    later(service)

    done = service.reconcile(remaining_seconds=lambda: RESERVE_SECONDS)

    assert done == Reconciliation()


def test_an_entry_that_was_settled_meanwhile_leaves_the_index(service: Service) -> None:
    created = service.create()
    marked: list[object] = []
    later(service)
    service.teleconsultations.unsettled = lambda **_: iter([created.id])  # type: ignore[method-assign]
    service.effects.before("mark_rooms_deleted", lambda: marked.append(created.id))

    service.reconcile()

    assert marked == [created.id]
    assert service.stored(created.id) == created


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
    service.teleconsultations.unsettled = lambda **_: iter(["0" * 24])  # type: ignore[method-assign]

    assert service.reconcile().failures == 0
    with pytest.raises(TeleconsultationNotFoundError):
        service.stored("0" * 24)


@pytest.mark.parametrize("effect", ["replace", "delete_room", "mark_rooms_deleted", "save_walk"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_is_finished_by_the_next(service: Service, effect: str, when: str) -> None:
    undone = replaced(service, at=lambda service: service.effects.after("create_room", killed))
    finished = service.create()
    service.effects.before("delete_room", failing(DOWN))
    finished = service.update(finished.id, duration_seconds=1800)
    later(service)
    getattr(service.effects, when)(effect, killed)

    with pytest.raises(KilledError):
        service.reconcile()
    service.clock.advance(seconds=WALK_EVERY.total_seconds())
    service.reconcile()

    assert undone.room is not None
    assert finished.room is not None
    assert set(service.rooms.rooms) == {undone.room.room_id, finished.room.room_id}
    assert all(stored.unsettled_since is None for stored in service.teleconsultations.everything())
    assert service.stored(undone.id) == replace(undone, version=undone.version + 2)
