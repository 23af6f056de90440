"""A room lives as long as its door, and a lost one is replaced before somebody needs it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.errors import ProviderRejectedError, ProviderUnavailableError
from teleconsultation.domain.lifetime import CHECK_BEFORE_OPENING, EARLY_CHECK_BEFORE_OPENING
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.room_plan import RoomState
from teleconsultation.use_cases.reconcile import RESERVE_SECONDS, SPARE_SECONDS
from teleconsultation.use_cases.walk import GRACE_PERIOD
from tests.fakes.effects import failing
from tests.fakes.samples import DOOR, END, START, doctor, patient, policy, schedule
from tests.fakes.service import OVERRUN, RETENTION, Service

OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
ENDS = CLOSES + OVERRUN
CHECKED = OPENS - CHECK_BEFORE_OPENING
FAR = timedelta(days=10)
INSTANT = timedelta(seconds=1)
RUN = timedelta(minutes=5)
DOWN = ProviderUnavailableError()


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    """An ordinary visit, whose room was there when the reconciler looked before the opening."""
    created = service.create()
    service.clock.now = CHECKED
    service.reconcile()
    return created


def room_id(visit: Teleconsultation) -> str:
    assert visit.room is not None
    return visit.room.room_id


def run_every_five_minutes(service: Service, *, until: datetime) -> None:
    while service.clock.now < until:
        service.clock.now += RUN
        service.reconcile()


def far_visit(service: Service) -> Teleconsultation:
    return service.create(schedule=schedule(start_date=START + FAR))


class TestEnd:
    def test_until_the_door_closes_the_room_lives(self, service: Service, visit: Teleconsultation) -> None:
        service.clock.now = CLOSES - INSTANT

        service.reconcile()

        assert service.rooms.living == {room_id(visit)}
        assert service.stored(visit.id).room == visit.room

    def test_when_the_door_has_closed_the_room_is_disabled_and_its_links_forgotten(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES

        done = service.reconcile()

        stored = service.stored(visit.id)
        assert (done.settled, service.rooms.living) == (1, set())
        assert (stored.room, stored.disabled_rooms) == (None, {room_id(visit): CLOSES})
        assert service.read(visit.id).state == "ENDED"

    def test_a_call_that_runs_over_is_left_until_the_last_has_left(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.rooms.running.add(room_id(visit))
        run_every_five_minutes(service, until=CLOSES + timedelta(minutes=30))
        assert service.rooms.living == {room_id(visit)}
        service.rooms.running.clear()

        run_every_five_minutes(service, until=service.clock.now + RUN)

        assert service.rooms.living == set()

    def test_a_call_is_ended_when_the_overrun_is_used_up(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.rooms.running.add(room_id(visit))
        service.clock.now = ENDS - INSTANT
        service.reconcile()
        assert service.rooms.living == {room_id(visit)}

        service.clock.now = ENDS
        service.reconcile()

        assert service.rooms.living == set()

    def test_a_room_that_is_gone_already_needs_no_ending(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        del service.rooms.rooms[room_id(visit)]
        service.clock.now = CLOSES

        done = service.reconcile()

        assert (done.settled, done.lost_rooms, done.failures) == (1, 0, 0)
        assert service.stored(visit.id).room is None

    def test_an_unlimited_room_ends_too(self) -> None:
        service = Service(policy=policy(unlimited=True))
        service.create()
        service.clock.now = CLOSES

        service.reconcile()

        assert service.rooms.living == set()

    def test_a_visit_that_every_run_has_looked_after_ends_with_its_door(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        run_every_five_minutes(service, until=CLOSES)

        assert service.rooms.living == set()

    def test_a_visit_that_was_changed_in_the_call_ends_like_any_other(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = START
        service.update(visit.id, notice="We are late.")
        service.clock.now = CLOSES

        service.reconcile()

        assert service.rooms.living == set()

    @pytest.mark.parametrize("error", [DOWN, ProviderRejectedError()], ids=["down", "rejected"])
    @pytest.mark.parametrize("effect", ["room_state", "disable_room"])
    def test_a_failure_is_tried_again_after_a_pause_that_grows(
        self, service: Service, visit: Teleconsultation, effect: str, error: Exception
    ) -> None:
        service.clock.now = CLOSES
        tries = []
        for minute in range(0, 240, 5):
            service.effects.before(effect, failing(error))
            done = service.reconcile()
            if done.failures:
                tries.append(minute)
            service.effects.calm()
            service.clock.now += RUN

        assert tries == [0, 10, 30, 70, 130, 190]
        assert service.rooms.living == {room_id(visit)}

    def test_after_a_success_the_pause_is_short_again(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES
        for _ in range(3):
            service.effects.before("disable_room", failing(DOWN))
            service.reconcile()
            service.clock.now += timedelta(hours=1)

        service.reconcile()

        assert service.stored(visit.id).settle_failures == 0

    def test_disabled_rooms_are_deleted_on_the_records_last_day(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES
        service.reconcile()
        expires_at = END + RETENTION

        service.clock.now = expires_at - timedelta(days=1) - INSTANT
        service.reconcile()
        assert list(service.rooms.rooms) == [room_id(visit)]

        service.clock.now = expires_at - timedelta(days=1)
        service.reconcile()

        assert service.rooms.rooms == {}
        assert service.stored(visit.id).disabled_rooms == {}

    def test_deleting_the_visit_lets_the_next_run_delete_its_disabled_room(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES
        service.reconcile()

        service.delete(visit.id)
        service.reconcile()

        assert service.rooms.rooms == {}

    def test_a_year_of_runs_leaves_one_visit_as_it_is(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES
        service.reconcile()
        ended = service.stored(visit.id)
        service.effects.forget()

        for _ in range(28):
            service.clock.now += timedelta(days=1)
            service.reconcile()

        assert service.stored(visit.id) == ended
        assert set(service.effects.log) == {"save_walk"}

    def test_a_visit_moved_between_the_look_and_the_write_keeps_a_living_room(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = CLOSES
        moved = START + timedelta(days=1)

        def move() -> None:
            service.update(visit.id, start_date=moved)

        service.effects.before("disable_room", move)

        service.reconcile()

        stored = service.stored(visit.id)
        assert stored.schedule.start_date == moved
        assert service.rooms.living == {room_id(stored)}


class TestLostRoom:
    def test_a_room_that_is_lost_before_the_opening_is_replaced(self, service: Service) -> None:
        visit = service.create()
        del service.rooms.rooms[room_id(visit)]
        service.clock.now = CHECKED

        done = service.reconcile()

        assert (done.lost_rooms, done.settled) == (1, 1)
        assert service.rooms.living == {room_id(service.stored(visit.id))}

    def test_a_day_before_the_opening_the_room_is_looked_up_for_the_first_time(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        service.rooms.rooms.pop(room_id(visit))
        early = START + FAR - (START - OPENS) - EARLY_CHECK_BEFORE_OPENING
        service.clock.now = early - INSTANT
        before = service.reconcile()
        service.clock.now = early

        done = service.reconcile()

        assert (before.lost_rooms, done.lost_rooms, done.settled) == (0, 1, 1)
        assert service.rooms.living == {room_id(service.stored(visit.id))}

    def test_a_room_that_is_there_a_day_before_is_next_looked_up_half_an_hour_before(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        last = OPENS + FAR - CHECK_BEFORE_OPENING
        service.clock.now = OPENS + FAR - EARLY_CHECK_BEFORE_OPENING
        service.reconcile()
        assert list(service.teleconsultations.due_for_settling(now=last - INSTANT)) == []
        service.rooms.disabled.add(room_id(visit))
        service.clock.now = last

        assert service.reconcile().lost_rooms == 1

    def test_from_half_an_hour_before_the_opening_each_run_looks_the_room_up(self, service: Service) -> None:
        visit = service.create()
        service.clock.now = CHECKED
        for _ in range(3):
            assert service.reconcile().lost_rooms == 0
            service.clock.now += INSTANT
            service.rooms.rooms.pop(room_id(service.stored(visit.id)))
            # The schedule is some seconds early.
            service.clock.now += RUN - 10 * INSTANT

            assert service.reconcile().lost_rooms == 1
            assert service.rooms.living == {room_id(service.stored(visit.id))}
            service.clock.now += RUN + 10 * INSTANT

    def test_a_visit_booked_in_the_last_half_hour_is_looked_up_by_each_run_too(
        self, service: Service
    ) -> None:
        service.clock.now = CHECKED + 2 * RUN
        visit = service.create()
        service.clock.now += RUN
        first = service.reconcile()
        service.rooms.rooms.pop(room_id(visit))
        service.clock.now += RUN

        second = service.reconcile()

        assert (first.lost_rooms, second.lost_rooms) == (0, 1)

    def test_the_looks_that_can_be_left_out_come_after_all_else(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        far = service.create(schedule=schedule(start_date=CLOSES + RUN + EARLY_CHECK_BEFORE_OPENING))
        near = service.create(schedule=schedule(start_date=END + timedelta(minutes=30)))
        service.clock.now = CLOSES - 2 * RUN
        service.reconcile()
        over = service.create(schedule=schedule(start_date=START))
        service.clock.now = CLOSES
        asked = list[str]()

        def state(room_id: str) -> RoomState:
            asked.append(room_id)
            return RoomState.IDLE

        monkeypatch.setattr(service.rooms, "state", state)

        service.reconcile()

        assert asked == [room_id(over), room_id(near), room_id(far)]

    def test_a_run_that_is_short_of_time_leaves_the_looks_out_and_not_the_first_of_the_last_half_hour(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        service.rooms.rooms.pop(room_id(visit))
        service.clock.now = OPENS + FAR - EARLY_CHECK_BEFORE_OPENING

        short = service.reconcile(remaining_seconds=lambda: SPARE_SECONDS)
        later = service.reconcile()
        service.clock.now = OPENS + FAR - CHECK_BEFORE_OPENING
        last = service.reconcile(remaining_seconds=lambda: SPARE_SECONDS)
        service.rooms.rooms.pop(room_id(service.stored(visit.id)))
        service.clock.now += RUN
        again = service.reconcile(remaining_seconds=lambda: SPARE_SECONDS)
        service.clock.now += RUN
        spare = service.reconcile()

        assert (short.lost_rooms, later.lost_rooms, last.lost_rooms) == (0, 0, 1)
        assert (again.lost_rooms, spare.lost_rooms) == (0, 1)
        runs = (short, later, last, again, spare)
        assert [run.looks_left_out for run in runs] == [1, 0, 0, 1, 0]

    def test_a_first_look_that_has_waited_until_the_last_half_hour_is_not_left_out(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        service.rooms.rooms.pop(room_id(visit))
        service.clock.now = OPENS + FAR - CHECK_BEFORE_OPENING

        short = service.reconcile(remaining_seconds=lambda: SPARE_SECONDS)

        assert (short.lost_rooms, short.looks_left_out) == (1, 0)

    def test_a_room_that_the_provider_lists_as_disabled_is_replaced_by_the_walk(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        service.rooms.disabled.add(room_id(visit))
        service.clock.now += GRACE_PERIOD

        done = service.reconcile()

        assert (done.lost_rooms, done.failures) == (1, 0)
        assert service.rooms.living == {room_id(service.stored(visit.id))}

    def test_a_listed_room_that_could_not_be_replaced_is_tried_again_by_the_next_walk(
        self, service: Service
    ) -> None:
        visit = far_visit(service)
        service.rooms.disabled.add(room_id(visit))
        service.clock.now += GRACE_PERIOD
        service.effects.before("create_room", failing(DOWN))
        assert service.reconcile().failures == 1

        run_every_five_minutes(service, until=service.clock.now + timedelta(minutes=65))

        assert service.rooms.living == {room_id(service.stored(visit.id))}

    @pytest.mark.parametrize("is_disabled", [True, False])
    def test_between_the_two_looks_nobody_looks(self, service: Service, *, is_disabled: bool) -> None:
        visit = service.create()
        service.reconcile()  # the walk has seen the room
        service.clock.now = CHECKED - INSTANT - RUN
        service.reconcile()
        if is_disabled:
            service.rooms.disabled.add(room_id(visit))
        service.clock.now += RUN

        assert service.reconcile().lost_rooms == 0

    def test_while_the_door_is_open_it_is_reported_by_each_run_and_not_replaced(
        self, service: Service
    ) -> None:
        visit = service.create()
        service.rooms.disabled.add(room_id(visit))
        service.clock.now = OPENS

        first = service.reconcile()
        service.clock.now += RUN
        second = service.reconcile()

        assert (first.lost_rooms, second.lost_rooms) == (1, 1)
        assert service.stored(visit.id).room == visit.room

    def test_a_new_room_at_once_is_what_new_room_is_for(self, service: Service) -> None:
        visit = service.create()
        service.rooms.disabled.add(room_id(visit))
        service.clock.now = OPENS

        service.update(visit.id, new_room=True)

        assert service.rooms.living == {room_id(service.stored(visit.id))}

    def test_while_the_door_is_open_a_room_that_was_there_is_not_looked_up(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        run_every_five_minutes(service, until=OPENS)
        service.effects.before("room_state", failing(DOWN))
        run_every_five_minutes(service, until=CLOSES - 2 * RUN)

        assert not service.effects.calm()
        assert service.stored(visit.id).version == visit.version

    @pytest.mark.parametrize("instant", [CHECKED, CLOSES], ids=["last half hour", "close"])
    def test_a_failure_postpones_neither_the_look_before_the_opening_nor_the_close(
        self, service: Service, instant: datetime
    ) -> None:
        visit = service.create()
        service.effects.before("delete_room", failing(DOWN))
        service.update(visit.id, invitees=(doctor(), patient("another")))
        for minutes in (50, 40, 20):
            service.clock.now = instant - timedelta(minutes=minutes)
            service.effects.before("delete_room", failing(DOWN))

            assert service.reconcile().failures == 1

        assert list(service.teleconsultations.due_for_settling(now=instant)) == [(visit.id, instant)]

    def test_a_new_room_that_cannot_be_made_is_tried_again(self, service: Service) -> None:
        visit = service.create()
        service.rooms.disabled.add(room_id(visit))
        service.clock.now = CHECKED
        service.effects.before("create_room", failing(DOWN))

        first = service.reconcile()
        service.clock.now += 2 * RUN
        service.reconcile()

        assert first.failures == 1
        assert len(service.rooms.living) == 1

    def test_a_new_room_that_is_refused_again_and_again_is_tried_after_pauses_that_grow(
        self, service: Service
    ) -> None:
        visit = service.create()
        service.rooms.disabled.add(room_id(visit))
        service.clock.now = CHECKED
        tries = []
        for minute in range(0, 30, 5):
            service.effects.before("create_room", failing(ProviderRejectedError()))
            if service.reconcile().failures:
                tries.append(minute)
            service.effects.calm()
            service.clock.now += RUN

        assert tries == [0, 10]

    def test_an_entry_that_an_earlier_version_left_in_the_index_leaves_it(self, service: Service) -> None:
        visit = service.create((doctor(),), number=2)
        service.teleconsultations.postpone(visit, until=START, failures=0)
        service.clock.now = START
        service.reconcile()
        service.effects.forget()

        service.reconcile()

        assert service.stored(visit.id).version == visit.version + 1
        assert "replace" not in service.effects.log

    def test_a_record_of_an_earlier_version_is_settled_like_any_other(self, service: Service) -> None:
        visit = service.create((doctor(), patient()))
        old = replace(visit, version=visit.version + 1, door_times=None)
        service.teleconsultations.replace(old, expected_version=visit.version)
        service.teleconsultations.due_for_settling = lambda **_: iter([(old.id, CLOSES)])  # type: ignore[method-assign]
        service.clock.now = CLOSES

        service.reconcile()

        assert service.rooms.living == set()


class TestAfterARestore:
    """An operator has the rooms of all visits looked up that open until some day."""

    def test_lost_rooms_of_far_visits_are_replaced(self, service: Service) -> None:
        near, far = (
            service.create(schedule=schedule(start_date=START + timedelta(days=days))) for days in (10, 20)
        )
        for one in (near, far):
            service.rooms.disabled.add(room_id(one))

        done = service.reconcile(checks_until=START + timedelta(days=15))

        assert (done.lost_rooms, done.is_out_of_time) == (1, False)
        assert service.rooms.living == {room_id(service.stored(near.id))}

    def test_rooms_that_are_there_stay_and_are_looked_up_again_before_the_opening(
        self, service: Service
    ) -> None:
        visit = service.create()
        service.reconcile(checks_until=START + timedelta(days=15))
        assert service.stored(visit.id) == visit
        service.rooms.disabled.add(room_id(visit))

        service.clock.now = CHECKED

        assert service.reconcile().lost_rooms == 1

    def test_a_run_that_is_out_of_time_says_so(self, service: Service) -> None:
        service.create()

        done = service.reconcile(
            checks_until=START + timedelta(days=15), remaining_seconds=lambda: RESERVE_SECONDS
        )

        assert done.is_out_of_time
