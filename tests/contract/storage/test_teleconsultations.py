"""What every storage does, whatever it is made of."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.errors import ConflictError, TeleconsultationNotFoundError
from teleconsultation.domain.idempotency import IdempotencyRecord
from teleconsultation.domain.lifetime import DELETED_RETENTION, SETTLE_AFTER
from teleconsultation.domain.model import (
    BookingData,
    Imported,
    JoinPass,
    Provisioning,
    Role,
    Room,
    Teleconsultation,
    Waiting,
)
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Teleconsultations
from teleconsultation.domain.schedule import Schedule
from teleconsultation.domain.walk import Walk
from teleconsultation.storage.repository import IDEMPOTENCY_RETENTION, READ_BATCH_SIZE
from tests.fakes.samples import END, START, schedule, teleconsultation, user
from tests.fakes.watch import NOON, Watch

RETENTION = timedelta(days=30)
INSTANT = timedelta(seconds=1)
NEVER = START + timedelta(days=9999)
LONG_BEFORE = START - timedelta(days=9)
"""No look at a room is due yet."""


def changed(original: Teleconsultation, **changes: object) -> Teleconsultation:
    """Return the next version."""
    return replace(original, version=original.version + 1, **changes)  # type: ignore[arg-type]


class TestWaiting:
    def test_who_waits_is_stored_beside_the_version(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        signs = {seat: Waiting(since=NOON, seen_at=NOON + seat * INSTANT) for seat in (0, 1)}

        for seat, waiting in signs.items():
            storage.note_waiting(original.id, seat=seat, waiting=waiting, expected_version=original.version)

        assert storage.get(original.id) == replace(original, waiting=signs)

    def test_a_sign_that_came_beside_a_write_is_kept(self, storage: Teleconsultations) -> None:
        read = teleconsultation()
        storage.add(read)
        sign = Waiting(since=NOON, seen_at=NOON + INSTANT)
        storage.note_waiting(read.id, seat=1, waiting=sign, expected_version=read.version)

        storage.replace(replace(read, version=2), expected_version=1)

        assert storage.get(read.id) == replace(read, version=2, waiting={1: sign})

    def test_one_that_was_made_before_a_change_and_stored_meanwhile_is_kept_too(
        self, storage: Teleconsultations
    ) -> None:
        read = teleconsultation()
        storage.add(read)
        sign = Waiting(since=NOON, seen_at=NOON + INSTANT)
        storage.note_waiting(read.id, seat=1, waiting=sign, expected_version=read.version)

        storage.replace(changed(read, updated_at=NOON + 2 * INSTANT), expected_version=1)

        assert storage.get(read.id).waiting == {1: sign}

    def test_a_newer_sign_is_not_overwritten_by_the_one_that_was_read(
        self, storage: Teleconsultations
    ) -> None:
        older, newer = (Waiting(since=NOON, seen_at=NOON + after * INSTANT) for after in (1, 2))
        read = replace(teleconsultation(), waiting={0: older, 1: older})
        storage.add(read)
        storage.note_waiting(read.id, seat=1, waiting=newer, expected_version=read.version)

        storage.replace(changed(read), expected_version=1)

        assert storage.get(read.id).waiting == {0: older, 1: newer}

    def test_a_sign_of_who_has_left_the_seat_is_not_kept(self, storage: Teleconsultations) -> None:
        read = teleconsultation()
        storage.add(read)
        sign = Waiting(since=NOON, seen_at=NOON + INSTANT)
        storage.note_waiting(read.id, seat=1, waiting=sign, expected_version=read.version)
        people = (read.participants[0], replace(read.participants[1], external_id="patient-2"))

        storage.replace(replace(read, version=2, participants=people), expected_version=1)

        assert storage.get(read.id).waiting == {}

    def test_of_another_version_nothing_is_noted(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        waiting = Waiting(since=NOON, seen_at=NOON)

        assert not storage.note_waiting(
            original.id, seat=0, waiting=waiting, expected_version=original.version + 1
        )
        assert not storage.note_waiting("0" * 24, seat=0, waiting=waiting, expected_version=1)

        assert storage.get(original.id) == original


class TestRecords:
    def test_what_is_added_can_be_read_at_once(self, storage: Teleconsultations) -> None:
        original = teleconsultation()

        storage.add(original)

        assert storage.get(original.id) == original

    def test_every_field_survives(self, storage: Teleconsultations) -> None:
        original = replace(
            teleconsultation(participants_number=25),
            version=7,
            schedule=Schedule.of(start_date=START, end_date=END + timedelta(milliseconds=123)),
            updated_at=NOON + timedelta(milliseconds=456),
            provisioning=Provisioning(attempt_id="attempt-1", started_at=NOON),
            rooms_to_delete=frozenset({"room_a", "room_b"}),
            rooms_to_disable=frozenset({"room_c"}),
            disabled_rooms={"room_d": NOON + timedelta(seconds=1), "room_e": NOON},
            settle_failures=3,
            waiting={0: Waiting(since=NOON, seen_at=NOON + INSTANT), 12: Waiting(since=NOON, seen_at=NOON)},
            deleted_at=NOON + timedelta(minutes=1),
            imported=Imported(digest="d" * 64, updated_at=NOON - timedelta(days=1), room_id="room_f"),
        )
        original = replace(
            original,
            participants=tuple(
                replace(
                    person,
                    full_name="Zoë 李雷 \U0001f9d1",
                    language=None,
                    groups=("a", "", "b"),
                    join_pass=JoinPass(nonce="0" * 16, digest="f" * 64),
                )
                for person in original.participants
            ),
        )

        storage.add(original)

        assert storage.get(original.id) == original

    def test_an_empty_seat_survives(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        first, second = original.participants
        original = replace(original, participants=(first.erased(), second))

        storage.add(original)

        assert storage.get(original.id) == original

    def test_what_is_not_there_survives_too(self, storage: Teleconsultations) -> None:
        original = replace(teleconsultation(participants_number=3, with_room=False), participants=())

        storage.add(original)

        assert storage.get(original.id) == original

    def test_a_room_without_duration_survives(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        assert original.room is not None
        original = replace(original, room=replace(original.room, duration_seconds=None))

        storage.add(original)

        assert storage.get(original.id) == original

    def test_one_that_was_never_added_is_not_found(self, storage: Teleconsultations) -> None:
        with pytest.raises(TeleconsultationNotFoundError):
            storage.get("0" * 24)

    def test_adding_again_is_a_conflict_and_changes_nothing(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        for again in (original, changed(original, participants_number=3)):
            with pytest.raises(ConflictError):
                storage.add(again)

        assert storage.get(original.id) == original

    def test_replacing_the_version_it_was_derived_from_succeeds(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        moved = changed(original, schedule=schedule(start_date=START + timedelta(days=1)), room=None)

        storage.replace(moved, expected_version=original.version)

        assert storage.get(original.id) == moved

    @pytest.mark.parametrize("expected_version", [0, 2, 11])
    def test_replacing_any_other_version_is_a_conflict(
        self, storage: Teleconsultations, expected_version: int
    ) -> None:
        original = teleconsultation()
        storage.add(original)

        with pytest.raises(ConflictError):
            storage.replace(changed(original), expected_version=expected_version)

        assert storage.get(original.id) == original

    def test_replacing_what_is_not_there_is_a_conflict(self, storage: Teleconsultations) -> None:
        original = teleconsultation()

        with pytest.raises(ConflictError):
            storage.replace(original, expected_version=original.version)

        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)

    def test_the_same_change_twice_is_a_conflict(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        storage.replace(changed(original), expected_version=1)

        with pytest.raises(ConflictError):
            storage.replace(changed(original), expected_version=1)

    def test_what_is_removed_might_never_have_been(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        storage.remove(original.id, expected_version=original.version)

        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)
        storage.add(original)

    def test_removing_twice_does_no_harm(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        for _ in range(2):
            storage.remove(original.id, expected_version=original.version)

    def test_removing_another_version_is_a_conflict(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        storage.replace(changed(original), expected_version=1)

        with pytest.raises(ConflictError):
            storage.remove(original.id, expected_version=1)

        assert storage.get(original.id).version == 2

    def test_records_do_not_touch_each_other(self, storage: Teleconsultations) -> None:
        first, second = teleconsultation(), teleconsultation()
        storage.add(first)
        storage.add(second)

        storage.replace(changed(first), expected_version=1)

        assert storage.get(second.id) == second


class TestReservations:
    @pytest.fixture
    def record(self) -> IdempotencyRecord:
        return IdempotencyRecord(
            key_digest="d" * 64,
            fingerprint="f" * 64,
            teleconsultation_id="0" * 24,
            held_until=NOON + timedelta(seconds=60),
        )

    def test_the_first_one_gets_it(self, storage: Teleconsultations, record: IdempotencyRecord) -> None:
        assert storage.reserve(record) is None

    def test_it_can_be_read_before(self, storage: Teleconsultations, record: IdempotencyRecord) -> None:
        assert storage.reservation(record.key_digest) is None

        storage.reserve(record)

        assert storage.reservation(record.key_digest) == record
        assert storage.reservation("e" * 64) is None

    def test_the_next_one_learns_who_has_it(
        self, storage: Teleconsultations, record: IdempotencyRecord
    ) -> None:
        storage.reserve(record)

        for another in (record, replace(record, fingerprint="e" * 64, teleconsultation_id="1" * 24)):
            assert storage.reserve(another) == record

    def test_every_key_is_reserved_for_itself(
        self, storage: Teleconsultations, record: IdempotencyRecord
    ) -> None:
        storage.reserve(record)

        assert storage.reserve(replace(record, key_digest="e" * 64)) is None

    def test_it_can_be_taken_over_from_who_has_it(
        self, storage: Teleconsultations, record: IdempotencyRecord
    ) -> None:
        storage.reserve(record)
        later = replace(record, held_until=record.held_until + timedelta(seconds=60))

        assert storage.reserve(later, in_place_of=record) is None
        assert storage.reserve(record) == later

    def test_it_is_taken_over_once(self, storage: Teleconsultations, record: IdempotencyRecord) -> None:
        storage.reserve(record)
        first = replace(record, held_until=record.held_until + timedelta(seconds=60))
        second = replace(record, held_until=record.held_until + timedelta(seconds=61))
        storage.reserve(first, in_place_of=record)

        assert storage.reserve(second, in_place_of=record) == first

    def test_of_many_at_once_one_gets_it(self, storage: Teleconsultations, record: IdempotencyRecord) -> None:
        records = [replace(record, teleconsultation_id=f"{number:024x}") for number in range(20)]

        with ThreadPoolExecutor(max_workers=10) as pool:
            answers = list(pool.map(storage.reserve, records))

        [winner] = [one for one, answer in zip(records, answers, strict=True) if answer is None]
        assert all(answer == winner for answer in answers if answer is not None)

    def test_it_is_kept_for_a_day(
        self, storage: Teleconsultations, record: IdempotencyRecord, clock: Watch
    ) -> None:
        storage.reserve(record)
        clock.advance(seconds=(IDEMPOTENCY_RETENTION - INSTANT).total_seconds())

        assert storage.reserve(record) == record
        clock.advance(seconds=INSTANT.total_seconds())
        assert storage.reservation(record.key_digest) is None
        assert storage.reserve(record) is None


def due(storage: Teleconsultations, *, now: datetime) -> list[str]:
    """Return the ids of the records that are due."""
    return [id_ for id_, _ in storage.due_for_settling(now=now)]


class TestDueForSettling:
    """When each kind of record is due is a rule of the domain (tests/unit/domain/test_lifetime.py)."""

    def test_a_record_is_due_from_its_instant_on(self, storage: Teleconsultations) -> None:
        under_way = replace(
            teleconsultation(with_room=False),
            provisioning=Provisioning(attempt_id="attempt-1", started_at=NOON),
        )
        storage.add(under_way)

        assert list(storage.due_for_settling(now=NEVER)) == [(under_way.id, NOON + SETTLE_AFTER)]
        assert due(storage, now=NOON + SETTLE_AFTER) == [under_way.id]
        assert due(storage, now=NOON + SETTLE_AFTER - INSTANT) == []

    def test_a_record_without_a_room_is_never_due(self, storage: Teleconsultations) -> None:
        storage.add(teleconsultation(participants_number=3, with_room=False))

        assert due(storage, now=NEVER) == []

    def test_records_are_found_whatever_their_ids_end_in(self, storage: Teleconsultations) -> None:
        many = [replace(teleconsultation(), id=f"{'0' * 23}{digit}") for digit in "0123456789abcdef"]
        for one in many:
            storage.add(one)

        assert sorted(due(storage, now=NEVER)) == [one.id for one in many]

    def test_a_change_that_settles_it_takes_it_off(self, storage: Teleconsultations) -> None:
        original = replace(teleconsultation(), rooms_to_delete=frozenset({"a"}))
        storage.add(original)

        storage.replace(changed(original, room=None, rooms_to_delete=frozenset()), expected_version=1)

        assert due(storage, now=NEVER) == []

    def test_one_that_is_removed_is_not_due(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        storage.remove(original.id, expected_version=1)

        assert due(storage, now=NEVER) == []

    def test_one_that_is_postponed_is_due_then_and_keeps_its_version(
        self, storage: Teleconsultations
    ) -> None:
        original = replace(teleconsultation(), rooms_to_delete=frozenset({"a"}))
        storage.add(original)
        until = START + timedelta(days=3)

        storage.postpone(original, until=until, failures=2)

        assert due(storage, now=until - INSTANT) == []
        assert list(storage.due_for_settling(now=until)) == [(original.id, until)]
        assert storage.get(original.id) == replace(original, settle_failures=2)

    def test_a_later_change_ends_the_postponement(self, storage: Teleconsultations) -> None:
        original = replace(teleconsultation(), rooms_to_delete=frozenset({"a"}))
        storage.add(original)
        storage.postpone(original, until=NEVER, failures=1)

        storage.replace(changed(original, rooms_to_delete=frozenset({"a", "b"})), expected_version=1)

        assert due(storage, now=START) == [original.id]

    def test_another_version_is_not_postponed(self, storage: Teleconsultations) -> None:
        original = replace(teleconsultation(), rooms_to_delete=frozenset({"a"}))
        storage.add(original)

        storage.postpone(replace(original, version=2), until=NEVER, failures=1)
        storage.postpone(replace(original, id="0" * 24), until=NEVER, failures=1)

        assert storage.get(original.id) == original
        assert due(storage, now=START) == [original.id]


class TestReportsOnRooms:
    def test_a_teleconsultation_whose_room_is_reported_gone_is_due_at_once_and_keeps_its_version(
        self, storage: Teleconsultations
    ) -> None:
        original = with_room()
        storage.add(original)

        assert storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE)

        assert list(storage.due_for_settling(now=LONG_BEFORE)) == [(original.id, LONG_BEFORE)]
        assert storage.get(original.id) == reported(original)

    @pytest.mark.parametrize(
        ("room", "room_id"), [(True, "room_2"), (False, "room_1")], ids=["another room", "no room"]
    )
    def test_a_report_on_a_room_that_it_does_not_have_is_not_stored(
        self, storage: Teleconsultations, *, room: bool, room_id: str
    ) -> None:
        original = with_room() if room else replace(with_room(), room=None)
        storage.add(original)

        assert not storage.report_room_gone(original.id, room_id=room_id, at=LONG_BEFORE)
        assert not storage.report_room_gone("0" * 24, room_id=room_id, at=LONG_BEFORE)

        assert storage.get(original.id) == original
        assert due(storage, now=LONG_BEFORE) == []

    def test_a_change_that_was_made_without_it_keeps_it(self, storage: Teleconsultations) -> None:
        original = with_room()
        storage.add(original)
        storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE)
        renamed = changed(original, participants_number=3)

        storage.replace(renamed, expected_version=1)

        assert storage.get(original.id) == reported(renamed)
        assert list(storage.due_for_settling(now=LONG_BEFORE)) == [(original.id, LONG_BEFORE)]

    def test_another_room_has_no_report(self, storage: Teleconsultations) -> None:
        original = with_room()
        storage.add(original)
        storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE)
        moved = changed(original, room=Room(room_id="room_2", duration_seconds=3600, links={}))

        storage.replace(moved, expected_version=1)

        assert storage.get(original.id) == moved
        assert due(storage, now=LONG_BEFORE) == []

    @pytest.mark.parametrize(("failures", "is_kept"), [(0, False), (1, True)])
    def test_a_look_without_failures_takes_it_out(
        self, storage: Teleconsultations, failures: int, *, is_kept: bool
    ) -> None:
        original = with_room()
        storage.add(original)
        storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE)

        storage.postpone(storage.get(original.id), until=NEVER, failures=failures)

        expected = replace(original, settle_failures=failures)
        assert storage.get(original.id) == (reported(expected) if is_kept else expected)
        assert due(storage, now=LONG_BEFORE) == []

    @pytest.mark.parametrize("earlier", [True, False], ids=["after an earlier report", "for the first time"])
    def test_one_that_has_come_since_the_record_was_read_stays(
        self, storage: Teleconsultations, *, earlier: bool
    ) -> None:
        original = with_room()
        storage.add(original)
        if earlier:
            storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE - INSTANT)
        seen = storage.get(original.id)
        storage.report_room_gone(original.id, room_id="room_1", at=LONG_BEFORE)

        storage.postpone(seen, until=NEVER, failures=0)

        assert storage.get(original.id) == reported(original)
        assert due(storage, now=LONG_BEFORE) == [original.id]


def with_room() -> Teleconsultation:
    return replace(teleconsultation(), room=Room(room_id="room_1", duration_seconds=3600, links={}))


def reported(original: Teleconsultation) -> Teleconsultation:
    assert original.room is not None
    return replace(original, room=replace(original.room, reported_gone_at=LONG_BEFORE))


class TestGettingAll:
    def test_those_that_there_are_come_by_id(self, storage: Teleconsultations) -> None:
        many = [teleconsultation() for _ in range(3)]
        for one in many:
            storage.add(one)

        assert storage.get_all([*(one.id for one in many), "0" * 24]) == {one.id: one for one in many}

    def test_more_than_one_request_takes(self, storage: Teleconsultations) -> None:
        many = [teleconsultation() for _ in range(READ_BATCH_SIZE + 1)]
        for one in many:
            storage.add(one)

        assert storage.get_all([one.id for one in many]).keys() == {one.id for one in many}

    def test_none_is_none(self, storage: Teleconsultations) -> None:
        assert storage.get_all([]) == {}

    def test_what_is_past_its_retention_is_not_there(self, storage: Teleconsultations, clock: Watch) -> None:
        original = teleconsultation()
        storage.add(original)
        clock.now = original.schedule.end_date + RETENTION

        assert storage.get_all([original.id]) == {}


class TestWalk:
    def test_before_the_first_there_is_none(self, storage: Teleconsultations) -> None:
        assert storage.walk() is None

    def test_the_last_one_kept_is_the_one(self, storage: Teleconsultations) -> None:
        audit = Walk(
            started_at=NOON, back_to=None, position=100, oldest_open=NOON, due_at=NOON, audit_due_at=START
        )
        walk = replace(audit, back_to=NOON, position=0, oldest_open=None, due_at=NOON + timedelta(hours=1))
        for one in (audit, walk):
            storage.save_walk(one)

            assert storage.walk() == one


class TestRetention:
    def test_a_record_is_kept_for_its_time_after_the_end(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        original = teleconsultation()
        storage.add(original)

        clock.now = END + RETENTION - INSTANT
        assert storage.get(original.id) == original

        clock.now = END + RETENTION
        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)

    def test_one_changed_after_its_end_is_kept_from_the_change_on(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        late = END + timedelta(days=7)
        original = replace(teleconsultation(), updated_at=late)
        storage.add(original)

        clock.now = late + RETENTION - INSTANT
        assert storage.get(original.id) == original

        clock.now = late + RETENTION
        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)

    def test_a_deleted_one_is_kept_from_its_deletion_on(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        original = teleconsultation()
        storage.add(original)
        storage.replace(changed(original, deleted_at=NOON), expected_version=1)

        clock.now = NOON + DELETED_RETENTION - INSTANT
        assert storage.get(original.id).deleted_at == NOON

        clock.now = NOON + DELETED_RETENTION
        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(original.id)

    def test_a_move_to_a_later_date_moves_the_end_of_the_retention(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        original = teleconsultation()
        storage.add(original)
        moved = changed(original, schedule=schedule(start_date=START + timedelta(days=365)))
        storage.replace(moved, expected_version=1)

        clock.now = END + RETENTION

        assert storage.get(original.id) == moved


class TestUsers:
    def test_those_met_are_returned_and_the_others_are_not(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a"), user("b")])

        assert storage.users(["a", "c", "b"]) == {"a": user("a"), "b": user("b")}

    def test_every_field_survives(self, storage: Teleconsultations) -> None:
        people = [
            User(external_id="auth0|9f/ü #", groups=(), full_name="Zoë 李雷"),
            User(
                external_id="x" * 255,
                groups=("doctor", "staff"),
                full_name="D",
                language="es-419",
                registered_roles=frozenset(Role),
                provider_user_ids={Role.BASIC: "user_0123456789abcdef"},
                aliases=frozenset({"an alias", "x"}),
            ),
        ]

        storage.save_users(people)

        assert storage.users([person.external_id for person in people]) == {
            person.external_id: person for person in people
        }

    def test_an_alias_names_its_owner_until_it_is_deleted(self, storage: Teleconsultations) -> None:
        owner = replace(user("a"), aliases=frozenset({"one", "two"}))
        storage.save_users([owner, user("b")])

        assert storage.users(["two", "a", "b", "c"]) == {"two": owner, "a": owner, "b": user("b")}

        storage.delete_aliases(["two", "never given"])
        assert storage.users(["one", "two"]) == {"one": owner}

    def test_an_alias_ends_with_its_owner(self, storage: Teleconsultations) -> None:
        storage.save_users([replace(user("a"), aliases=frozenset({"one"}))])

        assert storage.delete_user("a") is True

        storage.save_users([user("a")])
        assert storage.users(["one"]) == {}

    def test_an_id_goes_before_an_alias_of_the_same_text(self, storage: Teleconsultations) -> None:
        storage.save_users([replace(user("a"), aliases=frozenset({"b"})), user("b")])

        assert storage.users(["b"]) == {"b": user("b")}

    def test_the_last_profile_wins(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a")])
        latest = replace(user("a"), full_name="Joe Smith-Neri", language=None, registered_roles=frozenset())

        storage.save_users([latest])

        assert storage.users(["a"]) == {"a": latest}

    @pytest.mark.parametrize("count", [25, 26])
    def test_the_users_of_a_full_room_are_saved_and_returned(
        self, storage: Teleconsultations, count: int
    ) -> None:
        people = {f"user-{number}": user(f"user-{number}") for number in range(count)}

        storage.save_users(tuple(people.values()))

        assert storage.users(tuple(people)) == people

    def test_nobody_is_nobody(self, storage: Teleconsultations) -> None:
        storage.save_users([])

        assert storage.users([]) == {}

    def test_asking_for_somebody_twice_is_asking_once(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a")])

        assert storage.users(["a", "a"]) == {"a": user("a")}

    def test_users_and_teleconsultations_do_not_meet(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)
        storage.save_users([user(original.id)])

        assert storage.get(original.id) == original
        assert storage.users([original.id, f"TELECONSULTATION#{original.id}"]) == {
            original.id: user(original.id)
        }


class TestWalking:
    @pytest.fixture
    def everything(self, storage: Teleconsultations) -> list[Teleconsultation]:
        everything = sorted((teleconsultation() for _ in range(7)), key=lambda one: one.id)
        for one in everything:
            storage.add(one)
            storage.save_users([user(one.id)])
        return everything

    def walk(
        self, storage: Teleconsultations, *, size: int, after: str | None = None
    ) -> list[list[Teleconsultation]]:
        pages: list[list[Teleconsultation]] = []
        while page := storage.page(after=after, size=size):
            assert list(page) not in pages, "the walk goes in circles"
            pages.append(list(page))
            after = page[-1].id
        return pages

    @pytest.mark.parametrize("size", [1, 3, 7, 200])
    def test_it_meets_everyone_once(
        self, storage: Teleconsultations, everything: list[Teleconsultation], size: int
    ) -> None:
        pages = self.walk(storage, size=size)

        assert sorted((one for page in pages for one in page), key=lambda one: one.id) == everything
        assert max(len(page) for page in pages) <= size

    def test_it_can_go_on_after_any_of_them(
        self, storage: Teleconsultations, everything: list[Teleconsultation]
    ) -> None:
        order = [one for page in self.walk(storage, size=200) for one in page]

        for position, one in enumerate(order, start=1):
            rest = self.walk(storage, size=3, after=one.id)
            assert [other for page in rest for other in page] == order[position:]

    def test_it_goes_on_after_one_that_is_gone_meanwhile(
        self, storage: Teleconsultations, everything: list[Teleconsultation]
    ) -> None:
        first, gone, *others = [one for page in self.walk(storage, size=200) for one in page]
        storage.remove(gone.id, expected_version=1)

        rest = self.walk(storage, size=200, after=gone.id)

        assert [one for page in rest for one in page] == others
        assert first not in others

    def test_it_meets_the_latest_version(
        self, storage: Teleconsultations, everything: list[Teleconsultation]
    ) -> None:
        latest = changed(everything[3], participants_number=5)
        storage.replace(latest, expected_version=1)

        assert latest in [one for page in self.walk(storage, size=2) for one in page]

    def test_it_meets_those_that_no_request_finds_any_more(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        expired, deleted = teleconsultation(), teleconsultation()
        storage.add(expired)
        storage.add(deleted)
        storage.replace(changed(deleted, deleted_at=NOON), expected_version=1)
        clock.now = END + timedelta(days=400)

        met = {one.id for page in self.walk(storage, size=200) for one in page}

        with pytest.raises(TeleconsultationNotFoundError):
            storage.get(expired.id)
        assert met == {expired.id, deleted.id}

    def test_where_nothing_is_there_is_no_page(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a")])

        assert self.walk(storage, size=1) == []


class TestForgetting:
    def test_who_is_forgotten_was_never_met(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a"), user("b")])

        assert storage.delete_user("a")

        assert storage.users(["a", "b"]) == {"b": user("b")}

    def test_forgetting_again_or_a_stranger_does_no_harm(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a")])

        assert [storage.delete_user(external_id) for external_id in ("a", "a", "stranger")] == [
            True,
            False,
            False,
        ]

    def test_who_is_forgotten_can_be_met_anew(self, storage: Teleconsultations) -> None:
        storage.save_users([user("a")])
        storage.delete_user("a")

        storage.save_users([user("a")])

        assert storage.users(["a"]) == {"a": user("a")}

    def test_no_teleconsultation_is_touched(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        storage.delete_user(original.id)

        assert storage.get(original.id) == original


class TestConcurrency:
    THREADS = 16

    def test_of_many_changes_of_one_version_one_wins(self, storage: Teleconsultations) -> None:
        original = teleconsultation()
        storage.add(original)

        def change(number: int) -> int | None:
            try:
                storage.replace(changed(original, participants_number=2 + number), expected_version=1)
            except ConflictError:
                return None
            return number

        with ThreadPoolExecutor(self.THREADS) as pool:
            winners = [number for number in pool.map(change, range(self.THREADS)) if number is not None]

        assert len(winners) == 1
        assert storage.get(original.id).participants_number == 2 + winners[0]

    def test_of_many_additions_of_one_id_one_wins(self, storage: Teleconsultations) -> None:
        original = teleconsultation()

        def add(number: int) -> bool:
            try:
                storage.add(replace(original, participants_number=2 + number))
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(self.THREADS) as pool:
            wins = list(pool.map(add, range(self.THREADS)))

        assert wins.count(True) == 1
        assert storage.get(original.id).participants_number == 2 + wins.index(True)


class TestListing:
    def test_visits_are_listed_by_their_start_through_several_days(self, storage: Teleconsultations) -> None:
        visits = [
            replace(teleconsultation(), schedule=schedule(start_date=START + timedelta(days=days)))
            for days in (2, 0, 1, 3)
        ]
        for one in visits:
            storage.add(one)

        listed = list(storage.starting(since=START, before=START + timedelta(days=3), after=None))

        assert [one.id for one in listed] == [visits[1].id, visits[2].id, visits[0].id]
        rest = storage.starting(since=START, before=START + timedelta(days=3), after=listed[0].position)
        assert [one.id for one in rest] == [visits[2].id, visits[0].id]

    def test_an_entry_has_what_the_record_has(self, storage: Teleconsultations) -> None:
        stored = replace(
            teleconsultation(participants_number=3, with_room=False),
            version=7,
            booking=BookingData(reference="A-17"),
            deleted_at=NOON,
        )
        storage.add(stored)

        [listed] = storage.starting(since=START, before=START + INSTANT, after=None)

        assert (listed.id, listed.version, listed.reference) == (stored.id, 7, "A-17")
        assert (listed.schedule.start_date, listed.schedule.end_date) == (START, END)
        assert (listed.participants_number, listed.named_number, listed.deleted_at) == (3, 2, NOON)

    def test_unfinished_and_expired_ones_are_not_listed(
        self, storage: Teleconsultations, clock: Watch
    ) -> None:
        storage.add(teleconsultation(with_room=False))
        deleted = replace(teleconsultation(), deleted_at=NOON)
        storage.add(deleted)
        period = {"since": START, "before": START + INSTANT, "after": None}
        assert [one.id for one in storage.starting(**period)] == [deleted.id]  # type: ignore[arg-type]

        clock.now = NOON + DELETED_RETENTION

        assert list(storage.starting(**period)) == []  # type: ignore[arg-type]

    def test_many_of_one_day_are_all_listed(self, storage: Teleconsultations) -> None:
        visits = [
            replace(teleconsultation(), schedule=schedule(start_date=START + timedelta(seconds=number)))
            for number in range(120)
        ]
        for one in visits:
            storage.add(one)

        listed = list(storage.starting(since=START, before=START + timedelta(days=1), after=None))

        assert [one.id for one in listed] == [one.id for one in visits]
