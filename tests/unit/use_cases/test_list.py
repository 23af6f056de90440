"""A list has the visits of its days, page by page, each once and in order."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.listing import ListPosition
from teleconsultation.domain.model import Ending, Outcome, Teleconsultation
from teleconsultation.use_cases import list as listing
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.list import Page, Wanted, list_teleconsultations
from tests.fakes.samples import START, doctor, patient, schedule, user
from tests.fakes.service import Service

DAY = timedelta(days=1)
WEEK = Wanted(since=START - DAY, before=START + 6 * DAY)


def page(
    service: Service, wanted: Wanted = WEEK, *, after: ListPosition | None = None, size: int = 100
) -> Page:
    return list_teleconsultations(
        wanted,
        after=after,
        size=size,
        teleconsultations=service.teleconsultations,
        door=service.policy.door,
        clock=service.clock,
    )


def all_pages(service: Service, wanted: Wanted, *, size: int = 100) -> list[Page]:
    pages = [page(service, wanted, size=size)]
    while pages[-1].continues_after is not None:
        pages.append(page(service, wanted, after=pages[-1].continues_after, size=size))
    return pages


def end(service: Service, visit: Teleconsultation, outcome: Outcome) -> str:
    """Store what the reconciler stores once the door has closed."""
    stored = service.stored(visit.id)
    service.teleconsultations.replace(
        replace(stored, version=stored.version + 1, ending=Ending(outcome=outcome)),
        expected_version=stored.version,
    )
    return visit.id


def ids(of: Page) -> list[str]:
    return [entry.teleconsultation.id for entry in of.entries]


def test_pages_have_each_visit_once_in_the_order_of_their_start() -> None:
    service = Service()
    created = [
        service.create(schedule=schedule(start_date=START + hours * DAY / 24)).id for hours in (9, 1, 5)
    ]

    first = page(service, size=2)
    second = page(service, size=2, after=first.continues_after)

    assert ids(first) + ids(second) == [created[1], created[2], created[0]]
    assert first.continues_after is not None
    assert second.continues_after is None


def test_the_period_includes_its_first_instant_and_not_its_last() -> None:
    service = Service()
    at_once = service.create(schedule=schedule(start_date=START)).id
    service.create(schedule=schedule(start_date=START + DAY))

    assert ids(page(service, Wanted(since=START, before=START + DAY))) == [at_once]


def test_each_state_is_found() -> None:
    service = Service()
    waiting = service.create((patient(),), number=2).id
    deleted = service.create().id
    service.delete(deleted)
    ready = service.create().id
    expected = {"WAITING_FOR_PARTICIPANTS": [waiting], "DELETED": [deleted], "SCHEDULED": [ready], "OPEN": []}

    for state, found in expected.items():
        of_state = page(service, Wanted(since=WEEK.since, before=WEEK.before, state=state))
        assert ids(of_state) == found, state
        assert all(entry.state == state for entry in of_state.entries)

    service.clock.now = START
    opened = page(service, Wanted(since=WEEK.since, before=WEEK.before, state="OPEN"))
    assert ids(opened) == [ready]


def test_a_reference_is_found_as_it_was_sent() -> None:
    service = Service()
    wanted = service.create(booking=BookingChanges(reference="A-17")).id
    service.create(booking=BookingChanges(reference="a-17"))
    service.create()

    found = page(service, Wanted(since=WEEK.since, before=WEEK.before, reference="A-17"))

    assert ids(found) == [wanted]
    assert found.entries[0].teleconsultation.reference == "A-17"


def test_a_request_that_finds_little_ends_and_can_be_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    monkeypatch.setattr(listing, "MAX_EXAMINED", 2)
    for hours in range(4):
        service.create(schedule=schedule(start_date=START + hours * DAY / 24))
    last = service.create(
        schedule=schedule(start_date=START + DAY), booking=BookingChanges(reference="A-17")
    ).id
    wanted = Wanted(since=WEEK.since, before=WEEK.before, reference="A-17")

    pages = all_pages(service, wanted)

    assert [ids(one) for one in pages] == [[], [], [last]]


def test_each_outcome_is_found_and_what_is_not_known_yet_is_unknown() -> None:
    service = Service()
    expected = {outcome: [end(service, service.create(), outcome)] for outcome in Outcome}
    expected[Outcome.UNKNOWN] = sorted([*expected[Outcome.UNKNOWN], service.create().id])

    for outcome, found in expected.items():
        assert ids(page(service, replace(WEEK, outcome=outcome))) == found, outcome


def test_a_person_has_the_visits_that_they_take_part_in_now() -> None:
    service = Service()
    theirs = service.create().id
    left = service.create((doctor(), patient(), patient("patient-2")), number=3).id
    service.update(left, leaving="patient-1")
    service.create((doctor(), patient("patient-10")))
    service.create((doctor(), patient("Patient-1")))

    assert ids(page(service, replace(WEEK, participant="patient-1"))) == [theirs]
    assert ids(page(service, replace(WEEK, participant="nobody"))) == []


def test_a_person_is_found_by_an_alias_too() -> None:
    service = Service()
    service.teleconsultations.save_users([replace(user("patient-1"), aliases=frozenset({"card-7"}))])
    theirs = service.create().id

    assert ids(page(service, replace(WEEK, participant="card-7"))) == [theirs]


def test_who_was_erased_has_no_visits() -> None:
    service = Service()
    service.create()
    service.erase("patient-1")

    assert page(service, replace(WEEK, participant="patient-1")) == Page(entries=(), continues_after=None)


def test_parameters_together_leave_what_matches_all() -> None:
    service = Service()
    missed = end(service, service.create(), Outcome.NO_SHOW)
    end(service, service.create(), Outcome.HELD)
    end(service, service.create((doctor(), patient("patient-2"))), Outcome.NO_SHOW)
    wanted = replace(WEEK, outcome=Outcome.NO_SHOW, participant="patient-1")

    assert ids(page(service, wanted)) == [missed]
    assert ids(page(service, replace(wanted, state="DELETED"))) == []

    service.delete(missed)
    assert ids(page(service, replace(wanted, state="DELETED"))) == [missed]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_of_a_person_have_each_visit_once(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    service = Service()
    monkeypatch.setattr(listing, "RECORDS_READ_TOGETHER", 3)
    monkeypatch.setattr(listing, "MAX_RECORDS_EXAMINED", 5)
    theirs = []
    # Half of them start at the same instants.
    for number in range(14):
        start = schedule(start_date=START + number // 2 * DAY / 24)
        who = "patient-1" if number % 4 else "patient-2"
        visit = service.create((doctor(), patient(who)), schedule=start)
        if who == "patient-1":
            theirs.append((start.start_date, visit.id))

    pages = all_pages(service, replace(WEEK, participant="patient-1"), size=size)

    assert [one for each in pages for one in ids(each)] == [visit_id for _, visit_id in sorted(theirs)]
    assert all(len(each.entries) <= size for each in pages)


def test_a_list_that_the_index_answers_reads_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    service.create()
    service.create(booking=BookingChanges(reference="A-17"))
    read = list[int]()
    get_all = service.teleconsultations.get_all

    def counted(of: Collection[str]) -> Mapping[str, Teleconsultation]:
        read.append(len(of))
        return get_all(of)

    monkeypatch.setattr(service.teleconsultations, "get_all", counted)

    page(service, replace(WEEK, state="SCHEDULED"))
    assert read == []

    page(service, replace(WEEK, reference="A-17", participant="patient-1"))
    assert read == [1]
