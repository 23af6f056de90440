"""Each change of a visit is in its history, and nothing else is."""

from datetime import timedelta

from teleconsultation.domain.history import is_intact
from teleconsultation.use_cases.booking_data import BookingChanges
from tests.fakes.samples import START, patient
from tests.fakes.service import CLIENT, Service


def entries(service: Service, visit_id: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    stored = service.stored(visit_id)
    assert is_intact(stored.history, teleconsultation_id=stored.id)
    return [(entry.action, entry.by, entry.fields) for entry in stored.history]


def test_what_callers_do_is_kept_with_the_client_and_the_fields(service: Service) -> None:
    visit = service.create()
    service.clock.advance(seconds=60)
    service.update(visit.id, start_date=START + timedelta(hours=1), notice="We are late.")
    service.update(visit.id, new_room=True)
    service.delete(visit.id)

    assert entries(service, visit.id) == [
        ("created", CLIENT, ()),
        ("updated", CLIENT, ("start_date", "end_date", "notice")),
        ("updated", CLIENT, ("newRoom",)),
        ("deleted", CLIENT, ()),
    ]
    assert [entry.at - visit.created_at for entry in service.stored(visit.id).history] == [
        timedelta(seconds=seconds) for seconds in (0, 60, 60, 60)
    ]


def test_a_request_that_changes_nothing_is_not_kept(service: Service) -> None:
    visit = service.create()
    service.update(visit.id, start_date=START)
    service.delete(visit.id)
    service.delete(visit.id)

    assert [action for action, _, _ in entries(service, visit.id)] == ["created", "deleted"]


def test_a_room_that_was_lost_is_replaced_by_the_service(service: Service) -> None:
    visit = service.create()
    service.clock.now = START - timedelta(minutes=30)
    service.rooms.rooms.clear()

    service.reconcile()

    assert entries(service, visit.id)[1:] == [("room_replaced", None, ())]


def test_an_erasure_is_kept_and_names_nobody(service: Service) -> None:
    visit = service.create()
    service.update(
        visit.id,
        booking=BookingChanges(reference="A-1", metadata={"ward": "of Paolo"}),
        notice="Paolo is late",
    )
    service.erase("patient-1")

    assert entries(service, visit.id)[-1] == ("person_erased", None, ("participants",))
    told = str(service.stored(visit.id).history)
    assert not any(text in told for text in ("patient-1", "Paolo", "A-1"))


def test_what_the_reconciler_keeps_for_itself_is_not_kept(service: Service) -> None:
    visit = service.create()
    service.clock.now = START + timedelta(hours=5)

    service.reconcile()

    assert [action for action, _, _ in entries(service, visit.id)] == ["created"]


def test_a_person_who_joins_or_leaves_is_a_change_of_the_participants(service: Service) -> None:
    visit = service.create(number=3)
    service.update(visit.id, joining=patient("patient-2"))
    service.update(visit.id, leaving="patient-2")

    assert entries(service, visit.id)[1:] == [("updated", CLIENT, ("participants",))] * 2
