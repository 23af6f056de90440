"""Creating a teleconsultation: what is checked, in which order things happen, what a failure leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NoPlusUserError,
    ProviderRejectedError,
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
    UnknownGroupError,
    UnknownParticipantError,
)
from teleconsultation.domain.model import Role
from teleconsultation.domain.schedule import EndSpelling
from teleconsultation.settings import SettingsError
from teleconsultation.use_cases.guests import Invitee
from tests.fakes import samples
from tests.fakes.effects import failing
from tests.fakes.samples import doctor, invitee, known, patient
from tests.fakes.service import Service

UNKNOWN_OUTCOME = ProviderUnavailableError(outcome_unknown=True)


def test_users_come_before_the_intent_the_intent_before_the_room_and_the_commit_last(
    service: Service,
) -> None:
    service.create()

    assert service.effects.log == ["register", "save_users", "add", "create_room", "replace"]


def test_the_room_is_for_everybody_and_lasts_as_long_as_the_door_is_open(service: Service) -> None:
    created = service.create(schedule=samples.schedule(duration_seconds=1800))

    stored = service.stored(created.id)
    assert created == stored
    assert stored.room is not None
    assert stored.room == service.rooms.rooms[stored.room.room_id]
    assert stored.room.duration_seconds == 600 + 1800 + 900
    assert stored.room.links.keys() == {person.bandyer_user_id for person in stored.participants}
    assert (stored.provisioning, stored.rooms_to_delete) == (None, frozenset())


def test_an_unlimited_call_gets_a_room_without_duration() -> None:
    service = Service(policy=samples.policy(unlimited=True))

    created = service.create()

    assert created.room is not None
    assert created.room.duration_seconds is None


def test_while_the_room_is_made_the_record_names_the_attempt_and_nobody_can_see_it(service: Service) -> None:
    seen: list[str] = []

    def look() -> None:
        [intent] = service.teleconsultations.everything()
        assert intent.provisioning is not None
        seen.append(intent.provisioning.attempt_id)
        for use_case in (service.read, service.update, service.delete):
            with pytest.raises(TeleconsultationNotFoundError):
                use_case(intent.id)

    service.effects.before("create_room", look)

    created = service.create()

    assert created.room is not None
    assert seen == [service.rooms.marks[created.room.room_id]]
    assert seen[0].startswith(created.id)


def test_a_partial_list_is_stored_without_a_room(service: Service) -> None:
    created = service.create((doctor(),), number=3)

    assert service.effects.log == ["register", "save_users", "add"]
    assert service.stored(created.id) == created
    assert (created.version, created.room, created.provisioning) == (1, None, None)


@pytest.mark.parametrize("people", [(), (patient(),)], ids=["nobody", "patients only"])
def test_a_partial_list_needs_no_plus_user_yet(service: Service, people: tuple[Invitee, ...]) -> None:
    created = service.create(people, number=2)

    assert not created.is_complete
    assert created.participants_number == 2


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (lambda service: service.create((patient("a"), patient("b"))), NoPlusUserError),
        (lambda service: service.create((doctor(),)), InvalidRequestError),
        (lambda service: service.create((doctor(), patient("same"), patient("same"))), InvalidRequestError),
        (
            lambda service: service.create((doctor(), patient("a"), patient("b")), number=2),
            InvalidRequestError,
        ),
        (
            lambda service: service.create((doctor(), *(patient(f"p{index}") for index in range(25)))),
            InvalidRequestError,
        ),
        (
            lambda service: service.create((doctor(), invitee("x", group="visitor", full_name="X"))),
            UnknownGroupError,
        ),
        (lambda service: service.create((doctor(), known("never met"))), UnknownParticipantError),
    ],
    ids=["no plus", "one", "twice", "more than expected", "26", "unknown group", "unknown participant"],
)
def test_a_refused_request_has_no_effect(
    service: Service, attempt: Callable[[Service], object], error: type[TeleconsultationError]
) -> None:
    with pytest.raises(error):
        attempt(service)

    assert service.effects.log == []
    assert service.teleconsultations.everything() == ()


def test_people_met_before_may_be_named_by_id_and_are_not_registered_again(service: Service) -> None:
    service.create((doctor("d"), patient("p")))
    service.effects.forget()

    created = service.create((known("d"), known("p")))

    assert service.effects.log == ["add", "create_room", "replace"]
    assert [person.role for person in created.participants] == [Role.PLUS, Role.BASIC]
    assert len(service.rooms.registrations) == 2


def test_a_rejected_room_leaves_no_trace_of_the_teleconsultation(service: Service) -> None:
    service.effects.before("create_room", failing(ProviderRejectedError()))

    with pytest.raises(ProviderRejectedError):
        service.create()

    assert service.teleconsultations.everything() == ()
    assert service.rooms.rooms == {}
    assert service.effects.log == ["register", "save_users", "add", "remove"]


def test_a_room_that_was_surely_not_made_leaves_no_trace_either(service: Service) -> None:
    service.effects.before("create_room", failing(ProviderUnavailableError(retry_after_seconds=7)))

    with pytest.raises(ProviderUnavailableError):
        service.create()

    assert service.teleconsultations.everything() == ()


def test_a_room_that_may_exist_keeps_the_intent_as_the_trace_to_it(service: Service) -> None:
    service.effects.after("create_room", failing(UNKNOWN_OUTCOME))

    with pytest.raises(ProviderUnavailableError):
        service.create()

    [intent] = service.teleconsultations.everything()
    [mark] = service.rooms.marks.values()
    assert intent.provisioning is not None
    assert intent.provisioning.attempt_id == mark
    with pytest.raises(TeleconsultationNotFoundError):
        service.read(intent.id)


def test_a_user_who_cannot_be_registered_stops_everything_and_is_not_saved(service: Service) -> None:
    service.effects.before("register", failing(ProviderUnavailableError()))

    with pytest.raises(ProviderUnavailableError):
        service.create()

    assert service.effects.log == []
    assert service.teleconsultations.users(["doctor-1", "patient-1"]) == {}


def test_without_a_stored_intent_no_room_is_made(service: Service) -> None:
    service.effects.before("add", failing(StorageUnavailableError("down")))

    with pytest.raises(StorageUnavailableError):
        service.create()

    assert service.rooms.marks == {}


def test_a_commit_that_meets_another_change_deletes_the_new_room_again(service: Service) -> None:
    service.effects.before("replace", failing(ConflictError("changed")))

    with pytest.raises(ConflictError):
        service.create()

    assert service.effects.log == ["register", "save_users", "add", "create_room", "delete_room"]
    assert service.rooms.rooms == {}


def test_a_commit_of_unknown_outcome_keeps_the_room_since_people_may_already_have_links(
    service: Service,
) -> None:
    service.effects.after("replace", failing(StorageUnavailableError("no answer")))

    with pytest.raises(StorageUnavailableError):
        service.create()

    [stored] = service.teleconsultations.everything()
    assert stored.room is not None
    assert stored.room.room_id in service.rooms.rooms


def test_two_creations_are_two_teleconsultations(service: Service) -> None:
    first, second = service.create(), service.create()

    assert first.id != second.id
    assert len(service.rooms.rooms) == 2
    service.delete(first.id)
    with pytest.raises(TeleconsultationDeletedError):
        service.read(first.id)
    assert service.read(second.id).participant is not None


def test_the_call_time_is_no_longer_than_the_provider_allows(service: Service) -> None:
    created = service.create(schedule=samples.schedule(duration_seconds=86_400))

    assert created.room is not None
    assert created.room.duration_seconds == 86_400


@pytest.mark.parametrize("spelling", [EndSpelling.END_DATE, EndSpelling.DURATION])
@pytest.mark.parametrize("invitees", [(doctor(), patient()), (doctor(),)], ids=["complete", "partial"])
def test_a_visit_whose_door_has_closed_is_refused(
    service: Service, spelling: EndSpelling, invitees: tuple[Invitee, ...]
) -> None:
    service.clock.now = samples.END + timedelta(seconds=samples.DOOR.late_join_seconds)
    over = replace(samples.schedule(), end_spelling=spelling)

    with pytest.raises(InvalidRequestError) as error:
        service.create(invitees, number=2, schedule=over)

    assert [one.field for one in error.value.errors] == [spelling]
    assert service.effects.log == []


def test_until_the_door_closes_a_visit_is_accepted(service: Service) -> None:
    service.clock.now = samples.END + timedelta(seconds=samples.DOOR.late_join_seconds - 1)

    assert service.create().room is not None


def test_a_room_that_the_page_may_not_show_leaves_no_intent(service: Service) -> None:
    service.effects.before("create_room", failing(SettingsError("FRAME_ORIGINS lacks an origin")))

    with pytest.raises(SettingsError):
        service.create()

    assert service.teleconsultations.everything() == ()
