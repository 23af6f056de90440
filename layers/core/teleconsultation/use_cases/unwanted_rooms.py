"""End the rooms that a teleconsultation no longer uses."""

from collections.abc import Callable, Collection
from dataclasses import replace

from teleconsultation.domain.errors import ProviderError
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.ports import Ports


def end_unwanted_rooms(
    teleconsultation: Teleconsultation, *, ports: Ports
) -> tuple[Teleconsultation, ProviderError | None]:
    """Delete and disable unwanted rooms at the provider, and return the record without them, and the first
    failure. Nothing is stored.

    A room that fails stays on its list and does not stop the others.
    """
    deleted, delete_failure = _each(teleconsultation.rooms_to_delete, ports.rooms.delete)
    disabled, disable_failure = _each(teleconsultation.rooms_to_disable, ports.rooms.disable)
    ended = replace(
        teleconsultation,
        rooms_to_delete=teleconsultation.rooms_to_delete - deleted,
        rooms_to_disable=teleconsultation.rooms_to_disable - disabled,
        disabled_rooms={**teleconsultation.disabled_rooms, **dict.fromkeys(disabled, ports.clock())},
    )
    return ended, delete_failure or disable_failure


def store_ended(ended: Teleconsultation, *, stored: Teleconsultation, ports: Ports) -> Teleconsultation:
    """Store the progress of `end_unwanted_rooms`, if there is any, and return the stored version.

    Raises:
        ConflictError: another request changed the record meanwhile. It has taken over the lists.
        StorageUnavailableError: the table cannot answer.
    """
    if ended == stored:
        return stored
    ended = replace(ended, version=stored.version + 1)
    ports.teleconsultations.replace(ended, expected_version=stored.version)
    return ended


def _each(
    room_ids: Collection[str], end: Callable[[str], None]
) -> tuple[frozenset[str], ProviderError | None]:
    ended: set[str] = set()
    failures: list[ProviderError] = []
    for room_id in sorted(room_ids):
        try:
            end(room_id)
        except ProviderError as error:
            failures.append(error)
        else:
            ended.add(room_id)
    return frozenset(ended), failures[0] if failures else None
