"""What every storage of requested erasures does, whatever it is made of."""

from datetime import timedelta

import pytest

from teleconsultation.domain.erasure import INTERRUPTED, KEPT, ErasureStatus, RequestedErasure
from teleconsultation.domain.errors import ErasureNotFoundError
from teleconsultation.domain.ports import Erasures
from tests.fakes.watch import NOON, Watch

ONE, OTHER = "1" * 32, "2" * 32
SOON, LATER = NOON + timedelta(minutes=5), NOON + timedelta(minutes=16)


def claimed(erasures: Erasures) -> RequestedErasure:
    erasures.request(ONE, external_id="patient-1", at=NOON)
    claim = erasures.claim(ONE, now=NOON, until=LATER)
    assert claim is not None
    return claim


def test_what_nobody_requested_is_not_found(erasures: Erasures) -> None:
    with pytest.raises(ErasureNotFoundError):
        erasures.get(ONE)


def test_a_request_is_due_at_once(erasures: Erasures) -> None:
    requested = erasures.request(ONE, external_id="patient-1", at=NOON)

    assert requested == erasures.get(ONE)
    assert requested == RequestedErasure(id=ONE, external_id="patient-1", requested_at=NOON, due_at=NOON)
    assert requested.status(now=NOON) is ErasureStatus.PENDING
    assert list(erasures.due(now=NOON)) == [ONE]
    assert list(erasures.due(now=NOON - timedelta(seconds=1))) == []


def test_the_one_that_has_waited_longest_comes_first(erasures: Erasures) -> None:
    erasures.request(ONE, external_id="patient-1", at=SOON)
    erasures.request(OTHER, external_id="patient-2", at=NOON)

    assert list(erasures.due(now=SOON)) == [OTHER, ONE]


def test_a_claim_excludes_others_until_its_lease_ends(erasures: Erasures) -> None:
    claim = claimed(erasures)

    assert (claim.external_id, claim.due_at, claim.stopped_by) == ("patient-1", LATER, INTERRUPTED)
    assert (list(erasures.due(now=SOON)), list(erasures.due(now=LATER))) == ([], [ONE])
    assert erasures.claim(ONE, now=SOON, until=LATER + timedelta(minutes=5)) is None
    assert [claim.status(now=now) for now in (SOON, LATER)] == [ErasureStatus.RUNNING, ErasureStatus.FAILED]
    again = erasures.claim(ONE, now=LATER, until=LATER + timedelta(minutes=16))
    assert again is not None
    assert again.external_id == "patient-1"


def test_a_claim_whose_answer_was_lost_can_be_repeated(erasures: Erasures) -> None:
    claim = claimed(erasures)

    assert erasures.claim(ONE, now=NOON, until=LATER) == claim


def test_visits_that_lack_somebody_are_collected(erasures: Erasures) -> None:
    claimed(erasures)
    for visit in ("a", "b", "a"):
        erasures.note_upcoming(ONE, visit)

    requested_again = erasures.request(ONE, external_id="patient-1", at=SOON)

    assert erasures.get(ONE).upcoming == requested_again.upcoming == {"a", "b"}


@pytest.mark.parametrize("resume_from", [None, "0" * 24])
def test_a_run_that_was_stopped_says_why_and_where(erasures: Erasures, resume_from: str | None) -> None:
    claim = claimed(erasures)
    erasures.stop(claim, stopped_by="storage", resume_from=resume_from, due_at=SOON)

    stopped = erasures.get(ONE)

    assert (stopped.stopped_by, stopped.resume_from, stopped.due_at) == ("storage", resume_from, SOON)
    assert stopped.status(now=NOON) is ErasureStatus.FAILED
    assert list(erasures.due(now=SOON)) == [ONE]


def test_one_that_ran_out_of_time_has_not_failed(erasures: Erasures) -> None:
    erasures.stop(claimed(erasures), stopped_by=None, resume_from="0" * 24, due_at=SOON)

    assert erasures.get(ONE).status(now=NOON) is ErasureStatus.PENDING


def test_a_completed_one_is_read_for_a_while_without_the_person(erasures: Erasures, clock: Watch) -> None:
    claim = claimed(erasures)
    for _ in range(2):
        erasures.complete(claim, at=SOON)

    completed = erasures.get(ONE)

    assert completed == RequestedErasure(
        id=ONE, external_id=None, requested_at=NOON, due_at=None, completed_at=SOON
    )
    assert completed.status(now=SOON) is ErasureStatus.COMPLETED
    assert list(erasures.due(now=LATER)) == []
    assert erasures.claim(ONE, now=LATER, until=LATER + timedelta(minutes=5)) is None
    clock.now = SOON + KEPT
    with pytest.raises(ErasureNotFoundError):
        erasures.get(ONE)


def test_a_completed_one_can_be_requested_again(erasures: Erasures) -> None:
    erasures.complete(claimed(erasures), at=SOON)

    again = erasures.request(ONE, external_id="patient-1", at=LATER)

    assert again == erasures.get(ONE)
    assert (again.external_id, again.due_at, again.completed_at) == ("patient-1", LATER, None)


def test_a_run_does_not_end_what_was_requested_after_it_began(erasures: Erasures) -> None:
    claim = claimed(erasures)
    again = erasures.request(ONE, external_id="patient-1", at=SOON)

    erasures.stop(claim, stopped_by="conflict", resume_from="0" * 24, due_at=LATER)
    erasures.complete(claim, at=LATER)

    assert erasures.get(ONE) == again
