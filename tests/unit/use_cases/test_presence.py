"""Somebody who waits is seen by the others, and nothing else of the visit changes."""

from datetime import timedelta
from typing import Any

import pytest

from teleconsultation.domain.call import FactKind, ProviderEvent
from teleconsultation.domain.errors import NotAParticipantError, TeleconsultationDeletedError
from teleconsultation.domain.model import WAITING_SHOWN_FOR, Teleconsultation
from teleconsultation.use_cases.presence import NOTED_AGAIN_AFTER, NOTED_BEFORE_OPENING
from tests.fakes.samples import DOOR, END, START, doctor, patient
from tests.fakes.service import Service

OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
INSTANT = timedelta(milliseconds=1)


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    created = service.create()
    service.clock.now = OPENS
    service.effects.forget()
    return created


def waits(service: Service, visit: Teleconsultation) -> list[bool]:
    """Return who waits, by seat, as the doctor's page is told."""
    since = service.read(visit.id, user_id="doctor-1").waiting_since
    return [person.bandyer_user_id in since for person in visit.participants]


def test_the_others_see_since_when_somebody_waits(service: Service, visit: Teleconsultation) -> None:
    service.wait(visit.id)
    service.clock.now += timedelta(minutes=1)

    since = service.read(visit.id, user_id="doctor-1").waiting_since

    assert since == {visit.participants[1].bandyer_user_id: OPENS}


def test_the_version_stays_and_so_does_all_else(service: Service, visit: Teleconsultation) -> None:
    before = service.read(visit.id)
    service.wait(visit.id)

    after = service.read(visit.id)

    assert after.teleconsultation.entity_tag == before.teleconsultation.entity_tag
    assert service.effects.log == ["note_waiting"]


def test_a_change_that_comes_in_between_loses_no_sign(service: Service, visit: Teleconsultation) -> None:
    def change() -> None:
        service.update(visit.id, notice="We are late.")

    service.effects.before("note_waiting", change)

    service.wait(visit.id)

    assert waits(service, visit) == [False, True]


def test_a_sign_is_renewed_and_keeps_its_beginning(service: Service, visit: Teleconsultation) -> None:
    for _ in range(5):
        service.wait(visit.id)
        service.clock.now += WAITING_SHOWN_FOR - INSTANT

    assert set(service.read(visit.id).waiting_since.values()) == {OPENS}


def test_without_a_renewal_it_is_over_and_begins_anew(service: Service, visit: Teleconsultation) -> None:
    service.wait(visit.id)
    service.clock.now += WAITING_SHOWN_FOR
    gone = waits(service, visit)
    service.wait(visit.id)

    assert gone == [False, False]
    assert set(service.read(visit.id).waiting_since.values()) == {OPENS + WAITING_SHOWN_FOR}


def test_signs_that_follow_each_other_closely_are_written_once(
    service: Service, visit: Teleconsultation
) -> None:
    for _ in range(3):
        service.wait(visit.id)
    service.clock.now += NOTED_AGAIN_AFTER
    service.wait(visit.id)

    assert service.effects.log == ["note_waiting"] * 2


def test_long_before_the_opening_and_after_the_close_nobody_waits(
    service: Service, visit: Teleconsultation
) -> None:
    for moment in (OPENS - NOTED_BEFORE_OPENING - INSTANT, CLOSES):
        service.clock.now = moment
        service.wait(visit.id)

    assert service.effects.log == []


def test_an_hour_before_the_opening_somebody_may_wait(service: Service, visit: Teleconsultation) -> None:
    service.clock.now = OPENS - NOTED_BEFORE_OPENING

    service.wait(visit.id)

    assert waits(service, visit) == [False, True]


def test_only_participants_wait(service: Service, visit: Teleconsultation) -> None:
    with pytest.raises(NotAParticipantError):
        service.wait(visit.id, user_id="a stranger")
    with pytest.raises(NotAParticipantError):
        service.wait(visit.id, user_id="booking-system", is_manager=True)

    assert service.effects.log == []


