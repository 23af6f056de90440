"""The walk: rooms that no record refers to are found and deleted, within bounds, and no others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.reconcile import RESERVE_SECONDS
from teleconsultation.use_cases.walk import (
    AUDIT_EVERY,
    GRACE_PERIOD,
    MAX_DELETIONS,
    MIN_DELETIONS,
    WALK_EVERY,
    WalkReport,
)
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import schedule
from tests.fakes.service import UPLOADS_KEPT, Service

DOWN = ProviderUnavailableError()
HOUR = timedelta(hours=1).total_seconds()


def walk(service: Service, **options: object) -> WalkReport:
    """Return the report of a run whose walk is due."""
    report = service.reconcile(**options).walk  # type: ignore[arg-type]
    assert report is not None
    return report


def upcoming(service: Service) -> Teleconsultation:
    """Return a new teleconsultation of next year, so that nothing else about it is due meanwhile."""
    return service.create(schedule=schedule(start_date=service.clock.now + timedelta(days=365)))


def orphan(service: Service) -> str:
    """Return the id of a new room whose record is gone."""
    created = upcoming(service)
    service.teleconsultations.remove(created.id, expected_version=created.version)
    assert created.room is not None
    return created.room.room_id


def grown(service: Service) -> None:
    service.clock.advance(seconds=GRACE_PERIOD.total_seconds())


def listed_positions(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of positions from which pages are read from now on."""
    positions: list[int] = []
    list_rooms = service.rooms.list_rooms

    def watched(*, position: int) -> object:
        positions.append(position)
        return list_rooms(position=position)

    monkeypatch.setattr(service.rooms, "list_rooms", watched)
    return positions


def test_a_room_younger_than_the_grace_period_is_nobodys_yet(service: Service) -> None:
    orphan(service)
    service.clock.advance(seconds=GRACE_PERIOD.total_seconds() - 1)

    assert walk(service).rooms_deleted == 0
    service.clock.advance(seconds=WALK_EVERY.total_seconds())
    assert walk(service).rooms_deleted == 1


def test_a_room_we_did_not_make_is_none_of_ours(service: Service) -> None:
    room_id = orphan(service)
    del service.rooms.marks[room_id]
    grown(service)

    walk(service)

    assert list(service.rooms.rooms) == [room_id]


def test_a_room_that_is_disabled_or_closed_is_passed_over(service: Service) -> None:
    room_id = orphan(service)
    service.rooms.disabled.add(room_id)
    grown(service)

    report = walk(service)

    assert (report.rooms_deleted, report.rooms_left, report.is_complete) == (0, 0, True)


def test_pages_of_rooms_that_are_gone_are_read_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        service.rooms.disabled.add(orphan(service))
    grown(service)
    positions = listed_positions(service, monkeypatch)
    # So that a walk that stands still ends too.
    seconds = iter([300.0] * 10)

    report = walk(service, remaining_seconds=lambda: next(seconds, RESERVE_SECONDS))

    assert (positions, report.is_complete) == ([0, 2, 4], True)


def test_a_room_that_somebody_is_in_is_left_until_they_have_gone(service: Service) -> None:
    room_id = orphan(service)
    service.rooms.running.add(room_id)
    grown(service)
    assert walk(service).rooms_deleted == 0
    for _ in range(3):
        service.clock.advance(seconds=HOUR)
        assert walk(service).rooms_deleted == 0
    service.rooms.running.clear()
    service.clock.advance(seconds=HOUR)

    assert walk(service).rooms_deleted == 1


def test_rooms_waiting_to_be_ended_are_not_taken_for_orphans(service: Service) -> None:
    created = service.create()
    assert created.room is not None
    service.effects.before("delete_room", failing(DOWN))
    service.update(created.id, duration_seconds=7200)
    grown(service)

    assert walk(service).rooms_deleted == 0
    assert created.room.room_id in service.rooms.rooms


def test_all_pages_are_read_and_rooms_that_vanish_move_no_other_out_of_sight(service: Service) -> None:
    kept = [upcoming(service) for _ in range(20)]
    lost = [orphan(service) for _ in range(3)]
    kept += [upcoming(service) for _ in range(20)]
    grown(service)

    report = walk(service)

    assert (report.rooms_deleted, report.is_complete) == (len(lost), True)
    assert set(service.rooms.rooms) == {one.room.room_id for one in kept if one.room}


