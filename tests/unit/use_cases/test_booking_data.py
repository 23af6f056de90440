"""The booking system's own data is stored, merged and removed, and never reaches a participant."""

import pytest

from teleconsultation.domain.errors import InvalidRequestError
from teleconsultation.domain.model import BookingData
from teleconsultation.use_cases.booking_data import MAX_PAIRS, BookingChanges
from tests.fakes.service import Service

STORED = BookingData(reference="A-17", metadata={"ward": "3B", "bed": "7"})
FULL = {f"name-{number}": "x" for number in range(MAX_PAIRS)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (BookingChanges(), STORED),
        (BookingChanges(reference="B"), BookingData(reference="B", metadata=STORED.metadata)),
        (BookingChanges(reference=""), BookingData(metadata=STORED.metadata)),
        (BookingChanges(metadata=None), BookingData(reference="A-17")),
        (
            BookingChanges(metadata={"ward": None, "bed": "", "urgent": "yes"}),
            BookingData(reference="A-17", metadata={"urgent": "yes"}),
        ),
        (
            BookingChanges(metadata={"ward": None, "unknown": None}),
            BookingData(reference="A-17", metadata={"bed": "7"}),
        ),
    ],
    ids=["nothing", "reference", "no reference", "no metadata", "merged", "removed twice"],
)
def test_a_change_is_merged_into_what_is_stored(changes: BookingChanges, expected: BookingData) -> None:
    assert changes.applied_to(STORED) == expected


def test_a_visit_holds_20_pairs_and_no_more() -> None:
    full = BookingChanges(metadata=dict(FULL)).applied_to(BookingData())

    assert len(full.metadata) == MAX_PAIRS
    one_for_another = BookingChanges(metadata={"name-0": None, "another": "x"}).applied_to(full)
    assert len(one_for_another.metadata) == MAX_PAIRS
    with pytest.raises(InvalidRequestError) as refused:
        BookingChanges(metadata={"one-more": "x"}).applied_to(full)
    assert [error.field for error in refused.value.errors] == ["metadata"]


def test_a_creation_with_too_many_pairs_has_no_effect() -> None:
    service = Service()

    with pytest.raises(InvalidRequestError):
        service.create(booking=BookingChanges(metadata=FULL | {"one-more": "x"}))

    assert service.effects.log == []


def test_the_data_stays_through_a_change_of_the_room() -> None:
    service = Service()
    created = service.create(booking=BookingChanges(reference="A-17", metadata={"ward": "3B"}))

    changed = service.update(created.id, new_room=True)

    assert service.stored(created.id) == changed
    assert changed.booking == BookingData(reference="A-17", metadata={"ward": "3B"})


def test_the_same_data_again_changes_nothing() -> None:
    service = Service()
    same = BookingChanges(reference="A-17", metadata={"ward": "3B"})
    created = service.create(booking=same)

    assert service.update(created.id, booking=same) == created


def test_only_a_manager_reads_it() -> None:
    service = Service()
    created = service.create(booking=BookingChanges(reference="A-17"))

    by_manager = service.read(created.id, user_id="booking-system", is_manager=True)
    by_patient = service.read(created.id)

    assert by_manager.booking == BookingData(reference="A-17")
    assert by_patient.booking is None


def test_an_erasure_removes_the_metadata_and_leaves_the_reference() -> None:
    service = Service()
    created = service.create(booking=BookingChanges(reference="A-17", metadata={"called": "Joe Smith"}))

    service.erase("patient-1")

    assert service.stored(created.id).booking == BookingData(reference="A-17")
