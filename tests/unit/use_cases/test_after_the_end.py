"""What the reconciler learns of a visit after its door has closed: its outcome and its recordings."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.call import FactKind
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import Ending, Outcome, Teleconsultation, UploadsReceipt
from teleconsultation.domain.room_plan import Connection
from teleconsultation.use_cases.call_records import RECORDINGS_EXPECTED_FOR
from tests.fakes.effects import failing
from tests.fakes.samples import DOOR, END, START
from tests.fakes.service import RETENTION, Service

OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
RUN = timedelta(minutes=5)
DAY = timedelta(days=1)
DOWN = ProviderUnavailableError()
PATIENT = 1


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    """A visit to which only the doctor came, in a room that is recorded."""
    service.rooms.is_recording = True
    return with_doctor_in_the_call(service)


def with_doctor_in_the_call(service: Service) -> Teleconsultation:
    created = service.create()
    join(service, created)
    return created


def join(service: Service, visit: Teleconsultation) -> None:
    """Let the doctor be in the call."""
    assert visit.room is not None
    service.rooms.connections[visit.room.room_id] = (
        Connection(
            session_id="s1",
            user_id=visit.participants[0].bandyer_user_id,
            began_at=OPENS,
            ended_at=OPENS + timedelta(minutes=9),
        ),
    )


def close(service: Service) -> None:
    service.clock.now = CLOSES
    service.reconcile()


def looks_until(service: Service, *, hours: float) -> list[int]:
    """Run the reconciler every five minutes, and return after how many minutes it looked for a recording."""
    looked: list[int] = []

    def note() -> None:
        looked.append((service.clock.now - CLOSES) // timedelta(minutes=1))

    for _ in range(50):
        service.effects.before("recording_url", note)
    while service.clock.now < CLOSES + timedelta(hours=hours):
        service.clock.now += RUN
        service.reconcile()
    service.effects.calm()
    return looked


def recordings(service: Service, visit: Teleconsultation) -> list[str]:
    facts = service.calls.get(visit.id).facts
    return [fact.session_id for fact in facts if fact.kind is FactKind.RECORDED]


class TestOutcome:
    def test_the_record_says_who_did_not_come(self, service: Service, visit: Teleconsultation) -> None:
        close(service)

        assert service.stored(visit.id).ending == Ending(outcome=Outcome.NO_SHOW, absent_seats=(PATIENT,))

    def test_before_the_close_it_says_nothing(self, service: Service, visit: Teleconsultation) -> None:
        service.clock.now = CLOSES - RUN
        service.reconcile()

        assert service.stored(visit.id).ending is None

    def test_a_room_that_could_not_be_disabled_at_once_delays_it(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.effects.before("disable_room", failing(DOWN))
        close(service)
        before = service.stored(visit.id).ending
        service.clock.now += timedelta(hours=1)
        service.reconcile()

        assert before is None
        assert service.stored(visit.id).ending is not None
        assert service.attendance(visit.id).outcome is Outcome.NO_SHOW

    @pytest.mark.parametrize(
        ("lost_at", "outcome"),
        [(OPENS - timedelta(minutes=10), Outcome.NO_SHOW), (OPENS + timedelta(minutes=1), Outcome.UNKNOWN)],
        ids=["before the opening", "after it, when somebody may have been there"],
    )
    def test_a_room_that_was_lost_before_anybody_could_enter_leaves_the_outcome_certain(
        self, service: Service, lost_at: datetime, outcome: Outcome
    ) -> None:
        lost = service.create()
        service.clock.now = lost_at
        service.rooms.rooms.clear()
        service.reconcile()
        service.check_room(lost.id)
        visit = service.stored(lost.id)
        assert visit.room is not None
        assert visit.room != lost.room
        join(service, visit)

        close(service)

        assert service.attendance(visit.id).outcome is outcome

    def test_an_erasure_leaves_it_and_no_more(self, service: Service, visit: Teleconsultation) -> None:
        close(service)
        service.erase("patient-1")

        assert service.attendance(visit.id).outcome is Outcome.NO_SHOW

    def test_a_visit_that_is_moved_to_another_date_has_no_end_again(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        service.update(visit.id, start_date=CLOSES + timedelta(days=1))

        assert service.stored(visit.id).ending is None

    def test_another_change_after_the_end_leaves_it(self, service: Service, visit: Teleconsultation) -> None:
        close(service)
        ending = service.stored(visit.id).ending
        service.update(visit.id, notice="Write to us.")

        assert service.stored(visit.id).ending == ending

    def test_a_record_that_an_earlier_version_closed_gets_none_late(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        closed = service.stored(visit.id)
        older = replace(closed, version=closed.version + 1, ending=None, uploads_due_at=CLOSES + 9 * DAY)
        service.teleconsultations.replace(older, expected_version=closed.version)

        service.clock.now = CLOSES + 9 * DAY
        service.reconcile()

        assert service.stored(visit.id).uploads_due_at is None
        assert service.stored(visit.id).ending is None


class TestRoomAtTheEnd:
    def test_it_is_deleted_before_the_record_expires_even_if_a_file_cannot_be(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = timedelta(minutes=15)
        assert visit.room is not None
        close(service)
        expiry = expires_at(service.stored(visit.id), retention=RETENTION)
        service.clock.now = expiry - timedelta(hours=20)
        service.rooms.uploads[visit.room.room_id] = 1
        lives = []

        while service.clock.now < expiry - RUN:
            service.effects.before("delete_uploads", failing(DOWN))
            service.reconcile()
            service.effects.calm()
            lives.append(visit.room.room_id in service.rooms.rooms)
            service.clock.now += RUN

        assert lives[0]
        assert not lives[-1]


class TestRecordings:
    def test_it_is_looked_for_after_pauses_that_grow_until_it_is_there(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        before = looks_until(service, hours=2)
        service.rooms.recordings["s1"] = "https://provider.test/recording"

        after = looks_until(service, hours=48)

        assert (before, after) == ([10, 20, 40, 80], [160])
        assert recordings(service, visit) == ["s1"]
        assert service.stored(visit.id).recordings_due_at is None

    def test_one_that_never_comes_is_given_up_after_a_day(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)

        looks = looks_until(service, hours=72)

        assert looks[-1] > 1440
        assert looks[-2] < RECORDINGS_EXPECTED_FOR // timedelta(minutes=1)
        assert recordings(service, visit) == []
        assert service.stored(visit.id).recordings_due_at is None

    def test_a_room_that_is_not_recorded_has_none(self, service: Service) -> None:
        visit = with_doctor_in_the_call(service)
        close(service)

        assert looks_until(service, hours=3) == []
        assert service.stored(visit.id).recordings_due_at is None

    def test_a_visit_in_which_nobody_was_has_none(self, service: Service) -> None:
        service.rooms.is_recording = True
        service.create()
        close(service)

        assert looks_until(service, hours=3) == []

    def test_a_provider_that_cannot_say_keeps_no_file(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.uploads_kept = timedelta(minutes=15)
        assert visit.room is not None
        service.rooms.uploads[visit.room.room_id] = 2
        close(service)
        service.clock.now += timedelta(minutes=15)
        service.effects.before("recording_url", failing(DOWN))

        done = service.reconcile()

        receipt = service.stored(visit.id).uploads
        assert done.failures == 0
        assert receipt == UploadsReceipt(deleted=2, completed_at=CLOSES + timedelta(minutes=15))
        service.rooms.recordings["s1"] = "https://provider.test/recording"
        looks_until(service, hours=2)
        assert recordings(service, visit) == ["s1"]

    def test_one_that_the_provider_cannot_speak_of_is_given_up_after_a_day_and_delays_nobody(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        failures = 0
        while service.clock.now < CLOSES + timedelta(hours=72):
            service.clock.now += timedelta(minutes=30)
            service.effects.before("recording_url", failing(DOWN))
            failures += service.reconcile().failures
            service.effects.calm()

        assert failures == 0
        assert recordings(service, visit) == []
        assert service.stored(visit.id).recordings_due_at is None

    def test_of_a_deleted_visit_none_is_announced(self, service: Service, visit: Teleconsultation) -> None:
        close(service)
        service.delete(visit.id)
        service.rooms.recordings["s1"] = "https://provider.test/recording"

        assert looks_until(service, hours=3) == []
        assert recordings(service, visit) == []

    def test_a_recording_comes_although_the_visit_was_moved(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        service.update(visit.id, start_date=CLOSES + timedelta(days=9))
        service.rooms.recordings["s1"] = "https://provider.test/recording"

        looks_until(service, hours=1)

        assert recordings(service, visit) == ["s1"]

    def test_a_session_of_a_room_that_is_recorded_no_more_is_left_out(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        close(service)
        service.rooms.is_recording = False

        assert looks_until(service, hours=3) == [10]
        assert service.stored(visit.id) == replace(service.stored(visit.id), recordings_due_at=None)
