"""Events of the provider become facts of the visit whose room they name."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.call import FactKind, ProviderEvent, RoomMade, RoomTakenAway
from teleconsultation.domain.errors import (
    ProviderUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.lifetime import CHECK_BEFORE_OPENING, EARLY_CHECK_BEFORE_OPENING, RUN_EVERY
from teleconsultation.domain.model import Outcome, Teleconsultation
from teleconsultation.domain.room_plan import Connection
from teleconsultation.storage.calls import MAX_FACTS
from teleconsultation.use_cases.receive import OWNER_RETENTION, Reception
from teleconsultation.use_cases.reconcile import SPARE_SECONDS
from tests.fakes.effects import failing
from tests.fakes.samples import DOOR, END, START, schedule
from tests.fakes.service import Service

OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
MINUTE = timedelta(minutes=1)


def room_id(visit: Teleconsultation) -> str:
    assert visit.room is not None
    return visit.room.room_id


def event(
    visit: Teleconsultation, kind: FactKind = FactKind.JOINED, *, seat: int | None = 0, minutes: float = 1
) -> ProviderEvent:
    return ProviderEvent(
        kind=kind,
        at=OPENS + minutes * MINUTE,
        room_id=room_id(visit),
        session_id="s1",
        user_id=None if seat is None else visit.participants[seat].bandyer_user_id,
    )


def connection(visit: Teleconsultation, *, seat: int, begin: float, end: float) -> Connection:
    return Connection(
        session_id="s1",
        user_id=visit.participants[seat].bandyer_user_id,
        began_at=OPENS + begin * MINUTE,
        ended_at=OPENS + end * MINUTE,
    )


def test_an_event_moves_no_version_and_is_seen_in_the_attendance(service: Service) -> None:
    visit = service.create()
    service.clock.now = OPENS + 3 * MINUTE

    receipt = service.receive(event(visit))

    assert (receipt.reception, receipt.teleconsultation_id) == (Reception.KEPT, visit.id)
    assert service.stored(visit.id) == visit
    assert [seat.seconds for seat in service.attendance(visit.id).seats] == [120, 0]


def test_a_repeated_event_writes_nothing(service: Service) -> None:
    visit = service.create()
    service.receive(event(visit))
    service.effects.forget()

    receipt = service.receive(event(visit))

    assert receipt.reception is Reception.REPEATED
    assert service.effects.log == []


def test_whose_room_it_is_is_asked_once(service: Service) -> None:
    visit = service.create()
    service.receive(event(visit))
    service.effects.before("room_look", failing(AssertionError("asked again")))

    receipt = service.receive(event(visit, seat=1))

    assert receipt.reception is Reception.KEPT


def test_a_room_of_another_program_is_remembered_as_such(service: Service) -> None:
    visit = service.create()
    service.rooms.marks.pop(room_id(visit))

    receptions = [service.receive(event(visit)).reception for _ in range(2)]

    assert receptions == [Reception.NOT_OURS] * 2
    assert service.effects.log[-1] == "remember_owner"
    assert service.effects.log.count("remember_owner") == 1


def test_a_provider_that_cannot_say_whose_room_it_is_lets_the_event_be_repeated(service: Service) -> None:
    visit = service.create()
    service.effects.before("room_look", failing(ProviderUnavailableError()))

    with pytest.raises(ProviderUnavailableError):
        service.receive(event(visit))

    assert service.receive(event(visit)).reception is Reception.KEPT


def test_a_room_that_does_not_exist_is_not_ours(service: Service) -> None:
    visit = service.create()
    service.rooms.rooms.clear()

    assert service.receive(event(visit)).reception is Reception.NOT_OURS


def test_somebody_who_has_no_seat_is_left_out(service: Service) -> None:
    visit = service.create()

    receipt = service.receive(replace(event(visit), user_id="usr_of_nobody"))

    assert receipt.reception is Reception.NOT_OURS
    assert service.calls.get(visit.id).facts == ()


def test_a_deleted_visit_keeps_nothing_more(service: Service) -> None:
    visit = service.create()
    service.receive(event(visit))
    service.delete(visit.id)

    receipt = service.receive(event(visit, seat=1))

    assert receipt.reception is Reception.NOT_OURS
    with pytest.raises(TeleconsultationDeletedError):
        service.attendance(visit.id)


def test_a_visit_that_does_not_exist_has_no_attendance(service: Service) -> None:
    with pytest.raises(TeleconsultationNotFoundError):
        service.attendance("0" * 24)


def test_a_connection_that_comes_and_goes_all_the_time_fills_no_item(service: Service) -> None:
    visit = service.create()
    for number in range(MAX_FACTS):
        service.receive(event(visit, minutes=number / 100))

    assert service.receive(event(visit, minutes=99)).reception is Reception.REPEATED


def test_after_the_close_the_providers_record_corrects_what_events_told(service: Service) -> None:
    visit = service.create()
    service.receive(event(visit, seat=0, minutes=1))  # the end of it is lost, and so is the patient's event
    service.rooms.connections[room_id(visit)] = (
        connection(visit, seat=0, begin=2, end=20),
        connection(visit, seat=1, begin=5, end=20),
    )
    service.clock.now = CLOSES

    service.reconcile()

    attendance = service.attendance(visit.id)
    assert (attendance.outcome, attendance.is_final) == (Outcome.HELD, True)
    assert [seat.seconds for seat in attendance.seats] == [1080, 900]


def test_without_any_event_the_outcome_is_known_after_the_close(service: Service) -> None:
    visit = service.create()
    service.rooms.connections[room_id(visit)] = (connection(visit, seat=0, begin=2, end=20),)
    service.clock.now = CLOSES
    before = service.attendance(visit.id)

    service.reconcile()

    after = service.attendance(visit.id)
    assert (before.outcome, before.is_final) == (Outcome.UNKNOWN, False)
    assert (after.outcome, after.is_final) == (Outcome.NO_SHOW, True)


def test_a_provider_without_an_answer_is_asked_again_later(service: Service) -> None:
    visit = service.create()
    service.clock.now = CLOSES
    service.effects.before("room_look", failing(ProviderUnavailableError()))

    first = service.reconcile()
    service.clock.now += timedelta(minutes=15)
    service.reconcile()

    assert first.failures == 1
    assert service.stored(visit.id).room is None
    assert service.attendance(visit.id).outcome is Outcome.NOT_HELD


def test_a_room_that_is_lost_leaves_the_outcome_unknown(service: Service) -> None:
    visit = service.create()
    service.rooms.rooms.clear()
    service.clock.now = CLOSES

    service.reconcile()

    attendance = service.attendance(visit.id)
    assert (attendance.outcome, attendance.is_final) == (Outcome.UNKNOWN, True)


def test_a_second_room_of_the_same_visit_counts_too(service: Service) -> None:
    visit = service.create()
    service.clock.now = OPENS + MINUTE
    service.rooms.connections[room_id(visit)] = (
        connection(visit, seat=0, begin=0, end=1),
        connection(visit, seat=1, begin=0, end=1),
    )
    service.update(visit.id, new_room=True)
    service.clock.now = CLOSES

    service.reconcile()

    assert service.attendance(visit.id).outcome is Outcome.HELD


def test_an_erasure_empties_the_seats_facts_and_leaves_the_others(service: Service) -> None:
    visit = service.create()
    service.receive(event(visit, seat=0))
    service.receive(event(visit, seat=1))
    service.rooms.connections[room_id(visit)] = (
        connection(visit, seat=0, begin=1, end=20),
        connection(visit, seat=1, begin=1, end=20),
    )
    service.clock.now = CLOSES
    service.reconcile()

    service.erase("patient-1")

    call = service.calls.get(visit.id)
    assert {fact.seat for fact in call.facts} == {0}
    assert {stay.seat for record in call.records.values() for stay in record.stays} == {0}
    assert service.attendance(visit.id).seats[1].first_at is None


# ── Rooms ──

FAR = OWNER_RETENTION + timedelta(days=30)
BEFORE_LAST_LOOKS = OPENS - CHECK_BEFORE_OPENING - timedelta(seconds=1)


def made(service: Service, visit: Teleconsultation) -> RoomMade:
    return RoomMade(room_id=room_id(visit), description=service.rooms.marks[room_id(visit)])


def taken_away(visit: Teleconsultation) -> RoomTakenAway:
    return RoomTakenAway(room_id=room_id(visit))


def due(service: Service) -> list[str]:
    return [id_ for id_, _ in service.teleconsultations.due_for_settling(now=service.clock.now)]


def test_a_room_of_a_visit_far_ahead_that_was_deleted_is_replaced_by_the_next_run(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))
    service.clock.now += FAR - timedelta(days=3)
    service.rooms.delete(room_id(visit))

    receipt = service.receive(taken_away(visit))
    unchanged = service.stored(visit.id)
    done = service.reconcile()

    assert (receipt.reception, receipt.teleconsultation_id) == (Reception.LOOK_DUE, visit.id)
    assert unchanged.entity_tag == visit.entity_tag
    assert done.lost_rooms == 1
    assert service.rooms.living == {room_id(service.stored(visit.id))}


@pytest.mark.parametrize(
    "before_opening",
    [
        EARLY_CHECK_BEFORE_OPENING + MINUTE,
        EARLY_CHECK_BEFORE_OPENING - MINUTE,
        CHECK_BEFORE_OPENING + MINUTE,
        CHECK_BEFORE_OPENING - MINUTE,
    ],
)
def test_a_run_that_is_short_of_time_looks_at_it_all_the_same(
    service: Service, before_opening: timedelta
) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))
    service.clock.now = OPENS + FAR - before_opening
    service.rooms.delete(room_id(visit))
    service.receive(taken_away(visit))

    service.clock.now += RUN_EVERY
    done = service.reconcile(remaining_seconds=lambda: SPARE_SECONDS)

    assert done.lost_rooms == 1


def test_a_change_before_the_next_run_does_not_put_the_look_off(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))
    service.rooms.delete(room_id(visit))
    service.receive(taken_away(visit))

    service.update(visit.id, renew_join_links=("patient-1",))
    done = service.reconcile()

    assert done.lost_rooms == 1
    assert service.rooms.living == {room_id(service.stored(visit.id))}


def test_a_change_after_a_look_that_failed_does_not_put_the_next_one_off(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))
    service.rooms.delete(room_id(visit))
    service.receive(taken_away(visit))
    service.effects.before("room_state", failing(ProviderUnavailableError()))
    assert service.reconcile().failures == 1
    service.effects.calm()

    service.update(visit.id, renew_join_links=("patient-1",))

    assert service.reconcile().lost_rooms == 1


def test_a_change_that_was_begun_before_the_event_does_not_put_the_look_off(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))

    def lose() -> None:
        service.rooms.delete(room_id(visit))
        service.receive(taken_away(visit))

    service.effects.before("replace", lose)
    service.update(visit.id, renew_join_links=("patient-1",))

    assert service.reconcile().lost_rooms == 1


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_room_lost_in_the_last_half_hour_is_replaced_also_if_the_visit_is_moved_ahead_at_once(
    service: Service, *, is_deleted: bool
) -> None:
    visit = service.create()
    service.receive(made(service, visit))
    service.clock.now = OPENS - CHECK_BEFORE_OPENING + MINUTE
    service.reconcile()
    lose = service.rooms.delete if is_deleted else service.rooms.disable
    lose(room_id(visit))
    service.receive(taken_away(visit))

    service.update(visit.id, start_date=START + FAR, duration_seconds=visit.schedule.duration_seconds)

    assert service.reconcile().lost_rooms == 1


def test_a_look_that_found_the_room_is_not_repeated_after_a_change(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(taken_away(visit))
    service.reconcile()

    service.update(visit.id, renew_join_links=("patient-1",))

    assert due(service) == []


def test_an_event_that_comes_during_a_look_leads_to_another_one(service: Service) -> None:
    visit = service.create(schedule=schedule(start_date=START + FAR))
    service.receive(made(service, visit))
    service.receive(taken_away(visit))
    service.clock.now += MINUTE

    def lose() -> None:
        service.rooms.delete(room_id(visit))
        service.receive(taken_away(visit))

    service.effects.before("postpone", lose)
    service.reconcile()

    assert service.reconcile().lost_rooms == 1


def test_a_room_that_is_there_all_the_same_stays(service: Service) -> None:
    visit = service.create()
    service.receive(taken_away(visit))

    done = service.reconcile()

    assert (done.lost_rooms, service.stored(visit.id), due(service)) == (0, visit, [])


def test_a_repeated_event_is_harmless(service: Service) -> None:
    visit = service.create()
    service.receive(made(service, visit))
    service.rooms.delete(room_id(visit))
    service.receive(taken_away(visit))
    service.reconcile()
    replaced = service.stored(visit.id)

    receipt = service.receive(taken_away(visit))

    assert receipt.reception is Reception.NOT_NEEDED
    assert (service.stored(visit.id), due(service)) == (replaced, [])


def test_a_room_that_the_service_has_replaced_is_not_needed(service: Service) -> None:
    visit = service.create()
    service.receive(made(service, visit))
    service.update(visit.id, new_room=True)
    service.effects.forget()

    receipt = service.receive(taken_away(visit))

    assert (receipt.reception, service.effects.log) == (Reception.NOT_NEEDED, [])


@pytest.mark.parametrize("now", [OPENS, CLOSES])
def test_when_the_door_has_been_open_nothing_is_written(service: Service, now: datetime) -> None:
    visit = service.create()
    service.receive(made(service, visit))
    service.clock.now = now
    service.effects.forget()

    receipt = service.receive(taken_away(visit))

    assert (receipt.reception, service.effects.log) == (Reception.NOT_NEEDED, [])


def test_just_before_each_run_looks_it_is_due(service: Service) -> None:
    visit = service.create()
    service.clock.now = BEFORE_LAST_LOOKS

    service.receive(taken_away(visit))

    assert due(service) == [visit.id]


def test_a_deleted_visit_needs_no_room(service: Service) -> None:
    visit = service.create()
    service.receive(made(service, visit))
    service.delete(visit.id)
    service.effects.forget()

    receipts = [service.receive(event) for event in (taken_away(visit), made(service, visit))]

    assert [receipt.reception for receipt in receipts] == [Reception.NOT_OURS] * 2
    assert service.effects.log == []


def test_a_deleted_room_whose_making_was_not_heard_of_is_not_known(service: Service) -> None:
    visit = service.create()
    service.rooms.delete(room_id(visit))

    assert service.receive(taken_away(visit)).reception is Reception.NOT_OURS


def test_a_disabled_room_whose_making_was_not_heard_of_is_asked_for(service: Service) -> None:
    visit = service.create()
    service.rooms.disabled.add(room_id(visit))

    assert service.receive(taken_away(visit)).reception is Reception.LOOK_DUE


def test_a_room_that_another_program_made_is_not_remembered(service: Service) -> None:
    visit = service.create()
    service.effects.forget()

    receipt = service.receive(RoomMade(room_id="room_of_others", description=f"{visit.id}.forged"))

    assert (receipt.reception, service.effects.log) == (Reception.NOT_OURS, [])
