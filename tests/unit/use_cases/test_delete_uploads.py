"""The files of a visit's calls are deleted: on request, and by the reconciler after the room has ended."""

from contextlib import suppress
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    NotAParticipantError,
    NotAPlusUserError,
    ProviderUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation, UploadsReceipt
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import DOOR, END, START, doctor
from tests.fakes.service import RETENTION, UPLOADS_KEPT, Service

CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
INSTANT = timedelta(seconds=1)
DOWN = ProviderUnavailableError()


@pytest.fixture
def service() -> Service:
    service = Service()
    service.uploads_kept = UPLOADS_KEPT
    return service


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    """A visit whose door is open, with three files in its room."""
    created = service.create()
    service.clock.now = START
    service.rooms.uploads[room_id(created)] = 3
    service.effects.forget()
    return service.stored(created.id)


def room_id(visit: Teleconsultation) -> str:
    assert visit.room is not None
    return visit.room.room_id


def files(service: Service) -> int:
    return sum(service.rooms.uploads.values())


class TestOnRequest:
    @pytest.mark.parametrize(("user_id", "is_manager"), [("doctor-1", False), ("booking-system", True)])
    def test_managers_and_plus_participants_delete_them(
        self, service: Service, visit: Teleconsultation, user_id: str, *, is_manager: bool
    ) -> None:
        deletion = service.delete_uploads(visit.id, user_id=user_id, is_manager=is_manager)

        assert deletion is not None
        assert (deletion.total, deletion.deleted, deletion.completed_at) == (3, 3, START)
        assert files(service) == 0
        stored = service.stored(visit.id)
        assert stored.uploads == UploadsReceipt(deleted=3, completed_at=START)
        assert stored.updated_at == visit.updated_at

    def test_basic_participants_and_strangers_delete_nothing(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        with pytest.raises(NotAPlusUserError):
            service.delete_uploads(visit.id, user_id="patient-1")
        with pytest.raises(NotAParticipantError):
            service.delete_uploads(visit.id, user_id="stranger")
        with pytest.raises(TeleconsultationNotFoundError):
            service.delete_uploads("0" * 24)

        assert service.effects.log == []

    def test_where_the_operator_keeps_files_nothing_is_deleted(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = None

        assert service.delete_uploads(visit.id) is None

        assert service.effects.log == []

    def test_files_of_replaced_rooms_are_among_them(self, service: Service, visit: Teleconsultation) -> None:
        service.update(visit.id, new_room=True)
        service.rooms.uploads[room_id(service.stored(visit.id))] = 2

        deletion = service.delete_uploads(visit.id)

        assert deletion is not None
        assert (deletion.total, files(service)) == (5, 0)

    def test_a_file_that_cannot_be_deleted_is_counted_and_the_request_can_be_repeated(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.rooms.undeletable[room_id(visit)] = 1

        first = service.delete_uploads(visit.id)
        service.rooms.undeletable.clear()
        again = service.delete_uploads(visit.id)

        assert first is not None
        assert again is not None
        assert (first.total, first.deleted, first.completed_at) == (3, 2, None)
        assert (again.total, again.deleted, again.completed_at) == (1, 1, START)
        assert service.stored(visit.id).uploads == UploadsReceipt(deleted=3, completed_at=START)

    def test_repeating_it_finds_nothing_and_writes_nothing(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.delete_uploads(visit.id)
        service.clock.now += timedelta(minutes=5)
        before = service.stored(visit.id)

        again = service.delete_uploads(visit.id)

        assert again is not None
        assert (again.total, again.deleted, again.completed_at) == (0, 0, START)
        assert service.stored(visit.id) == before

    def test_a_visit_without_a_room_has_no_files(self, service: Service) -> None:
        waiting = service.create((doctor(),), number=2)

        deletion = service.delete_uploads(waiting.id)

        assert deletion is not None
        assert (deletion.total, deletion.deleted) == (0, 0)

    def test_a_provider_that_cannot_answer_is_reported_and_nothing_is_written(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.effects.before("delete_uploads", failing(DOWN))

        with pytest.raises(ProviderUnavailableError):
            service.delete_uploads(visit.id)

        assert service.stored(visit.id) == visit

    def test_a_change_meanwhile_keeps_both_and_asks_for_a_repetition(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        def meanwhile() -> None:
            service.update(visit.id, new_room=True)

        service.effects.after("delete_uploads", meanwhile)

        deletion = service.delete_uploads(visit.id)

        stored = service.stored(visit.id)
        assert deletion is not None
        assert (deletion.deleted, deletion.completed_at) == (3, None)
        assert stored.uploads == UploadsReceipt(deleted=3, completed_at=None)
        assert room_id(stored) != room_id(visit)

    def test_changes_without_end_are_a_conflict(self, service: Service, visit: Teleconsultation) -> None:
        for _ in range(3):
            service.effects.before("replace", failing(ConflictError("changed")))

        with pytest.raises(ConflictError):
            service.delete_uploads(visit.id)

        assert service.effects.calm()

    def test_a_deleted_visit_answers_that_it_was_deleted(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.delete(visit.id)

        with pytest.raises(TeleconsultationDeletedError):
            service.delete_uploads(visit.id)


class TestByItself:
    def closed(self, service: Service, visit: Teleconsultation) -> None:
        service.clock.now = CLOSES
        service.reconcile()
        assert service.stored(visit.id).disabled_rooms.keys() == {room_id(visit)}

    def test_they_are_kept_for_a_while_and_then_deleted_with_a_receipt(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        self.closed(service, visit)
        service.clock.now = CLOSES + UPLOADS_KEPT - INSTANT
        assert service.reconcile().uploads_deleted == 0

        service.clock.now = CLOSES + UPLOADS_KEPT
        done = service.reconcile()

        assert (done.uploads_deleted, files(service)) == (3, 0)
        stored = service.stored(visit.id)
        assert stored.uploads == UploadsReceipt(deleted=3, completed_at=service.clock.now)
        assert stored.uploads_due_at is None

    def test_once_is_enough(self, service: Service, visit: Teleconsultation) -> None:
        self.closed(service, visit)
        service.clock.now = CLOSES + UPLOADS_KEPT
        service.reconcile()
        service.effects.forget()

        service.clock.now += timedelta(days=1)
        service.reconcile()

        assert "delete_uploads" not in service.effects.log

    def test_where_the_operator_keeps_files_the_close_costs_nothing_more(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = None
        self.closed(service, visit)

        assert service.stored(visit.id).uploads_due_at is None

    def test_failures_are_tried_again_until_none_is_left(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        self.closed(service, visit)
        service.clock.now = CLOSES + UPLOADS_KEPT
        service.effects.before("delete_uploads", failing(DOWN))
        assert service.reconcile().failures == 1
        service.rooms.undeletable[room_id(visit)] = 1
        service.clock.now += timedelta(hours=1)
        assert (service.reconcile().uploads_deleted, files(service)) == (2, 1)
        service.rooms.undeletable.clear()
        service.clock.now += timedelta(hours=1)

        done = service.reconcile()

        assert (done.uploads_deleted, done.failures, files(service)) == (1, 0, 0)
        assert service.stored(visit.id).uploads == UploadsReceipt(deleted=3, completed_at=service.clock.now)

    def test_a_deleted_visit_loses_them_with_the_next_run(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.update(visit.id, new_room=True)
        service.rooms.uploads[room_id(service.stored(visit.id))] = 2
        service.delete(visit.id)
        assert (service.rooms.living, len(service.rooms.rooms)) == (set(), 2)

        service.clock.now += INSTANT
        service.reconcile()

        stored = service.stored(visit.id)
        assert (files(service), stored.uploads_due_at) == (0, None)
        assert stored.uploads == UploadsReceipt(deleted=5, completed_at=service.clock.now)
        assert stored.deleted_at is not None

    def test_its_rooms_are_deleted_when_their_files_are_known_to_be_gone(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.delete(visit.id)
        service.rooms.undeletable[room_id(visit)] = 1
        assert service.reconcile().failures == 1
        assert room_id(visit) in service.rooms.rooms
        service.rooms.undeletable.clear()
        service.clock.now += timedelta(hours=1)
        service.effects.forget()

        done = service.reconcile()

        assert (done.uploads_deleted, done.failures) == (1, 0)
        assert (files(service), service.rooms.rooms) == (0, {})
        assert [name for name in service.effects.log if name != "save_walk"] == [
            *("delete_uploads", "replace"),
            *("delete_room", "replace"),
        ]

    @pytest.mark.parametrize("effect", ["delete_uploads", "replace", "delete_room"])
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_run_that_dies_is_continued_and_the_receipt_is_true(
        self, service: Service, visit: Teleconsultation, effect: str, when: str
    ) -> None:
        service.delete(visit.id)
        getattr(service.effects, when)(effect, killed)
        with suppress(KilledError):
            service.reconcile()
        assert service.effects.calm()

        for _ in range(3):
            service.clock.now += timedelta(minutes=5)
            service.reconcile()

        receipt = service.stored(visit.id).uploads
        assert receipt is not None
        assert receipt.completed_at is not None
        assert (files(service), service.rooms.rooms) == (0, {})

    def test_a_room_that_cannot_be_disabled_is_not_emptied_yet(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.effects.before("disable_room", failing(DOWN))
        with pytest.raises(ProviderUnavailableError):
            service.delete(visit.id)
        service.effects.before("disable_room", failing(DOWN))

        assert service.reconcile().failures == 1

        assert (files(service), room_id(visit) in service.rooms.rooms) == (3, True)

    def test_a_room_that_the_provider_has_forgotten_has_no_receipt_that_says_its_files_are_gone(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.delete(visit.id)
        del service.rooms.rooms[room_id(visit)]

        done = service.reconcile()

        stored = service.stored(visit.id)
        assert (done.failures, stored.uploads_due_at, stored.disabled_rooms) == (0, None, {})
        assert stored.uploads == UploadsReceipt(deleted=0, completed_at=None)

    def test_where_the_operator_keeps_files_a_deleted_visit_is_settled_without_them(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = None
        service.delete(visit.id)

        service.reconcile()

        stored = service.stored(visit.id)
        assert (files(service), stored.past_rooms, stored.uploads_due_at) == (3, frozenset(), None)

    def test_a_visit_that_nobody_was_in_has_none_to_delete(self, service: Service) -> None:
        created = service.create()

        service.delete(created.id)

        assert service.stored(created.id).uploads_due_at is None

    def test_rooms_that_closed_before_it_was_turned_on_lose_them_on_the_last_day(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = None
        self.closed(service, visit)
        service.uploads_kept = UPLOADS_KEPT
        service.effects.forget()

        service.clock.now = END + RETENTION - timedelta(days=1)
        done = service.reconcile()

        assert (done.uploads_deleted, files(service), service.rooms.rooms) == (3, 0, {})
        assert [name for name in service.effects.log if name.startswith("delete_")] == [
            "delete_uploads",
            "delete_room",
        ]
