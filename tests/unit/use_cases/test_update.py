"""Changing a teleconsultation: what keeps the room, what replaces it, and what a failure leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    FrozenError,
    InvalidRequestError,
    NoPlusUserError,
    PreconditionFailedError,
    ProviderRejectedError,
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
    UnknownGroupError,
    UnknownParticipantError,
)
from teleconsultation.domain.model import Notice, Provisioning, Teleconsultation
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from teleconsultation.use_cases.update import Changes
from tests.fakes import samples
from tests.fakes.effects import failing
from tests.fakes.samples import END, START, doctor, invitee, known, patient
from tests.fakes.service import Service
from tests.fakes.watch import NOON

type Change = Callable[[Service, Teleconsultation], Teleconsultation]

THREE = (doctor(), patient(), patient("patient-2"))
OPENING = START - timedelta(seconds=samples.DOOR.early_join_seconds)
FREEZE = START - timedelta(seconds=1200)
"""When the door of the samples freezes edits."""
CLOSE = END + timedelta(seconds=samples.DOOR.late_join_seconds)
INSTANT = timedelta(milliseconds=1)
LONGER = 7200
"""A duration for which the room of an hour is too short."""
CALL_OF_LONGER = LONGER + samples.DOOR.early_join_seconds + samples.DOOR.late_join_seconds

KEEP_ROOM: dict[str, Change] = {
    "start moves": lambda service, it: service.update(it.id, start_date=START + timedelta(minutes=1)),
    "start and end move alike": lambda service, it: service.update(
        it.id, start_date=START + timedelta(minutes=5), end_date=END + timedelta(minutes=5)
    ),
    "it becomes shorter": lambda service, it: service.update(it.id, duration_seconds=1800),
    "a name changes": lambda service, it: service.update(
        it.id, invitees=(doctor(full_name="Anna Neri Rossi"), patient())
    ),
    "a language changes": lambda service, it: service.update(
        it.id, invitees=(doctor(), replace(patient(), language="es"))
    ),
    "a notice is set": lambda service, it: service.update(it.id, notice="We are late."),
}
REPLACE_ROOM: dict[str, Change] = {
    "somebody joins": lambda service, it: service.update(it.id, number=3, invitees=THREE),
    "somebody is exchanged": lambda service, it: service.update(
        it.id, invitees=(doctor(), patient("patient-2"))
    ),
    "a role changes": lambda service, it: service.update(
        it.id, invitees=(doctor(), invitee("patient-1", group="doctor", full_name="Joe Smith"))
    ),
    "it becomes longer": lambda service, it: service.update(it.id, duration_seconds=LONGER),
    "the end moves away": lambda service, it: service.update(it.id, end_date=END + timedelta(minutes=1)),
}
DROP_ROOM: dict[str, Change] = {
    "one more is expected": lambda service, it: service.update(it.id, number=3),
    "one is taken off": lambda service, it: service.update(it.id, invitees=(doctor(),)),
}


def renew_link(service: Service, it: Teleconsultation) -> Teleconsultation:
    return service.update(it.id, renew_join_links=("patient-1",))


def each(changes: dict[str, Change]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("change", changes.values(), ids=changes.keys())


@pytest.fixture
def complete(service: Service) -> Teleconsultation:
    created = service.create()
    service.effects.forget()
    return created


@pytest.fixture
def partial(service: Service) -> Teleconsultation:
    created = service.create((doctor(),), number=2)
    service.effects.forget()
    return created


def people(teleconsultation: Teleconsultation) -> list[str]:
    return [person.external_id for person in teleconsultation.participants]


def room_id(teleconsultation: Teleconsultation) -> str:
    assert teleconsultation.room is not None
    return teleconsultation.room.room_id


class TestSeats:
    def test_who_stays_keeps_the_id_as_a_sitter_and_who_comes_has_another(self, service: Service) -> None:
        before = service.create()
        [was_doctor, was_patient] = [person.sitter_id for person in before.participants]

        changed = service.update(before.id, invitees=(patient("patient-2"), doctor()))

        [is_doctor, is_patient] = [person.sitter_id for person in changed.participants]
        assert is_doctor == was_doctor is not None
        assert is_patient not in (None, was_doctor, was_patient)

    def test_who_stays_keeps_the_seat_in_any_order(self, service: Service) -> None:
        created = service.create(THREE, number=3)

        changed = service.update(created.id, invitees=(THREE[2], THREE[0], THREE[1]))

        assert people(changed) == people(created)

    def test_who_is_new_takes_the_seat_that_became_free(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        changed = service.update(complete.id, invitees=(patient("patient-2"), doctor()))

        assert people(changed) == ["doctor-1", "patient-2"]

    def test_a_list_that_became_shorter_has_no_gap(self, service: Service) -> None:
        created = service.create(THREE, number=3)

        changed = service.update(created.id, number=2, invitees=(THREE[2], THREE[0]))

        assert people(changed) == [people(created)[0], people(created)[2]]

    def test_a_list_that_became_longer_has_the_new_ones_at_its_end(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        changed = service.update(complete.id, number=3, invitees=(THREE[2], patient(), doctor()))

        assert people(changed) == ["doctor-1", "patient-1", people(service.create(THREE, number=3))[2]]


class TestNotice:
    """A sentence for those who wait."""

    def test_it_is_stored_with_its_time_and_leaves_the_provider_alone(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = START

        changed = service.update(complete.id, notice="We are late.")

        assert changed == replace(
            complete,
            version=complete.version + 1,
            updated_at=START,
            notice=Notice(text="We are late.", set_at=START),
            history=changed.history,
        )
        assert service.effects.log == ["replace"]

    def test_the_same_one_again_changes_nothing(self, service: Service, complete: Teleconsultation) -> None:
        changed = service.update(complete.id, notice="We are late.")
        service.clock.advance(seconds=60)

        assert service.update(complete.id, notice="We are late.") == changed

    def test_another_one_has_another_time(self, service: Service, complete: Teleconsultation) -> None:
        service.update(complete.id, notice="We are late.")
        service.clock.advance(seconds=60)

        changed = service.update(complete.id, notice="We are very late.")

        assert changed.notice == Notice(text="We are very late.", set_at=service.clock.now)

    def test_an_empty_one_removes_it(self, service: Service, complete: Teleconsultation) -> None:
        service.update(complete.id, notice="We are late.")

        assert service.update(complete.id, notice="").notice is None

    def test_other_changes_leave_it(self, service: Service, complete: Teleconsultation) -> None:
        late = service.update(complete.id, notice="We are late.")

        changed = service.update(
            complete.id, start_date=START, duration_seconds=1800, invitees=(patient(), doctor())
        )

        assert changed.notice is not None
        assert changed.notice == late.notice

    def test_it_goes_with_the_time_it_was_made_for(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.update(complete.id, notice="We are late.")

        moved = service.update(complete.id, start_date=START + timedelta(days=1))
        moved_again = service.update(complete.id, start_date=START, notice="Earlier again.")

        assert moved.notice is None
        assert moved_again.notice is not None

    def test_a_deletion_takes_it(self, service: Service, complete: Teleconsultation) -> None:
        service.update(complete.id, notice="We are late.")

        service.delete(complete.id)

        assert service.stored(complete.id).notice is None

    def test_its_text_is_in_no_representation(self) -> None:
        notice = Notice(text="Dr. Neri is late.", set_at=START)

        assert "Neri" not in repr(notice)
        assert "Neri" not in repr(Changes(notice=notice.text))


class TestRoomThatStays:
    @each(KEEP_ROOM)
    def test_the_provider_is_not_asked_for_another_room(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        changed = change(service, complete)

        assert changed == service.stored(complete.id) != complete
        assert changed.room == complete.room
        assert changed.version == complete.version + 1
        assert "create_room" not in service.effects.log
        assert "delete_room" not in service.effects.log

    @each(KEEP_ROOM)
    def test_such_a_change_is_allowed_when_edits_are_closed(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        service.clock.now = START

        assert change(service, complete).room == complete.room

    def test_what_is_not_sent_stays(self, service: Service, complete: Teleconsultation) -> None:
        service.clock.advance(seconds=5)

        changed = service.update(complete.id, start_date=START + timedelta(hours=1))

        assert changed == replace(
            complete,
            version=complete.version + 1,
            schedule=samples.schedule(start_date=START + timedelta(hours=1)),
            door_times=samples.DOOR.times_of(samples.schedule(start_date=START + timedelta(hours=1))),
            updated_at=service.clock.now,
            history=changed.history,
        )

    def test_a_changed_name_is_saved_for_the_next_teleconsultation(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.update(complete.id, invitees=(doctor(full_name="Anna Neri Rossi"), known("patient-1")))

        assert service.effects.log == ["save_users", "replace"]
        later = service.create((known("doctor-1"), known("patient-1")))
        assert later.participants[0].full_name == "Anna Neri Rossi"

    def test_a_change_that_changes_nothing_writes_nothing(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        unchanged = service.update(
            complete.id, number=2, invitees=(doctor(), patient()), start_date=START, duration_seconds=3600
        )

        assert unchanged == complete
        assert service.effects.log == []

    def test_an_unlimited_room_serves_any_duration(self) -> None:
        service = Service(policy=samples.policy(unlimited=True))
        created = service.create()

        changed = service.update(created.id, duration_seconds=7200)

        assert changed.room == created.room


class TestRoomThatIsReplaced:
    @each(REPLACE_ROOM)
    def test_a_new_room_is_committed_before_the_old_one_is_deleted(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        changed = change(service, complete)

        effects = [name for name in service.effects.log if name not in {"register", "save_users"}]
        assert effects == ["replace", "create_room", "replace", "delete_room", "replace"]
        assert changed == service.stored(complete.id)
        assert room_id(changed) != room_id(complete)
        assert service.rooms.rooms.keys() == {room_id(changed)}
        assert (changed.provisioning, changed.rooms_to_delete) == (None, frozenset())

    @each(REPLACE_ROOM)
    def test_the_id_stays_and_every_link_is_new(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        changed = change(service, complete)

        assert changed.id == complete.id
        assert changed.version > complete.version
        assert changed.room is not None
        assert complete.room is not None
        assert not set(changed.room.links.values()) & set(complete.room.links.values())

    def test_users_are_registered_before_the_intent(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.update(complete.id, number=3, invitees=THREE)

        assert service.effects.log[:4] == ["register", "save_users", "replace", "create_room"]

    @each(REPLACE_ROOM)
    def test_until_the_commit_readers_see_everything_as_it_was(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        service.clock.now = FREEZE - INSTANT
        seen: list[Teleconsultation] = []
        service.effects.before("create_room", lambda: seen.append(service.read(complete.id).teleconsultation))

        change(service, complete)

        [during] = seen
        assert during.provisioning is not None
        assert during == replace(complete, version=complete.version + 1, provisioning=during.provisioning)

    def test_the_new_room_carries_the_attempt_the_intent_names(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        attempts: list[Provisioning | None] = []
        service.effects.before(
            "create_room", lambda: attempts.append(service.stored(complete.id).provisioning)
        )

        changed = service.update(complete.id, duration_seconds=LONGER)

        [attempt] = attempts
        assert attempt is not None
        assert service.rooms.marks[room_id(changed)] == attempt.attempt_id

    def test_an_old_room_that_cannot_be_deleted_does_not_spoil_the_change(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.before("delete_room", failing(ProviderUnavailableError()))

        changed = service.update(complete.id, duration_seconds=LONGER)

        assert changed == service.stored(complete.id)
        assert changed.rooms_to_delete == {room_id(complete)}
        assert changed.schedule.duration_seconds == LONGER

    @pytest.mark.parametrize(
        "again",
        [
            lambda service, it: service.update(it.id, start_date=START + timedelta(hours=1)),
            lambda service, it: service.update(it.id, duration_seconds=LONGER),
            lambda service, it: service.update(it.id, duration_seconds=2 * LONGER),
            lambda service, it: service.delete(it.id),
        ],
        ids=["a move", "no change at all", "another replacement", "a deletion"],
    )
    def test_the_next_request_deletes_it(
        self, service: Service, complete: Teleconsultation, again: Change
    ) -> None:
        service.effects.before("delete_room", failing(ProviderRejectedError()))
        service.update(complete.id, duration_seconds=LONGER)

        changed = again(service, complete)

        assert room_id(complete) not in service.rooms.rooms
        assert changed.rooms_to_delete == service.stored(complete.id).rooms_to_delete == frozenset()

    def test_one_room_that_resists_does_not_keep_the_others_open(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        two_rooms = frozenset({"room_a", "room_b"})
        service.teleconsultations.replace(
            replace(complete, rooms_to_delete=two_rooms), expected_version=complete.version
        )
        service.effects.before("delete_room", failing(ProviderRejectedError()))

        service.update(complete.id, start_date=START + timedelta(hours=1))

        assert len(service.stored(complete.id).rooms_to_delete) == 1


class TestRoomThatIsDropped:
    @each(DROP_ROOM)
    def test_a_list_that_is_partial_again_has_no_room(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        changed = change(service, complete)

        assert service.effects.log == ["replace", "delete_room", "replace"]
        assert changed == service.stored(complete.id)
        assert (changed.room, changed.rooms_to_delete) == (None, frozenset())
        assert service.rooms.rooms == {}

    def test_the_room_is_on_the_list_to_delete_from_the_write_that_drops_it(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.before("delete_room", failing(ProviderUnavailableError()))

        changed = service.update(complete.id, number=3)

        assert changed.room is None
        assert changed.rooms_to_delete == {room_id(complete)}
        assert service.stored(complete.id) == changed


class TestPartialList:
    def test_the_last_participant_brings_the_room(self, service: Service, partial: Teleconsultation) -> None:
        changed = service.update(partial.id, invitees=(doctor(), patient()))

        assert service.effects.log == ["register", "save_users", "replace", "create_room", "replace"]
        assert changed == service.stored(partial.id)
        assert changed.room is not None
        assert changed.room.links.keys() == {person.bandyer_user_id for person in changed.participants}

    def test_expecting_fewer_completes_it_too(self, service: Service) -> None:
        created = service.create((doctor(), patient()), number=3)

        changed = service.update(created.id, number=2)

        assert changed.is_complete
        assert room_id(changed) in service.rooms.rooms

    def test_somebody_more_without_completing_it_makes_no_room(self, service: Service) -> None:
        created = service.create((doctor(),), number=3)

        changed = service.update(created.id, invitees=(doctor(), patient()))

        assert len(changed.participants) == 2
        assert (changed.room, service.rooms.marks) == (None, {})

    def test_it_may_be_completed_and_changed_after_edits_are_closed(
        self, service: Service, partial: Teleconsultation
    ) -> None:
        service.clock.now = START

        service.update(partial.id, duration_seconds=LONGER)
        changed = service.update(partial.id, invitees=(doctor(), patient()))

        assert changed.room is not None
        assert changed.room.duration_seconds == CALL_OF_LONGER

    def test_completing_it_without_a_plus_user_has_no_effect(self, service: Service) -> None:
        created = service.create((patient(),), number=2)
        service.effects.forget()

        with pytest.raises(NoPlusUserError):
            service.update(created.id, invitees=(patient(), patient("patient-2")))

        assert service.effects.log == []
        assert service.stored(created.id) == created


class TestFrozenEdits:
    @pytest.mark.parametrize("when", [FREEZE, START, END, CLOSE - INSTANT], ids=str)
    @each(REPLACE_ROOM | DROP_ROOM)
    def test_the_room_is_no_longer_replaced(
        self, service: Service, complete: Teleconsultation, change: Change, when: datetime
    ) -> None:
        service.clock.now = when

        with pytest.raises(FrozenError):
            change(service, complete)

        assert service.effects.log == []
        assert service.stored(complete.id) == complete

    @each(REPLACE_ROOM | DROP_ROOM)
    def test_until_then_it_is(self, service: Service, complete: Teleconsultation, change: Change) -> None:
        service.clock.now = FREEZE - INSTANT

        assert change(service, complete).room != complete.room

    @each(REPLACE_ROOM | DROP_ROOM)
    def test_when_the_door_has_closed_a_change_is_accepted_and_makes_no_room(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        service.clock.now = CLOSE + timedelta(days=7)

        changed = change(service, complete)

        assert changed == service.stored(complete.id) != complete
        assert "create_room" not in service.effects.log

    def test_the_stored_start_decides_not_the_one_that_is_sent(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = FREEZE

        with pytest.raises(FrozenError):
            service.update(complete.id, start_date=START + timedelta(days=1), duration_seconds=LONGER)

    def test_moving_the_start_first_opens_edits_again(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = FREEZE
        service.update(complete.id, start_date=START + timedelta(days=1))

        changed = service.update(complete.id, duration_seconds=LONGER)

        assert changed.room is not None
        assert changed.room.duration_seconds == CALL_OF_LONGER


class TestUsedRoom:
    """A room whose door has been open: somebody may have its link, and some of its call time may be gone."""

    @pytest.mark.parametrize("when", [OPENING, START, CLOSE - INSTANT, CLOSE + timedelta(days=7)], ids=str)
    def test_a_visit_that_is_moved_away_gets_a_fresh_room(
        self, service: Service, complete: Teleconsultation, when: datetime
    ) -> None:
        service.clock.now = when

        changed = service.update(complete.id, start_date=START + timedelta(days=14))

        assert service.rooms.living == {room_id(changed)}
        assert changed.disabled_rooms == {room_id(complete): when}
        assert service.stored(complete.id) == changed

    def test_until_the_door_opens_the_room_moves_along(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = OPENING - INSTANT

        assert service.update(complete.id, start_date=START + timedelta(days=14)).room == complete.room

    def test_a_visit_whose_room_has_ended_gets_a_fresh_one_when_it_is_moved(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = CLOSE
        service.reconcile()

        changed = service.update(complete.id, start_date=START + timedelta(days=1), duration_seconds=LONGER)

        assert service.rooms.living == {room_id(changed)}
        assert changed.disabled_rooms == {room_id(complete): CLOSE}

    def test_a_visit_whose_door_is_opened_again_gets_a_fresh_room(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        """The reconciler may be about to disable the old one."""
        service.clock.now = CLOSE

        changed = service.update(complete.id, start_date=CLOSE)

        assert service.rooms.living == {room_id(changed)} != {room_id(complete)}

    def test_a_visit_that_is_over_gets_no_room(self, service: Service, complete: Teleconsultation) -> None:
        service.clock.now = CLOSE
        service.reconcile()
        service.effects.forget()

        changed = service.update(complete.id, invitees=(doctor(full_name="Another Name"), patient()))

        assert changed.room is None
        assert service.effects.log == ["save_users", "replace"]


class TestLockingOut:
    """`newRoom`, and `renewJoinLinks` once the door has opened: links to the old room fail."""

    @pytest.mark.parametrize("when", [FREEZE, OPENING, START, CLOSE - INSTANT], ids=str)
    def test_a_new_room_is_given_at_any_time(
        self, service: Service, complete: Teleconsultation, when: datetime
    ) -> None:
        service.clock.now = when

        changed = service.update(complete.id, new_room=True)

        assert service.rooms.living == {room_id(changed)}
        assert room_id(changed) != room_id(complete)
        assert changed == service.stored(complete.id)

    def test_the_old_room_is_disabled_after_the_commit(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = START

        changed = service.update(complete.id, new_room=True)

        assert service.effects.log == ["replace", "create_room", "replace", "disable_room", "replace"]
        assert changed.disabled_rooms == {room_id(complete): START}

    def test_before_the_opening_nobody_was_in_it_and_it_is_deleted(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        changed = service.update(complete.id, new_room=True)

        assert service.rooms.rooms.keys() == {room_id(changed)}

    @pytest.mark.parametrize(("when", "is_replaced"), [(OPENING - INSTANT, False), (OPENING, True)])
    def test_renewing_a_join_link_replaces_the_room_once_the_door_has_opened(
        self, service: Service, complete: Teleconsultation, when: datetime, *, is_replaced: bool
    ) -> None:
        service.clock.now = when

        changed = service.update(complete.id, renew_join_links=("patient-1",))

        assert (room_id(changed) != room_id(complete)) is is_replaced

    @each(REPLACE_ROOM)
    def test_people_and_times_may_change_with_it(
        self, service: Service, complete: Teleconsultation, change: Change
    ) -> None:
        service.clock.now = START
        update = service.update
        service.update = lambda id_, **fields: update(id_, new_room=True, **fields)  # type: ignore[method-assign]

        changed = change(service, complete)

        assert service.rooms.living == {room_id(changed)}

    @pytest.mark.parametrize("invitees", [(), (doctor(),)], ids=["everybody", "one"])
    def test_somebody_may_be_taken_off_with_it(
        self, service: Service, complete: Teleconsultation, invitees: tuple[Invitee, ...]
    ) -> None:
        service.clock.now = START

        changed = service.update(complete.id, invitees=invitees, new_room=True)

        assert changed.room is None
        assert service.rooms.living == set()

    def test_when_the_door_has_closed_the_room_ends_at_once_and_none_is_made(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = CLOSE

        changed = service.update(complete.id, new_room=True)

        assert (changed.room, service.rooms.living) == (None, set())
        assert "create_room" not in service.effects.log

    def test_a_room_that_cannot_be_disabled_is_disabled_by_the_reconciler(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = START
        service.effects.before("disable_room", failing(ProviderUnavailableError()))
        changed = service.update(complete.id, new_room=True)
        assert changed.rooms_to_disable == {room_id(complete)}

        service.clock.advance(seconds=600)
        service.reconcile()

        assert service.rooms.living == {room_id(changed)}

    def test_the_old_room_stays_if_no_new_one_can_be_made(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.clock.now = START
        service.effects.before("create_room", failing(ProviderUnavailableError()))

        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, new_room=True)

        assert service.rooms.living == {room_id(complete)}
        assert service.stored(complete.id).room == complete.room

    def test_an_incomplete_visit_has_nothing_to_replace(
        self, service: Service, partial: Teleconsultation
    ) -> None:
        assert service.update(partial.id, new_room=True) == partial


class TestStoredLimit:
    """The time limit that a room was made with decides, not the operator's switch of the day."""

    def test_an_unlimited_room_serves_every_schedule_of_a_limited_service(self) -> None:
        service = Service(policy=samples.policy(unlimited=True))
        created = service.create()
        service.policy = samples.policy()
        service.clock.now = START

        assert service.update(created.id, duration_seconds=LONGER).room == created.room

    def test_a_limited_room_serves_its_schedule_in_an_unlimited_service(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.policy = samples.policy(unlimited=True)
        service.clock.now = START

        assert service.update(complete.id, duration_seconds=1800).room == complete.room

    @pytest.mark.parametrize("when", [NOON, FREEZE], ids=["before the freeze", "in the freeze"])
    @pytest.mark.parametrize("unlimited", [False, True], ids=["limited", "unlimited"])
    @each(KEEP_ROOM | {"a link is renewed": renew_link})
    def test_a_switch_of_the_operators_neither_replaces_nor_freezes_a_room_that_serves(
        self, change: Change, when: datetime, *, unlimited: bool
    ) -> None:
        service = Service(policy=samples.policy(unlimited=not unlimited))
        created = service.create()
        service.policy = samples.policy(unlimited=unlimited)
        service.clock.now = when

        changed = change(service, created)

        assert changed.version == created.version + 1
        assert changed.room == created.room

    def test_a_room_of_an_earlier_version_keeps_serving_its_schedule(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        """Its call time was the visit's length, without the door's margins."""
        assert complete.room is not None
        old = replace(
            complete,
            version=complete.version + 1,
            room=replace(complete.room, duration_seconds=3600),
            door_times=None,
        )
        service.teleconsultations.replace(old, expected_version=complete.version)
        service.clock.now = START

        changed = service.update(complete.id, invitees=(doctor(full_name="Another Name"), patient()))

        assert changed.room == old.room


class TestEmptying:
    """An empty list takes everybody off."""

    def test_before_the_door_opens_it_deletes_the_room(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        emptied = service.update(complete.id, invitees=())

        assert (emptied.participants, emptied.room) == ((), None)
        assert service.rooms.rooms == {}

    @pytest.mark.parametrize("when", [OPENING, START, CLOSE - INSTANT], ids=str)
    def test_from_then_on_it_is_refused_even_without_a_room(self, service: Service, when: datetime) -> None:
        incomplete = service.create((patient(),), number=2)
        service.clock.now = when
        service.effects.forget()

        with pytest.raises(FrozenError):
            service.update(incomplete.id, invitees=())

        assert service.effects.log == []

    def test_until_then_it_is_not(self, service: Service) -> None:
        incomplete = service.create((patient(),), number=2)
        service.clock.now = OPENING - INSTANT

        assert service.update(incomplete.id, invitees=()).participants == ()


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (lambda service, it: service.update(it.id, number=1), InvalidRequestError),
            (lambda service, it: service.update(it.id, number=26), InvalidRequestError),
            (lambda service, it: service.update(it.id, invitees=THREE), InvalidRequestError),
            (
                lambda service, it: service.update(it.id, invitees=(doctor("same"), patient("same"))),
                InvalidRequestError,
            ),
            (
                lambda service, it: service.update(it.id, invitees=(patient(), patient("b"))),
                NoPlusUserError,
            ),
            (
                lambda service, it: service.update(it.id, invitees=(doctor(), known("never met"))),
                UnknownParticipantError,
            ),
            (
                lambda service, it: service.update(
                    it.id, invitees=(doctor(), invitee("x", group="visitor", full_name="X"))
                ),
                UnknownGroupError,
            ),
            (lambda service, it: service.update(it.id, duration_seconds=299), InvalidRequestError),
            (lambda service, it: service.update(it.id, end_date=START), InvalidRequestError),
            (lambda service, it: service.update(it.id, number=3, if_match='"1"'), PreconditionFailedError),
        ],
        ids=[
            "one expected",
            "26 expected",
            "more than expected",
            "twice",
            "no plus user",
            "unknown participant",
            "unknown group",
            "too short",
            "end before start",
            "another version",
        ],
    )
    def test_a_refused_change_has_no_effect(
        self,
        service: Service,
        complete: Teleconsultation,
        change: Change,
        error: type[TeleconsultationError],
    ) -> None:
        with pytest.raises(error):
            change(service, complete)

        assert service.effects.log == []
        assert service.stored(complete.id) == complete

    def test_fewer_expected_than_are_known_is_refused(self, service: Service) -> None:
        created = service.create(THREE)
        service.effects.forget()

        with pytest.raises(InvalidRequestError) as error:
            service.update(created.id, number=2)

        assert [each.field for each in error.value.errors] == ["participants.data"]
        assert service.effects.log == []

    def test_the_current_version_is_accepted(self, service: Service, complete: Teleconsultation) -> None:
        changed = service.update(
            complete.id, start_date=START + timedelta(days=1), if_match=f'"{complete.version}"'
        )

        assert changed.version == complete.version + 1

    @pytest.mark.parametrize(
        "teleconsultation_id", ["0" * 24, "", "x" * 24, "A" * 24, "0" * 25, "0" * 24 + "\n"], ids=repr
    )
    def test_what_does_not_exist_cannot_be_changed(self, service: Service, teleconsultation_id: str) -> None:
        with pytest.raises(TeleconsultationNotFoundError):
            service.update(teleconsultation_id, number=3)

        assert service.effects.log == []

    def test_what_was_deleted_cannot_be_changed(self, service: Service, complete: Teleconsultation) -> None:
        service.delete(complete.id)
        service.effects.forget()

        with pytest.raises(TeleconsultationDeletedError):
            service.update(complete.id, number=3)

        assert service.effects.log == []


class TestChangeUnderWay:
    def test_no_other_change_gets_in_between(self, service: Service, complete: Teleconsultation) -> None:
        conflicts: list[str] = []

        def change_meanwhile() -> None:
            with pytest.raises(ConflictError):
                service.update(complete.id, start_date=START + timedelta(days=1))
            conflicts.append("refused")

        service.effects.before("create_room", change_meanwhile)

        changed = service.update(complete.id, duration_seconds=LONGER)

        assert conflicts == ["refused"]
        assert changed.schedule.start_date == START

    def test_after_the_lease_a_dead_change_is_in_nobodys_way(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.before("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))
        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, duration_seconds=LONGER)
        service.clock.now += PROVISIONING_LEASE - INSTANT
        with pytest.raises(ConflictError):
            service.update(complete.id, duration_seconds=LONGER)

        service.clock.now += INSTANT
        changed = service.update(complete.id, duration_seconds=LONGER)

        assert changed.provisioning is None
        assert changed.room is not None
        assert changed.room.duration_seconds == CALL_OF_LONGER

    def test_whoever_meets_it_is_told_when_it_is_over_at_the_latest(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.before("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))
        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, duration_seconds=LONGER)
        service.clock.now += timedelta(seconds=20.5)

        with pytest.raises(ConflictError) as refusal:
            service.update(complete.id, duration_seconds=LONGER)

        assert refusal.value.retry_after_seconds == PROVISIONING_LEASE.total_seconds() - 20

    def test_a_lost_race_is_a_conflict_even_if_the_new_room_cannot_be_deleted(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        def lose() -> None:
            service.delete(complete.id)
            service.effects.before("delete_room", failing(ProviderUnavailableError()))

        service.effects.after("create_room", lose)

        with pytest.raises(ConflictError):
            service.update(complete.id, duration_seconds=LONGER)

    def test_a_deletion_wins_and_the_new_room_is_deleted_again(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.after("create_room", lambda: void(service.delete(complete.id)))

        with pytest.raises(ConflictError):
            service.update(complete.id, duration_seconds=LONGER)

        assert service.rooms.rooms == {}
        assert service.stored(complete.id).deleted_at is not None

    def test_a_change_between_read_and_write_is_a_conflict(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        def move_first() -> None:
            service.update(complete.id, start_date=START + timedelta(days=1))

        service.effects.before("replace", move_first)

        with pytest.raises(ConflictError):
            service.update(complete.id, start_date=START + timedelta(days=2))

        assert service.stored(complete.id).schedule.start_date == START + timedelta(days=1)

    def test_a_change_that_lost_the_race_makes_no_room(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        def move_first() -> None:
            service.update(complete.id, start_date=START + timedelta(days=1))

        service.effects.before("replace", move_first)

        with pytest.raises(ConflictError):
            service.update(complete.id, duration_seconds=LONGER)

        assert service.rooms.rooms.keys() == {room_id(complete)}


def void(_: object) -> None:
    """Make an interruption of an expression."""


class TestProviderFailures:
    @pytest.mark.parametrize(
        "error", [ProviderRejectedError(), ProviderUnavailableError()], ids=lambda error: type(error).__name__
    )
    @each(REPLACE_ROOM)
    def test_without_a_new_room_everything_is_as_before(
        self,
        service: Service,
        complete: Teleconsultation,
        change: Change,
        error: ProviderRejectedError | ProviderUnavailableError,
    ) -> None:
        service.effects.before("create_room", failing(error))

        with pytest.raises(type(error)):
            change(service, complete)

        stored = service.stored(complete.id)
        assert stored == replace(complete, version=stored.version)
        assert service.rooms.rooms.keys() == {room_id(complete)}
        assert "delete_room" not in service.effects.log

    def test_the_same_change_succeeds_right_after(self, service: Service, complete: Teleconsultation) -> None:
        service.effects.before("create_room", failing(ProviderUnavailableError()))
        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, duration_seconds=LONGER)

        changed = service.update(complete.id, duration_seconds=LONGER)

        assert service.rooms.rooms.keys() == {room_id(changed)}

    def test_a_room_that_may_exist_keeps_the_intent_and_the_old_room_stays_in_use(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.after("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))

        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, duration_seconds=LONGER)

        stored = service.stored(complete.id)
        assert stored.provisioning is not None
        assert stored.provisioning.attempt_id in service.rooms.marks.values()
        assert stored == replace(complete, version=stored.version, provisioning=stored.provisioning)

    def test_a_user_who_cannot_be_registered_stops_the_change(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        service.effects.before("register", failing(ProviderUnavailableError()))

        with pytest.raises(ProviderUnavailableError):
            service.update(complete.id, number=3, invitees=THREE)

        assert service.stored(complete.id) == complete
        assert service.effects.log == []

    def test_a_list_to_delete_that_cannot_be_shortened_does_not_spoil_the_change(
        self, service: Service, complete: Teleconsultation
    ) -> None:
        def no_further_write() -> None:
            service.effects.before("replace", failing(StorageUnavailableError("down")))

        service.effects.after("delete_room", no_further_write)

        changed = service.update(complete.id, duration_seconds=LONGER)

        assert service.stored(complete.id) == changed
        assert changed.rooms_to_delete == {room_id(complete)}
