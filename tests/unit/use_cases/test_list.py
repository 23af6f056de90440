"""A list has the visits of its days, page by page, each once and in order."""

from datetime import timedelta

import pytest

from teleconsultation.domain.listing import ListPosition
from teleconsultation.use_cases import list as listing
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.list import Page, Wanted, list_teleconsultations
from tests.fakes.samples import START, patient, schedule
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

    pages = [page(service, wanted)]
    while pages[-1].continues_after is not None:
        pages.append(page(service, wanted, after=pages[-1].continues_after))

    assert [ids(one) for one in pages] == [[], [], [last]]
