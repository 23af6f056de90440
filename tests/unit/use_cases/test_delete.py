"""Deleting a teleconsultation: once, again, and with a provider that fails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    PreconditionFailedError,
    ProviderError,
    ProviderRejectedError,
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Provisioning
from tests.fakes.effects import failing
from tests.fakes.samples import START, doctor
from tests.fakes.service import Service
from tests.fakes.watch import NOON


def test_the_record_is_deleted_first_then_the_room(service: Service) -> None:
    created = service.create()
    service.effects.forget()
    service.clock.advance(seconds=60)

    deleted = service.delete(created.id)

    assert service.effects.log == ["replace", "delete_room", "replace"]
    assert deleted == service.stored(created.id)
    assert (deleted.deleted_at, deleted.version) == (service.clock.now, created.version + 2)
    assert (deleted.room, deleted.rooms_to_delete) == (None, frozenset())
    assert service.rooms.rooms == {}


def test_one_without_a_room_is_only_marked(service: Service) -> None:
    created = service.create((doctor(),), number=2)
    service.effects.forget()

    service.delete(created.id)

    assert service.effects.log == ["replace"]


@pytest.mark.parametrize("if_match", [None, '"1"', "*"], ids=repr)
def test_deleting_again_is_a_success_whatever_the_condition_says(
    service: Service, if_match: str | None
) -> None:
    created = service.create()
    first = service.delete(created.id)
    service.effects.forget()
    service.clock.advance(seconds=60)

    second = service.delete(created.id, if_match=if_match)

    assert second == first
    assert service.effects.log == []


def test_another_version_is_not_deleted(service: Service) -> None:
    created = service.create()
    service.effects.forget()

    with pytest.raises(PreconditionFailedError):
        service.delete(created.id, if_match=f'"{created.version - 1}"')

    assert service.effects.log == []
    service.delete(created.id, if_match=f'"{created.version}"')


@pytest.mark.parametrize("teleconsultation_id", ["0" * 24, "", "nonsense", "0" * 24 + "\n"], ids=repr)
def test_what_never_was_cannot_be_deleted(service: Service, teleconsultation_id: str) -> None:
    with pytest.raises(TeleconsultationNotFoundError):
        service.delete(teleconsultation_id)

    assert service.effects.log == []


@pytest.mark.parametrize(
    "error", [ProviderRejectedError(), ProviderUnavailableError()], ids=lambda error: type(error).__name__
)
def test_with_a_failing_provider_it_is_deleted_all_the_same_and_repeating_finishes(
    service: Service, error: ProviderError
) -> None:
    created = service.create()
    assert created.room is not None
    service.effects.before("delete_room", failing(error))

    with pytest.raises(type(error)):
        service.delete(created.id)
    with pytest.raises(TeleconsultationDeletedError):
        service.read(created.id)
    assert service.stored(created.id).rooms_to_delete == {created.room.room_id}

    deleted = service.delete(created.id)
    assert service.rooms.rooms == {}
    assert deleted.rooms_to_delete == service.stored(created.id).rooms_to_delete == frozenset()


def test_a_list_that_could_not_be_shortened_is_shortened_by_the_next_deletion(service: Service) -> None:
    created = service.create()

    def no_further_write() -> None:
        service.effects.before("replace", failing(StorageUnavailableError("down")))

    service.effects.after("delete_room", no_further_write)

    with pytest.raises(StorageUnavailableError):
        service.delete(created.id)
    service.delete(created.id)

    assert service.stored(created.id).rooms_to_delete == frozenset()


def test_rooms_left_by_earlier_changes_go_too(service: Service) -> None:
    created = service.create()
    service.effects.before("delete_room", failing(ProviderUnavailableError()))
    service.update(created.id, duration_seconds=7200)
    assert len(service.rooms.rooms) == 2

    service.delete(created.id)

    assert service.rooms.rooms == {}


def test_a_room_that_resists_is_kept_on_the_list_and_the_others_go(service: Service) -> None:
    created = service.create()
    service.teleconsultations.replace(
        replace(created, rooms_to_delete=frozenset({"room_a", "room_b"})), expected_version=created.version
    )
    service.effects.before("delete_room", failing(ProviderRejectedError()))

    with pytest.raises(ProviderRejectedError):
        service.delete(created.id)

    assert len(service.stored(created.id).rooms_to_delete) == 1


def test_a_change_that_came_first_is_a_conflict(service: Service) -> None:
    created = service.create()

    def move_first() -> None:
        service.update(created.id, start_date=START + timedelta(days=1))

    service.effects.before("replace", move_first)

    with pytest.raises(ConflictError):
        service.delete(created.id)

    assert service.stored(created.id).deleted_at is None
    assert len(service.rooms.rooms) == 1


def test_a_change_under_way_does_not_stop_a_deletion(service: Service) -> None:
    created = service.create()
    under_way = replace(
        created, version=created.version + 1, provisioning=Provisioning(attempt_id="a", started_at=NOON)
    )
    service.teleconsultations.replace(under_way, expected_version=created.version)

    deleted = service.delete(created.id)

    assert (deleted.provisioning, service.rooms.rooms) == (None, {})


def test_it_may_be_deleted_while_the_call_runs_and_long_after(service: Service) -> None:
    running, over = service.create(), service.create()

    service.clock.now = START
    service.delete(running.id)
    service.clock.now = START + timedelta(days=7)
    service.delete(over.id)

    assert service.rooms.living == set()
    service.reconcile()
    assert service.rooms.rooms == {}
