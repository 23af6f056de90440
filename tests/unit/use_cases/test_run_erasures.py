"""Carrying out requested erasures: what becomes of them wherever a run ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from teleconsultation.domain.erasure import ErasureStatus, is_erasure_id, keyed_erasure_id
from teleconsultation.domain.errors import (
    ErasureNotFoundError,
    ProviderUnavailableError,
    StorageUnavailableError,
)
from teleconsultation.domain.model import Role
from teleconsultation.use_cases.request_erasure import read_erasure
from teleconsultation.use_cases.run_erasures import RETRY_AFTER
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import doctor, patient
from tests.fakes.service import Service

# A lease and its margin, and more.
UNTIL_A_LEASE_ENDS = timedelta(minutes=20).total_seconds()


def status(service: Service, erasure_id: str) -> ErasureStatus:
    return service.erasures.get(erasure_id).status(now=service.clock())


def is_traceless(service: Service, external_id: str = "patient-1") -> bool:
    seats = {
        person.external_id for one in service.teleconsultations.everything() for person in one.participants
    }
    users = {service.rooms.user_id(external_id, role=role) for role in Role}
    return (
        external_id not in seats
        and not users & service.rooms.users
        and not service.teleconsultations.users([external_id])
    )


def test_a_requested_erasure_is_carried_out(service: Service) -> None:
    visit = service.create()
    requested = service.request_erasure()
    before = status(service, requested.id)

    done = service.run_erasures()

    completed = service.erasures.get(requested.id)
    assert (before, status(service, requested.id)) == (ErasureStatus.PENDING, ErasureStatus.COMPLETED)
    assert completed.external_id is None
    assert completed.upcoming == {visit.id}
    assert (list(done.runs), done.failures) == ([requested.id], 0)
    assert is_traceless(service)
    assert service.run_erasures().runs == {}


def test_of_several_each_is_carried_out(service: Service) -> None:
    service.create()
    requested = [service.request_erasure(person) for person in ("patient-1", "doctor-1", "nobody")]

    done = service.run_erasures()

    assert {*done.runs} == {one.id for one in requested}
    assert {status(service, one.id) for one in requested} == {ErasureStatus.COMPLETED}
    assert is_traceless(service)
    assert is_traceless(service, "doctor-1")


def test_a_request_that_is_repeated_is_one_erasure(service: Service) -> None:
    first, again = service.request_erasure(), service.request_erasure()

    assert first == again
    assert len(service.run_erasures().runs) == 1


@pytest.mark.parametrize(
    "effect",
    [
        "claim_erasure",
        "note_upcoming",
        "forget_seat",
        "replace",
        "unregister",
        "delete_user",
        "complete_erasure",
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_effect_a_later_run_completes_it(service: Service, effect: str, moment: str) -> None:
    visit = service.create()
    requested = service.request_erasure()
    interrupt: Callable[..., None] = getattr(service.effects, moment)
    interrupt(effect, killed)
    try:
        service.run_erasures()
    except KilledError:
        assert status(service, requested.id) is not ErasureStatus.FAILED
    is_certain = effect == "forget_seat"  # Nothing is known of a call here.
    assert service.effects.calm() is not is_certain

    service.clock.advance(seconds=UNTIL_A_LEASE_ENDS)
    service.run_erasures()

    assert status(service, requested.id) is ErasureStatus.COMPLETED
    assert service.erasures.get(requested.id).upcoming == {visit.id}
    assert is_traceless(service)


def test_a_killed_run_is_seen_once_its_lease_has_ended(service: Service) -> None:
    service.create()
    requested = service.request_erasure()
    service.effects.before("unregister", killed)
    with pytest.raises(KilledError):
        service.run_erasures()
    at_once = status(service, requested.id)

    service.clock.advance(seconds=UNTIL_A_LEASE_ENDS)

    assert (at_once, status(service, requested.id)) == (ErasureStatus.RUNNING, ErasureStatus.FAILED)
    assert service.erasures.get(requested.id).stopped_by == "interrupted"


@pytest.mark.parametrize(
    ("effect", "error", "stopped_by"),
    [
        ("unregister", ProviderUnavailableError(provider_code="down"), "provider: down"),
        ("delete_user", StorageUnavailableError("throttled"), "storage"),
        ("note_upcoming", StorageUnavailableError("throttled"), "storage"),
    ],
)
def test_what_fails_is_said_and_tried_again_where_it_stopped(
    service: Service, effect: str, error: Exception, stopped_by: str
) -> None:
    visit = service.create()
    requested = service.request_erasure()
    service.effects.before(effect, failing(error))

    done = service.run_erasures()

    stopped = service.erasures.get(requested.id)
    assert (done.failures, stopped.stopped_by) == (1, stopped_by)
    assert status(service, requested.id) is ErasureStatus.FAILED
    assert stopped.due_at == service.clock() + RETRY_AFTER
    assert stopped.resume_from == (None if effect == "note_upcoming" else visit.id)
    assert service.run_erasures().runs == {}
    service.clock.advance(seconds=RETRY_AFTER.total_seconds())
    assert service.run_erasures().failures == 0
    assert is_traceless(service)


def test_one_that_fails_does_not_stop_the_others(service: Service) -> None:
    service.create()
    service.request_erasure()
    service.clock.advance(seconds=1)
    other = service.request_erasure("doctor-1")
    service.effects.before("unregister", failing(ProviderUnavailableError(provider_code="down")))

    done = service.run_erasures()

    assert (len(done.runs), done.failures) == (2, 1)
    assert status(service, other.id) is ErasureStatus.COMPLETED


def test_what_time_does_not_suffice_for_goes_on_in_the_next_run(service: Service) -> None:
    visits = [service.create(), service.create()]
    requested = service.request_erasure()
    # For the claim, its lease and the first visit.
    seconds = iter([900.0, 900.0, 900.0])

    first = service.run_erasures(remaining_seconds=lambda: next(seconds, 1.0))
    between = service.erasures.get(requested.id)
    second = service.run_erasures()

    assert (first.failures, second.failures) == (0, 0)
    assert (between.status(now=service.clock()), between.resume_from) == (
        ErasureStatus.PENDING,
        min(visit.id for visit in visits),
    )
    assert status(service, requested.id) is ErasureStatus.COMPLETED
    assert service.erasures.get(requested.id).upcoming == {visit.id for visit in visits}


def test_without_time_nothing_is_claimed(service: Service) -> None:
    requested = service.request_erasure()

    assert service.run_erasures(remaining_seconds=lambda: 1.0).runs == {}
    assert status(service, requested.id) is ErasureStatus.PENDING


def test_a_request_during_a_run_is_carried_out_after_it(service: Service) -> None:
    service.create()
    requested = service.request_erasure()

    def named_again() -> None:
        service.clock.advance(seconds=1)
        service.create((doctor(), patient()))
        service.request_erasure()

    service.effects.after("delete_user", named_again)
    service.run_erasures()
    between = status(service, requested.id)
    service.run_erasures()

    assert (between, status(service, requested.id)) == (ErasureStatus.PENDING, ErasureStatus.COMPLETED)
    assert is_traceless(service)


def test_a_person_who_came_back_can_be_erased_again(service: Service) -> None:
    service.request_erasure()
    service.run_erasures()
    service.create()

    again = service.request_erasure()
    service.run_erasures()

    assert status(service, again.id) is ErasureStatus.COMPLETED
    assert is_traceless(service)


def test_an_id_says_nothing_of_the_person_and_is_another_ones_under_another_key() -> None:
    ids = {keyed_erasure_id(person, key=key) for person in ("a", "b", "\ud800") for key in ("k", "l")}

    assert len(ids) == 6
    assert all(is_erasure_id(one) for one in ids)


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "A" * 32, "patient-1", "٣" * 32])
def test_what_can_be_no_id_is_not_looked_up(service: Service, text: str) -> None:
    with pytest.raises(ErasureNotFoundError):
        read_erasure(text, erasures=service.erasures)
