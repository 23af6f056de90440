"""The two ports of the use cases: where teleconsultations are kept, and where rooms are made."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from teleconsultation.domain.model import (
    IdempotencyRecord,
    Participant,
    Role,
    Room,
    Teleconsultation,
    User,
    Walk,
)

if TYPE_CHECKING:
    from teleconsultation.domain.room_plan import RoomList, RoomPlan

type Clock = Callable[[], datetime]
"""Returns the current instant in UTC."""


class Teleconsultations(Protocol):
    """Storage. Every write of a teleconsultation is conditional on the version it was derived from."""

    def get(self, teleconsultation_id: str) -> Teleconsultation:
        """Return one teleconsultation, deleted or not.

        Raises:
            TeleconsultationNotFoundError: there is none, or its retention is over.
            StorageUnavailableError: the table cannot answer.
        """

    def add(self, teleconsultation: Teleconsultation) -> None:
        """Store a new teleconsultation.

        Raises:
            ConflictError: the id is taken.
            StorageUnavailableError: the table cannot answer; it may have been stored all the same.
        """

    def replace(self, teleconsultation: Teleconsultation, *, expected_version: int) -> None:
        """Store a changed teleconsultation over the version it was derived from.

        Raises:
            ConflictError: the stored version is another one.
            StorageUnavailableError: the table cannot answer; it may have been stored all the same.
        """

    def remove(self, teleconsultation_id: str, *, expected_version: int) -> None:
        """Take back an `add` as if it had never happened.

        Raises:
            ConflictError: the stored version is another one.
            StorageUnavailableError: the table cannot answer.
        """

    def mark_rooms_deleted(self, teleconsultation_id: str, *, room_ids: Collection[str]) -> None:
        """Note that these rooms are gone. Changes no version: it concerns nobody but us, and striking off
        twice does no harm. With nothing left to do it is no longer `unsettled`.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def reserve(
        self, record: IdempotencyRecord, *, in_place_of: IdempotencyRecord | None = None
    ) -> IdempotencyRecord | None:
        """Store a record for 24 hours if its key has none, or if `in_place_of` is stored. Return None, or the
        stored record that was in the way.

        Raises:
            StorageUnavailableError: the table cannot answer; it may have been stored all the same.
        """

    def unsettled(self, *, before: datetime) -> Iterator[str]:
        """Give the ids of those whose room has been in the making, or whose unwanted rooms have been waiting
        to be deleted, since `before` or longer. The list may be some seconds behind.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def get_all(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Teleconsultation]:
        """Return those of the teleconsultations that there are, by id.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def walk(self) -> Walk | None:
        """Return how far the reconciler has come; None if it never ran.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def save_walk(self, walk: Walk) -> None:
        """Store how far the reconciler has come.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def users(self, external_ids: Collection[str]) -> Mapping[str, User]:
        """Return those of the users that this service has met, by external id, in one read.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def save_users(self, users: Collection[User]) -> None:
        """Store profiles, the last one sent wins.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def page(self, *, after: str | None, size: int) -> Sequence[Teleconsultation]:
        """Return at most `size` teleconsultations of all that are stored, in the storage's own order: deleted
        and unfinished ones too, and those whose retention is over but that lie there still.

        `after` is the id of the last one of the page before; None is the beginning, an empty page the end. A
        walk looks at every item there is, so it is not for requests.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def delete_user(self, external_id: str) -> bool:
        """Remove a profile, and say whether there was one.

        Raises:
            StorageUnavailableError: the table cannot answer; it may have been removed all the same.
        """


class VideoRooms(Protocol):
    """The provider's rooms and users."""

    def user_id(self, external_id: str, *, role: Role) -> str:
        """Return the provider user id for a person in a role: always the same one, and nothing can be read
        from it.
        """

    def attempt_id(self, teleconsultation_id: str) -> str:
        """Return a fresh mark for one attempt to make a room; only this deployment can have made it."""

    def register(self, participants: Collection[Participant]) -> None:
        """Make sure that these participants exist as users at the provider; safe to repeat.

        Raises:
            ProviderError: at least one of them could not be registered.
        """

    def create(self, plan: "RoomPlan", *, attempt_id: str, may_exist: bool = False) -> Room:
        """Make a room that carries `attempt_id`, registering whoever the provider has lost meanwhile.

        If it `may_exist`, because an earlier try under this attempt id was cut short, it is looked for first.

        Raises:
            ProviderError: no room is returned; `outcome_unknown` says whether one may exist all the same.
        """

    def delete(self, room_id: str) -> None:
        """Delete a room and all its links; a room that is gone already is a success.

        Raises:
            ProviderError: the room may still exist.
        """

    def list_rooms(self, *, position: int) -> "RoomList":
        """Return a page of the provider's rooms, newest first, from `position` on.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def unregister(self, external_id: str) -> int:
        """Make sure that a person exists as no user at the provider, in whichever role, and return how many
        users were deleted; safe to repeat.

        Raises:
            ProviderError: at least one of them may still exist.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """What a use case that writes works with."""

    teleconsultations: Teleconsultations
    rooms: VideoRooms
    clock: Clock