def test_a_walk_that_runs_out_of_time_goes_on_where_it_stopped(service: Service) -> None:
    oldest = orphan(service)
    for _ in range(5):
        upcoming(service)
    grown(service)
    first_run = iter([300.0, RESERVE_SECONDS])

    first = walk(service, remaining_seconds=lambda: next(first_run))
    stored = service.teleconsultations.walk()
    second = walk(service)

    assert (first.is_complete, first.rooms_deleted) == (False, 0)
    assert stored is not None
    assert stored.position == 2
    assert (second.is_complete, second.rooms_deleted) == (True, 1)
    assert oldest not in service.rooms.rooms


def test_a_walk_is_made_once_an_hour(service: Service) -> None:
    upcoming(service)

    walks = []
    for _ in range(3):
        walks.append(service.reconcile().walk is not None)
        service.clock.advance(seconds=WALK_EVERY.total_seconds() / 2)

    assert walks == [True, False, True]


def test_the_first_walk_reads_everything_and_the_next_only_what_is_new(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        upcoming(service)
    service.clock.advance(seconds=HOUR)
    positions = listed_positions(service, monkeypatch)

    assert walk(service).is_audit
    assert positions == [0, 2, 4, 6, 8]

    service.clock.advance(seconds=HOUR)
    upcoming(service)
    positions.clear()
    report = walk(service)

    assert (report.is_complete, report.is_audit) == (True, False)
    assert positions == [0]


def test_once_a_month_everything_is_read(service: Service) -> None:
    for _ in range(6):
        upcoming(service)
    walk(service)

    service.clock.advance(seconds=AUDIT_EVERY.total_seconds() - 1)
    assert not walk(service).is_audit
    service.clock.advance(seconds=HOUR)
    assert walk(service).is_audit
    service.clock.advance(seconds=HOUR)
    assert not walk(service).is_audit


def test_an_attempt_given_up_calls_for_a_walk_at_once(service: Service) -> None:
    service.reconcile()
    service.effects.after("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    service.clock.advance(seconds=600)

    assert walk(service).rooms_deleted == 1


def test_an_attempt_given_up_does_not_send_an_audit_back_to_the_start(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        upcoming(service)
    first_run = iter([300.0, 300.0, RESERVE_SECONDS])
    walk(service, remaining_seconds=lambda: next(first_run))
    service.effects.before("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    service.clock.advance(seconds=600)
    positions = listed_positions(service, monkeypatch)

    assert walk(service).is_complete
    assert positions == [4]


def test_the_room_of_an_attempt_that_was_under_way_for_long_is_found_later(service: Service) -> None:
    """The walk passes it while its intent is there; the watermark must not."""
    upcoming(service)
    service.effects.after("create_room", killed)
    with pytest.raises(KilledError):
        service.create()
    service.clock.advance(seconds=400)
    service.reconcile()
    service.teleconsultations.due_for_settling = lambda **_: iter(())  # type: ignore[method-assign]
    for _ in range(5):
        service.clock.advance(seconds=HOUR)
        upcoming(service)
        service.reconcile()
    del service.teleconsultations.due_for_settling

    report = walk(service)

    assert report.rooms_deleted == 1


def test_a_room_that_was_too_young_for_one_walk_is_found_by_the_next(service: Service) -> None:
    orphan(service)
    service.clock.advance(seconds=1)
    for _ in range(2):
        upcoming(service)
    service.clock.advance(seconds=GRACE_PERIOD.total_seconds() - 2)
    assert walk(service).rooms_deleted == 0
    service.clock.advance(seconds=HOUR)

    assert walk(service).rooms_deleted == 1


def test_a_room_that_cannot_be_deleted_is_counted_and_tried_again_by_the_next_run(service: Service) -> None:
    for _ in range(2):
        orphan(service)
    grown(service)
    service.effects.before("delete_room", failing(DOWN))

    first, second = walk(service), walk(service)

    assert (first.rooms_deleted, first.rooms_left, first.failures) == (1, 1, 1)
    assert (second.rooms_deleted, second.rooms_left, second.failures) == (1, 0, 0)


@pytest.mark.parametrize(
    ("kept", "orphans", "deleted"),
    [
        (0, MIN_DELETIONS, MIN_DELETIONS),
        (0, MIN_DELETIONS + 1, 0),
        (45, 5, 5),
        (44, 5, 0),
        (400, MAX_DELETIONS, MAX_DELETIONS),
        (400, MAX_DELETIONS + 1, 0),
    ],
)
def test_a_run_that_would_delete_too_many_deletes_none(kept: int, orphans: int, deleted: int) -> None:
    service = Service()
    for _ in range(kept):
        upcoming(service)
    for _ in range(orphans):
        orphan(service)
    grown(service)

    report = walk(service)

    assert report.rooms_deleted == deleted
    assert report.stopped is (deleted == 0)
    assert report.rooms_left == orphans - deleted


@pytest.mark.parametrize("deletes_uploads", [True, False])
def test_files_shared_in_an_orphan_are_deleted_before_it_if_the_operator_wants_that(
    service: Service, *, deletes_uploads: bool
) -> None:
    service.uploads_kept = UPLOADS_KEPT if deletes_uploads else None
    room_id = orphan(service)
    service.rooms.uploads[room_id] = 3
    grown(service)
    service.effects.forget()

    report = walk(service)

    assert (report.rooms_deleted, report.uploads_deleted) == (1, 3 if deletes_uploads else 0)
    assert service.effects.log == [*["delete_uploads"] * deletes_uploads, "delete_room", "save_walk"]


def test_an_orphan_with_files_that_cannot_be_deleted_is_left_to_the_next_run(service: Service) -> None:
    service.uploads_kept = UPLOADS_KEPT
    room_id = orphan(service)
    service.rooms.uploads[room_id], service.rooms.undeletable[room_id] = 3, 1
    grown(service)
    first = walk(service)
    del service.rooms.undeletable[room_id]
    service.effects.before("delete_uploads", failing(DOWN))
    second = walk(service)

    third = walk(service)

    assert [(one.rooms_left, one.failures, one.uploads_deleted) for one in (first, second, third)] == [
        (1, 0, 2),
        (1, 1, 0),
        (0, 0, 1),
    ]
    assert service.rooms.rooms == {}


def test_a_wrong_table_loses_no_room_ever(service: Service) -> None:
    rooms = {orphan(service) for _ in range(60)}
    for _ in range(50):
        service.clock.advance(seconds=HOUR)
        assert walk(service).stopped

    assert service.rooms.rooms.keys() == rooms


def test_an_operator_can_raise_the_limit_and_need_not_wait(service: Service) -> None:
    for _ in range(30):
        orphan(service)
    grown(service)
    assert walk(service).stopped

    report = walk(service, max_deletions=30)

    assert (report.rooms_deleted, report.stopped) == (30, False)


def test_an_operator_can_have_orphans_counted_only(service: Service) -> None:
    orphan(service)
    grown(service)

    report = walk(service, max_deletions=0)

    assert (report.rooms_deleted, report.rooms_left, report.stopped) == (0, 1, True)


def test_a_million_old_rooms_cost_no_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms older than the watermark are not read, however many there are."""
    for _ in range(100):
        upcoming(service)
    service.clock.advance(seconds=HOUR)
    walk(service)
    positions = listed_positions(service, monkeypatch)

    for _ in range(24):
        service.clock.advance(seconds=HOUR)
        walk(service)

    assert len(positions) == 24


class TestEarlierVersions:
    """They sealed rooms with the table's name, and stored no times of the door."""

    def test_an_orphan_whose_seal_is_not_certain_is_left_alone(self, service: Service) -> None:
        room_id = orphan(service)
        service.rooms.uncertain.add(room_id)
        grown(service)

        report = walk(service)

        assert (report.rooms_deleted, report.rooms_left) == (0, 0)
        assert list(service.rooms.rooms) == [room_id]

    def test_a_record_is_found_by_its_room_and_then_ends_like_any_other(self, service: Service) -> None:
        created = service.create()
        assert created.room is not None
        old = replace(created, version=created.version + 1, door_times=None)
        service.teleconsultations.replace(old, expected_version=created.version)
        service.rooms.uncertain.add(created.room.room_id)
        grown(service)

        walk(service)

        assert service.stored(created.id).door_times == created.door_times
        service.clock.now = created.schedule.end_date + timedelta(hours=1)
        service.reconcile()
        assert service.rooms.living == set()