def test_nobody_waits_for_a_deleted_visit(service: Service, visit: Teleconsultation) -> None:
    service.delete(visit.id)

    with pytest.raises(TeleconsultationDeletedError):
        service.wait(visit.id)


def test_a_day_after_the_close_nobody_is_told_who_waited(service: Service, visit: Teleconsultation) -> None:
    service.clock.now = CLOSES - INSTANT
    service.wait(visit.id)
    told = waits(service, visit)
    service.clock.now = CLOSES + timedelta(hours=24)

    assert told == [False, True]
    assert service.read(visit.id).waiting_since == {}


def test_neither_a_notice_nor_a_list_with_the_same_seats_loses_who_waits(
    service: Service, visit: Teleconsultation
) -> None:
    service.wait(visit.id)

    service.update(visit.id, notice="The doctor is late.")
    service.update(visit.id, invitees=(patient(), doctor()))

    assert waits(service, visit) == [False, True]


def test_the_same_list_sent_again_is_no_change_although_somebody_waits(
    service: Service, visit: Teleconsultation
) -> None:
    service.wait(visit.id)

    again = service.update(visit.id, invitees=(doctor(), patient()))

    assert again.version == visit.version


def test_who_is_given_a_seat_does_not_wait_because_the_one_before_did(
    service: Service, visit: Teleconsultation
) -> None:
    service.clock.now = OPENS - timedelta(minutes=30)
    service.wait(visit.id)

    changed = service.update(visit.id, invitees=(doctor(), patient("patient-2")))

    assert changed.participants[1].external_id == "patient-2"
    assert service.stored(visit.id).waiting == {}


def test_an_erased_person_does_not_wait(service: Service, visit: Teleconsultation) -> None:
    service.wait(visit.id)
    service.wait(visit.id, user_id="doctor-1")

    service.erase("patient-1")

    assert service.stored(visit.id).waiting.keys() == {0}


def test_the_time_on_the_page_counts_as_waiting_for_the_call(
    service: Service, visit: Teleconsultation
) -> None:
    service.wait(visit.id)
    service.clock.now += timedelta(minutes=3)
    assert visit.room is not None
    for seat, minutes in ((1, 3), (0, 5)):
        event = ProviderEvent(
            kind=FactKind.JOINED,
            at=OPENS + timedelta(minutes=minutes),
            room_id=visit.room.room_id,
            session_id="s1",
            user_id=visit.participants[seat].bandyer_user_id,
        )
        service.receive(event)
    service.clock.now += timedelta(minutes=5)

    seats = service.attendance(visit.id).seats

    assert [seat.waited_seconds for seat in seats] == [0, 300]


def test_people_sent_in_another_order_keep_their_minutes(service: Service, visit: Teleconsultation) -> None:
    assert visit.room is not None
    for kind, minutes in ((FactKind.JOINED, 3), (FactKind.LEFT, 5)):
        event = ProviderEvent(
            kind=kind,
            at=OPENS + timedelta(minutes=minutes),
            room_id=visit.room.room_id,
            session_id="s1",
            user_id=visit.participants[0].bandyer_user_id,
        )
        service.receive(event)

    def attended() -> dict[str, Any]:
        people = service.stored(visit.id).participants
        return dict(
            zip([person.external_id for person in people], service.attendance(visit.id).seats, strict=True)
        )

    before = attended()
    service.update(visit.id, invitees=(patient(), doctor()))

    assert attended() == before


def test_the_signs_of_a_list_that_loses_somebody_are_forgotten(
    service: Service, visit: Teleconsultation
) -> None:
    service.clock.now = OPENS - timedelta(minutes=30)
    service.wait(visit.id)

    shortened = service.update(visit.id, leaving="doctor-1")

    assert shortened.waiting == {}
    assert service.read(visit.id).waiting_since == {}
