"""Who gets a calendar entry: the participants and managers, also after a deletion."""

import pytest

from teleconsultation.domain.errors import NotAParticipantError, TeleconsultationNotFoundError
from teleconsultation.use_cases.admission import Caller
from teleconsultation.use_cases.calendar_entry import CalendarEntry, read_calendar_entry
from tests.fakes.service import Service


def entry(service: Service, teleconsultation_id: str, caller: Caller) -> CalendarEntry:
    return read_calendar_entry(
        teleconsultation_id,
        caller=caller,
        join_links=service.join_secrets is not None,
        teleconsultations=service.teleconsultations,
        clock=service.clock,
    )


@pytest.mark.parametrize("is_deleted", [False, True], ids=["standing", "deleted"])
def test_participants_and_managers_get_it_also_after_a_deletion(*, is_deleted: bool) -> None:
    service = Service()
    created = service.create()
    secret = service.secrets(created.id)["patient-1"]
    if is_deleted:
        service.delete(created.id)

    by_secret = entry(service, created.id, Caller(join_secret=secret))
    by_token = entry(service, created.id, Caller(user_id="doctor-1"))
    by_manager = entry(service, created.id, Caller(user_id="x", is_manager=True))

    assert by_secret.participant is not None
    assert by_token.participant is not None
    assert [by_secret.participant.external_id, by_token.participant.external_id] == ["patient-1", "doctor-1"]
    assert by_manager.participant is None
    assert {(one.teleconsultation.deleted_at is not None) for one in (by_secret, by_token)} == {is_deleted}


@pytest.mark.parametrize("is_deleted", [False, True], ids=["standing", "deleted"])
@pytest.mark.parametrize(
    "caller",
    [Caller(user_id="somebody-else"), Caller(), Caller(join_secret="wrong")],
    ids=["a stranger", "nobody", "a wrong secret"],
)
def test_nobody_else_gets_it(caller: Caller, *, is_deleted: bool) -> None:
    service = Service()
    created = service.create()
    if is_deleted:
        service.delete(created.id)

    with pytest.raises(NotAParticipantError):
        entry(service, created.id, caller)


def test_whoever_was_erased_or_removed_gets_it_no_more() -> None:
    service = Service()
    created = service.create()
    secret = service.secrets(created.id)["patient-1"]

    service.erase("patient-1")

    with pytest.raises(NotAParticipantError):
        entry(service, created.id, Caller(join_secret=secret))


def test_a_secret_does_not_tell_whether_an_id_exists() -> None:
    service = Service()

    with pytest.raises(TeleconsultationNotFoundError):
        entry(service, "0" * 24, Caller(user_id="doctor-1"))
    with pytest.raises(NotAParticipantError):
        entry(service, "0" * 24, Caller(join_secret="x"))
