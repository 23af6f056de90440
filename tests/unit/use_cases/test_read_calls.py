"""What the provider knows of a visit's room, calls and recordings, for whom it is meant."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    NotAParticipantError,
    NotAPlusUserError,
    NotSupportedByProviderApiError,
    RecordingNotFoundError,
    RecordingOffError,
    RoomLostError,
    SessionNotFoundError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.room_details import CallSession
from teleconsultation.use_cases.admission import Caller
from teleconsultation.use_cases.read_calls import (
    RECORDING_RETRY_SECONDS,
    read_details,
    read_recording,
    read_sessions,
    read_transcription,
)
from tests.fakes.samples import DOOR, END, START, doctor
from tests.fakes.service import RETENTION, Service

CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
DOCTOR = Caller(user_id="doctor-1")
PATIENT = Caller(user_id="patient-1")
STRANGER = Caller(user_id="stranger")
MANAGER = Caller(user_id="booking-system", is_manager=True)

type Read = Callable[[Service, str, Caller], object]


def details(service: Service, id_: str, caller: Caller) -> object:
    return read_details(id_, caller=caller, join_links=True, ports=service.ports)


def sessions(service: Service, id_: str, caller: Caller) -> object:
    return read_sessions(id_, caller=caller, join_links=True, ports=service.ports)


def recording(service: Service, id_: str, caller: Caller) -> object:
    return read_recording(id_, "session_1", caller=caller, join_links=True, ports=service.ports)


def transcription(service: Service, id_: str, caller: Caller) -> object:
    return read_transcription(
        id_, caller=caller, join_links=True, teleconsultations=service.teleconsultations
    )


READS = [details, sessions, recording, transcription]


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    """A visit with a call of half an hour, in which the patient was for a minute less."""
    created = service.create()
    service.clock.now = START
    hold_call(service, created, session_id="session_1")
    return created


def room_id(visit: Teleconsultation) -> str:
    assert visit.room is not None
    return visit.room.room_id


def hold_call(service: Service, visit: Teleconsultation, *, session_id: str) -> None:
    plus, basic = (person.bandyer_user_id for person in visit.participants)
    service.rooms.sessions.setdefault(room_id(visit), []).append(
        CallSession(
            session_id=session_id,
            started_at=service.clock(),
            duration_seconds=1800,
            seconds={plus: 1800, basic: 1740},
        )
    )


@pytest.mark.parametrize("read", READS)
def test_strangers_learn_nothing(service: Service, visit: Teleconsultation, read: Read) -> None:
    with pytest.raises(NotAParticipantError):
        read(service, visit.id, STRANGER)
    with pytest.raises(TeleconsultationNotFoundError):
        read(service, "0" * 24, MANAGER)


@pytest.mark.parametrize("read", [sessions, recording, transcription])
def test_basic_participants_may_not_see_the_calls(
    service: Service, visit: Teleconsultation, read: Read
) -> None:
    with pytest.raises(NotAPlusUserError):
        read(service, visit.id, PATIENT)


@pytest.mark.parametrize("read", READS)
def test_a_deleted_visit_answers_that_it_was_deleted(
    service: Service, visit: Teleconsultation, read: Read
) -> None:
    service.delete(visit.id)

    with pytest.raises(TeleconsultationDeletedError):
        read(service, visit.id, MANAGER)


class TestDetails:
    @pytest.mark.parametrize("caller", [DOCTOR, PATIENT, MANAGER])
    def test_they_are_of_the_living_room(
        self, service: Service, visit: Teleconsultation, caller: Caller
    ) -> None:
        service.rooms.running.add(room_id(visit))

        found = read_details(visit.id, caller=caller, join_links=True, ports=service.ports)

        assert found is not None
        assert (found.status, found.is_disabled, found.used_seconds) == ("RUNNING", False, 1800)

    def test_a_visit_without_a_room_has_none(self, service: Service) -> None:
        waiting = service.create((doctor(),), number=2)

        assert details(service, waiting.id, MANAGER) is None

    def test_after_a_replacement_they_are_of_the_new_room(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.update(visit.id, new_room=True)

        found = read_details(visit.id, caller=DOCTOR, join_links=True, ports=service.ports)

        assert found is not None
        assert (found.is_disabled, found.used_seconds) == (False, 0)

    def test_after_the_visit_they_are_of_the_room_that_was_disabled_last(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.update(visit.id, new_room=True)
        service.clock.now = CLOSES
        hold_call(service, service.stored(visit.id), session_id="session_2")
        service.reconcile()
        assert len(service.stored(visit.id).disabled_rooms) == 2

        found = read_details(visit.id, caller=DOCTOR, join_links=True, ports=service.ports)

        assert found is not None
        assert (found.is_disabled, [one.session_id for one in found.sessions]) == (True, ["session_2"])

    def test_a_lost_room_is_told(self, service: Service, visit: Teleconsultation) -> None:
        del service.rooms.rooms[room_id(visit)]

        with pytest.raises(RoomLostError):
            details(service, visit.id, DOCTOR)

    def test_when_the_provider_keeps_no_room_any_more_there_are_none(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.clock.now = END + RETENTION - timedelta(days=1)
        service.reconcile()
        service.reconcile()
        service.rooms.rooms.clear()

        assert details(service, visit.id, MANAGER) is None


class TestSessions:
    def test_they_say_who_was_there_for_how_long(self, service: Service, visit: Teleconsultation) -> None:
        [one] = read_sessions(visit.id, caller=DOCTOR, join_links=True, ports=service.ports)

        assert [(person.external_id, person.seconds) for person in one.people] == [
            ("doctor-1", 1800),
            ("patient-1", 1740),
        ]
        assert (one.session.duration_seconds, one.recording) == (1800, "none")

    def test_those_in_replaced_rooms_are_among_them_in_their_order(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.update(visit.id, new_room=True)
        service.clock.now += timedelta(hours=1)
        hold_call(service, service.stored(visit.id), session_id="session_0")

        found = read_sessions(visit.id, caller=MANAGER, join_links=True, ports=service.ports)

        assert [one.session.session_id for one in found] == ["session_1", "session_0"]

    def test_an_erased_person_has_no_name(self, service: Service, visit: Teleconsultation) -> None:
        service.erase("patient-1")

        [one] = read_sessions(visit.id, caller=DOCTOR, join_links=True, ports=service.ports)

        assert [person.external_id for person in one.people] == ["doctor-1", None]

    def test_a_lost_room_had_none(self, service: Service, visit: Teleconsultation) -> None:
        del service.rooms.rooms[room_id(visit)]

        assert sessions(service, visit.id, DOCTOR) == []

    @pytest.mark.parametrize(
        ("hours", "is_there", "state"),
        [(1, True, "available"), (1, False, "processing"), (24, False, "processing"), (25, False, "none")],
    )
    def test_a_recording_is_there_or_may_come_for_a_day(
        self, service: Service, visit: Teleconsultation, hours: int, state: str, *, is_there: bool
    ) -> None:
        service.rooms.is_recording = True
        if is_there:
            service.rooms.recordings["session_1"] = "https://recordings.test/1.mp4"
        service.clock.now = START + timedelta(hours=hours)

        [one] = read_sessions(visit.id, caller=DOCTOR, join_links=True, ports=service.ports)

        assert one.recording == state


class TestRecording:
    def test_its_address_opens_it_for_a_minute(self, service: Service, visit: Teleconsultation) -> None:
        service.rooms.is_recording = True
        service.rooms.recordings["session_1"] = "https://recordings.test/1.mp4"

        link = read_recording(visit.id, "session_1", caller=DOCTOR, join_links=True, ports=service.ports)

        assert link.url == "https://recordings.test/1.mp4?valid=60"
        assert link.expires_at == START + timedelta(seconds=60)
        assert "recordings.test" not in repr(link)

    @pytest.mark.parametrize("session_id", ["session_2", "", "../room", "x" * 10_000])
    def test_a_call_of_another_visit_is_not_found_and_not_asked_for(
        self, service: Service, visit: Teleconsultation, session_id: str
    ) -> None:
        service.rooms.is_recording = True
        service.rooms.recordings[session_id] = "https://recordings.test/2.mp4"

        with pytest.raises(SessionNotFoundError):
            read_recording(visit.id, session_id, caller=DOCTOR, join_links=True, ports=service.ports)

    def test_where_calls_are_not_recorded_there_is_none(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        with pytest.raises(RecordingOffError):
            recording(service, visit.id, MANAGER)

    @pytest.mark.parametrize(("hours", "retry"), [(1, RECORDING_RETRY_SECONDS), (25, None)])
    def test_one_that_may_come_is_to_be_asked_for_again(
        self, service: Service, visit: Teleconsultation, hours: int, retry: int | None
    ) -> None:
        service.rooms.is_recording = True
        service.clock.now = START + timedelta(hours=hours)

        with pytest.raises(RecordingNotFoundError) as error:
            recording(service, visit.id, MANAGER)

        assert error.value.retry_after_seconds == retry


def test_there_are_no_transcriptions(service: Service, visit: Teleconsultation) -> None:
    with pytest.raises(NotSupportedByProviderApiError):
        transcription(service, visit.id, DOCTOR)
