"""Attendance from facts in any order and from the provider's record."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.call import (
    Attendance,
    Call,
    Fact,
    FactKind,
    RoomRecord,
    SeatAttendance,
    Stay,
    attendance_of,
)
from teleconsultation.domain.model import DoorTimes, Ending, Outcome, Teleconsultation
from tests.fakes import samples

DOOR = samples.DOOR.times_of(samples.schedule())
OPENS, CLOSES = DOOR.opens_at, DOOR.closes_at
AFTER = CLOSES + timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
DOCTOR, PATIENT = 0, 1


def visit(*, is_open: bool = False) -> Teleconsultation:
    one = samples.teleconsultation()
    return one if is_open else replace(one, room=None, disabled_rooms={"room_1": CLOSES})


def fact(kind: FactKind, minutes: float, *, seat: int | None = None, session: str = "s1") -> Fact:
    at = OPENS + minutes * MINUTE
    return Fact(id=f"{kind}{minutes}{seat}{session}", kind=kind, at=at, session_id=session, seat=seat)


def stay(seat: int, begin: float, end: float | None, *, session: str = "s1") -> Stay:
    return Stay(
        session_id=session,
        seat=seat,
        began_at=OPENS + begin * MINUTE,
        ended_at=None if end is None else OPENS + end * MINUTE,
    )


def recorded(*stays: Stay, facts: tuple[Fact, ...] = ()) -> Call:
    record = RoomRecord(session_ids=frozenset(one.session_id for one in stays), stays=stays)
    return Call(facts=facts, records={"room_1": record}, closed_at=AFTER, is_certain=True)


def attended(call: Call, *, one: Teleconsultation | None = None, now: datetime = AFTER) -> Attendance:
    return attendance_of(one or visit(), call=call, door=DOOR, now=now)


def sat_by(*sitter_ids: str | None) -> Teleconsultation:
    one = visit()
    people = zip(one.participants, sitter_ids, strict=True)
    return replace(
        one, participants=tuple(replace(person, sitter_id=sitter_id) for person, sitter_id in people)
    )


class TestSitters:
    """Seats may be given to others; minutes stay with who was there."""

    CALL = recorded(
        replace(stay(DOCTOR, 0, 20), sitter_id="doctor"), replace(stay(PATIENT, 5, 20), sitter_id="patient")
    )

    def test_who_was_there_has_the_minutes(self) -> None:
        seats = attended(self.CALL, one=sat_by("doctor", "patient")).seats

        assert [seat.seconds for seat in seats] == [1200, 900]

    def test_who_takes_the_seat_later_has_none_of_them(self) -> None:
        seats = attended(self.CALL, one=sat_by("doctor", "newcomer")).seats

        assert [seat.seconds for seat in seats] == [1200, 0]

    def test_who_moves_to_another_seat_takes_them_along(self) -> None:
        seats = attended(self.CALL, one=sat_by("patient", "doctor")).seats

        assert [seat.seconds for seat in seats] == [900, 1200]

    def test_minutes_of_an_earlier_version_are_of_who_sits_there_since_then(self) -> None:
        old = recorded(stay(DOCTOR, 0, 20), stay(PATIENT, 5, 20))

        assert [seat.seconds for seat in attended(old, one=sat_by(None, "newcomer")).seats] == [1200, 0]

    def test_events_are_told_apart_too(self) -> None:
        joined, left = fact(FactKind.JOINED, 5, seat=PATIENT), fact(FactKind.LEFT, 8, seat=PATIENT)
        facts = tuple(replace(one, sitter_id="patient") for one in (joined, left))

        assert attended(Call(facts=facts), one=sat_by(None, "newcomer")).seats[PATIENT].seconds == 0
        assert attended(Call(facts=facts), one=sat_by(None, "patient")).seats[PATIENT].seconds == 180


A_CALL = (
    fact(FactKind.JOINED, 1, seat=DOCTOR),
    fact(FactKind.JOINED, 5, seat=PATIENT),
    fact(FactKind.STARTED, 5),
    fact(FactKind.LEFT, 20, seat=PATIENT),
    fact(FactKind.LEFT, 21, seat=DOCTOR),
    fact(FactKind.ENDED, 21),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(A_CALL)), len(A_CALL)))[::37])
def test_facts_mean_the_same_in_every_order(order: tuple[int, ...]) -> None:
    found = attended(Call(facts=tuple(A_CALL[index] for index in order)))

    assert found.outcome is Outcome.HELD
    assert (found.began_at, found.ended_at, found.seconds) == (OPENS + 5 * MINUTE, OPENS + 20 * MINUTE, 900)
    assert found.seats == (
        SeatAttendance(
            first_at=OPENS + MINUTE, last_at=OPENS + 21 * MINUTE, seconds=1200, waited_seconds=240
        ),
        SeatAttendance(
            first_at=OPENS + 5 * MINUTE, last_at=OPENS + 20 * MINUTE, seconds=900, waited_seconds=0
        ),
    )


def test_the_providers_record_replaces_what_events_told_of_the_same_session() -> None:
    told = (fact(FactKind.JOINED, 1, seat=DOCTOR), fact(FactKind.JOINED, 2, seat=PATIENT))

    found = attended(recorded(stay(DOCTOR, 3, 10), stay(PATIENT, 4, 9), facts=told))

    assert [seat.seconds for seat in found.seats] == [420, 300]


def test_a_session_without_a_record_is_still_known_from_its_events() -> None:
    told = (
        fact(FactKind.JOINED, 30, seat=PATIENT, session="s2"),
        fact(FactKind.LEFT, 31, seat=PATIENT, session="s2"),
    )

    found = attended(recorded(stay(DOCTOR, 3, 10), facts=told))

    assert [seat.seconds for seat in found.seats] == [420, 60]


def test_somebody_alone_is_a_no_show_of_the_other() -> None:
    found = attended(recorded(stay(DOCTOR, 0, 20)))

    assert (found.outcome, found.is_final) == (Outcome.NO_SHOW, True)
    assert [seat.first_at is None for seat in found.seats] == [False, True]
    assert found.seats[DOCTOR].waited_seconds is None


@pytest.mark.parametrize("stays", [(), (stay(DOCTOR, 0, 5), stay(PATIENT, 5, 9))])
def test_nobody_together_and_nobody_missing_alone_is_not_held(stays: tuple[Stay, ...]) -> None:
    assert attended(recorded(*stays)).outcome is Outcome.NOT_HELD


def test_before_the_provider_was_asked_only_a_call_that_was_held_is_certain() -> None:
    alone = Call(facts=(fact(FactKind.JOINED, 1, seat=DOCTOR),))

    found = attended(alone, one=visit(is_open=True), now=OPENS + 3 * MINUTE)

    assert (found.outcome, found.is_final) == (Outcome.UNKNOWN, False)
    assert found.seats[DOCTOR].is_connected
    assert found.seats[DOCTOR].seconds == 120


def test_a_running_call_has_no_end() -> None:
    facts = (fact(FactKind.JOINED, 1, seat=DOCTOR), fact(FactKind.JOINED, 2, seat=PATIENT))

    found = attended(Call(facts=facts), one=visit(is_open=True), now=OPENS + 4 * MINUTE)

    assert (found.outcome, found.seconds, found.ended_at) == (Outcome.HELD, 120, None)


def test_a_visit_whose_room_has_no_record_is_unknown() -> None:
    lost = Call(closed_at=AFTER, is_certain=False)

    assert [attended(call).outcome for call in (lost, Call())] == [Outcome.UNKNOWN] * 2


def test_a_visit_that_never_had_a_room_was_not_held() -> None:
    incomplete = replace(visit(), participants_number=3, disabled_rooms={})

    found = attended(Call(), one=incomplete)

    assert (found.outcome, found.is_final) == (Outcome.NOT_HELD, True)


def test_a_lost_departure_ends_with_the_session() -> None:
    facts = (
        fact(FactKind.JOINED, 1, seat=DOCTOR),
        fact(FactKind.JOINED, 2, seat=PATIENT),
        fact(FactKind.ENDED, 12),
    )

    assert [seat.seconds for seat in attended(Call(facts=facts)).seats] == [660, 600]


def test_a_lost_arrival_leaves_the_instant_of_the_departure() -> None:
    found = attended(Call(facts=(fact(FactKind.LEFT, 9, seat=PATIENT),)))

    assert found.seats[PATIENT] == SeatAttendance(
        first_at=OPENS + 9 * MINUTE, last_at=OPENS + 9 * MINUTE, seconds=0
    )


def test_two_devices_of_one_person_count_once_and_make_no_call() -> None:
    found = attended(recorded(stay(DOCTOR, 0, 10), stay(DOCTOR, 5, 12)))

    assert found.seats[DOCTOR].seconds == 720
    assert found.outcome is Outcome.NO_SHOW


def test_what_took_place_before_the_door_opened_is_of_an_earlier_date() -> None:
    earlier = recorded(stay(DOCTOR, -100, -50), stay(PATIENT, -100, -50))

    assert attended(earlier).outcome is Outcome.NOT_HELD


def test_a_record_of_an_earlier_closing_settles_no_later_date() -> None:
    before = replace(recorded(), closed_at=OPENS - MINUTE)

    assert attended(before).outcome is Outcome.UNKNOWN


def test_an_erased_seat_shows_nothing() -> None:
    one = visit()
    one = replace(one, participants=(one.participants[0], one.participants[1].erased()))

    found = attended(recorded(stay(DOCTOR, 0, 10), stay(PATIENT, 0, 10)), one=one)

    assert found.seats[PATIENT] == SeatAttendance()
    assert found.outcome is Outcome.HELD


def test_an_erased_seat_is_no_seat_that_did_not_come() -> None:
    one = visit()
    one = replace(one, participants=(one.participants[0], one.participants[1].erased()))

    assert attended(recorded(stay(DOCTOR, 0, 10)), one=one).outcome is Outcome.UNKNOWN


def test_an_erasure_after_the_end_changes_no_outcome() -> None:
    one = replace(visit(), ending=Ending(outcome=Outcome.HELD))
    one = replace(one, participants=(one.participants[0], one.participants[1].erased()))

    assert attended(recorded(stay(DOCTOR, 0, 10)), one=one).outcome is Outcome.HELD


def test_an_end_before_the_visit_was_moved_says_nothing_of_the_new_date() -> None:
    one = replace(visit(is_open=True), ending=Ending(outcome=Outcome.HELD))

    assert attended(Call(), one=one).outcome is Outcome.UNKNOWN


def test_a_recording_lengthens_no_stay() -> None:
    facts = (fact(FactKind.JOINED, 1, seat=DOCTOR), fact(FactKind.RECORDED, 500))

    assert attended(Call(facts=facts)).seats[DOCTOR].seconds == 0


@pytest.mark.parametrize(("is_recorded", "expected"), [(True, {"s2"}), (False, set())])
def test_a_recording_is_expected_until_it_is_seen(*, is_recorded: bool, expected: set[str]) -> None:
    record = RoomRecord(session_ids=frozenset({"s1", "s2"}), stays=(), is_recorded=is_recorded)

    call = Call(facts=(fact(FactKind.RECORDED, 9),), records={"room_1": record})

    assert call.expected_recordings == expected


def test_a_seat_that_is_not_there_any_more_is_left_out() -> None:
    assert len(attended(recorded(stay(7, 0, 10))).seats) == 2


def test_door_of_the_samples_is_the_one_of_the_tests() -> None:
    assert DoorTimes(opens_at=OPENS, closes_at=CLOSES) == DOOR
