"""The ports of the use cases: storage, the provider's rooms and users, and who is told of events."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from teleconsultation.domain.idempotency import IdempotencyRecord
from teleconsultation.domain.model import Participant, Role, Room, Teleconsultation, Waiting
from teleconsultation.domain.people import DirectoryEntry, User
from teleconsultation.domain.walk import Walk

if TYPE_CHECKING:
    from teleconsultation.domain.call import Call, Fact, RoomRecord
    from teleconsultation.domain.company import Background, Company
    from teleconsultation.domain.consent import Consent
    from teleconsultation.domain.delivery import EndpointState
    from teleconsultation.domain.erasure import RequestedErasure
    from teleconsultation.domain.events import DoorCall, Event
    from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
    from teleconsultation.domain.room_details import RoomDetails, SdkCredentials
    from teleconsultation.domain.room_plan import DeletedUploads, RoomList, RoomLook, RoomPlan, RoomState

type Clock = Callable[[], datetime]
"""Returns the current instant in UTC."""


class Teleconsultations(Protocol):
    """Storage. Every write of a teleconsultation is conditional on the version it was derived from."""

    def get(self, teleconsultation_id: str) -> Teleconsultation:
        """Return one teleconsultation, deleted or not.

        Raises:
            TeleconsultationNotFoundError: there is none, or its retention has ended.
            StorageUnavailableError: the table cannot answer.
        """

    def add(self, teleconsultation: Teleconsultation) -> None:
        """Store a new teleconsultation.

        Raises:
            ConflictError: the id is taken.
            StorageUnavailableError: the table cannot answer; the record may be stored nevertheless.
        """

    def replace(self, teleconsultation: Teleconsultation, *, expected_version: int) -> None:
        """Store a changed teleconsultation in place of the version it was derived from.

        Raises:
            ConflictError: another version is stored.
            StorageUnavailableError: the table cannot answer; the change may be stored nevertheless.
        """

    def remove(self, teleconsultation_id: str, *, expected_version: int) -> None:
        """Delete the record of a creation that has failed; success if there is none.

        Raises:
            ConflictError: another version is stored.
            StorageUnavailableError: the table cannot answer.
        """

    def postpone(self, stored: Teleconsultation, *, until: datetime, failures: int) -> None:
        """Let `due_for_settling` leave out a teleconsultation until then, or until it is written again.
        Without failures the report on its room, which has led to a look, is taken out.

        Does not change the version; does nothing if another version is stored, or a report on the room has
        come since `stored` was read.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def report_room_gone(self, teleconsultation_id: str, *, room_id: str, at: datetime) -> bool:
        """Store that the provider has told that the room is gone, so that the teleconsultation is due at
        once, and return whether it has this room. Does not change the version. `replace` keeps a report that
        it has not seen.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def note_waiting(
        self, teleconsultation_id: str, *, seat: int, waiting: Waiting, expected_version: int
    ) -> bool:
        """Store that somebody waits, unless another version is stored, and return whether it was stored. Does
        not change the version. `replace` keeps a sign that it has not seen.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def reserve(
        self, record: IdempotencyRecord, *, in_place_of: IdempotencyRecord | None = None
    ) -> IdempotencyRecord | None:
        """Store a record for 24 hours if its key has none, or if `in_place_of` is stored. Return None, or the
        stored record that was in the way.

        Raises:
            StorageUnavailableError: the table cannot answer; the record may be stored nevertheless.
        """

    def reservation(self, key_digest: str) -> IdempotencyRecord | None:
        """Return the record of a key that is less than 24 hours old, if there is one.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def due_for_settling(self, *, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield the id of each teleconsultation that the reconciler has something to do with, and since when:
        `lifetime.settles_at`, or the end of its postponement. The list may be some seconds old.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def starting(
        self, *, since: datetime, before: datetime, after: "ListPosition | None"
    ) -> "Iterator[ListedTeleconsultation]":
        """Yield the teleconsultations that start at `since` or later and before `before`, by their start,
        beginning after `after`. Deleted ones are included, unfinished and expired ones are not; the list may
        be some seconds old. It reads the table page by page, as the caller iterates.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def get_all(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Teleconsultation]:
        """Return the teleconsultations that exist among these ids, by id.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def walk(self) -> Walk | None:
        """Return the reconciler's position in the provider's list; None if it never ran.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def save_walk(self, walk: Walk) -> None:
        """Store the reconciler's position in the provider's list.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def users(self, external_ids: Collection[str]) -> Mapping[str, User]:
        """Return the known users, by those of these ids that name one: an external id, or an alias.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def save_users(self, users: Collection[User]) -> None:
        """Store profiles, with their aliases, in place of the stored ones.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def delete_aliases(self, aliases: Collection[str]) -> None:
        """Delete aliases; success if there are none.

        Raises:
            StorageUnavailableError: the table cannot answer; some may be deleted nevertheless.
        """

    def page(self, *, after: str | None, size: int) -> Sequence[Teleconsultation]:
        """Return at most `size` of all stored teleconsultations, in the storage's own order.

        Deleted and unfinished ones are included, and expired ones that the storage has not deleted yet.
        `after` is the id of the last one of the previous page, None for the first page; an empty page is the
        end. The pages together read every item of the table, so requests must not use this.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def delete_user(self, external_id: str) -> bool:
        """Delete a profile after its aliases, and return whether there was one.

        Raises:
            StorageUnavailableError: the table cannot answer; the profile may be deleted nevertheless.
        """


class Calls(Protocol):
    """Storage of what is known of calls. No write here changes a teleconsultation or its version."""

    def owner(self, room_id: str) -> "RoomOwner | None":
        """Return whose room this is, if it is known here.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def remember_owner(self, room_id: str, owner: "RoomOwner", *, until: datetime) -> None:
        """Store whose room this is, in place of what is known of it.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def get(self, teleconsultation_id: str) -> "Call":
        """Return what is known of a teleconsultation's calls; an empty record if there is nothing.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def add_fact(self, teleconsultation_id: str, fact: "Fact", *, version: int, expires_at: datetime) -> bool:
        """Add a fact, and return whether it is new. Nothing but a recording is added to a call that has too
        many.

        `version` is that of the teleconsultation now.

        Raises:
            StorageUnavailableError: the table cannot answer; the fact may be stored nevertheless.
        """

    def close(
        self,
        teleconsultation_id: str,
        *,
        records: Mapping[str, "RoomRecord"],
        is_certain: bool,
        closed_at: datetime,
        expires_at: datetime,
    ) -> None:
        """Store the provider's records of these rooms in place of those that are stored of them; do nothing
        if what is stored is of a later instant than `closed_at`.

        Raises:
            StorageUnavailableError: the table cannot answer; they may be stored nevertheless.
        """

    def forget_seat(self, teleconsultation_id: str, seat: int, *, sitter_id: str | None) -> None:
        """Delete all that is known of who sits in a seat; safe to repeat.

        Raises:
            StorageUnavailableError: the table cannot answer; some of it may be stored still.
        """


class Consents(Protocol):
    """Storage of what participants agreed to. Nothing here changes a teleconsultation or its version."""

    def give(
        self, teleconsultation_id: str, user_id: str, consent: "Consent", *, expires_at: datetime
    ) -> "Consent":
        """Store a consent of the participant with this provider user id, unless they agreed to this version
        before, and return the one that is stored.

        Raises:
            StorageUnavailableError: the table cannot answer; the consent may be stored nevertheless.
        """

    def of(self, teleconsultation_id: str) -> "Mapping[str, tuple[Consent, ...]]":
        """Return a teleconsultation's consents by provider user id, the earliest first.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def givers(self, teleconsultation_ids: Collection[str]) -> "Mapping[str, Collection[str]]":
        """Return the provider user ids of those who have agreed to something in each of these
        teleconsultations, whether or not they are participants still. Where nobody has, there is no entry.

        Raises:
            StorageUnavailableError: the table cannot answer.
        """

    def forget(self, teleconsultation_id: str, user_ids: Collection[str]) -> None:
        """Delete all consents of a person, whose provider user ids these are; safe to repeat.

        Raises:
            StorageUnavailableError: the table cannot answer; they may be stored still.
        """


class Erasures(Protocol):
    """Storage of the erasures that were requested. Each method raises StorageUnavailableError; a write may
    have happened then.
    """

    def request(self, erasure_id: str, *, external_id: str, at: datetime) -> "RequestedErasure":
        """Store that a person is to be erased, and return the record. It is due at once and from the
        beginning, also if it was completed, has failed or is running.
        """

    def get(self, erasure_id: str) -> "RequestedErasure":
        """Return the record of an erasure.

        Raises:
            ErasureNotFoundError: there is none, or it was completed too long ago.
        """

    def due(self, *, now: datetime) -> Iterator[str]:
        """Yield the ids of the erasures that are due. The list may be some seconds old."""

    def claim(self, erasure_id: str, *, now: datetime, until: datetime) -> "RequestedErasure | None":
        """Take an erasure for a run that ends before `until`, and return it; None if it is not due."""

    def note_upcoming(self, erasure_id: str, teleconsultation_id: str) -> None:
        """Store that a visit that has not ended lacks a participant now."""

    def stop(
        self,
        erasure: "RequestedErasure",
        *,
        stopped_by: str | None,
        resume_from: str | None,
        due_at: datetime,
    ) -> None:
        """Store where a run ended and why. Does nothing if the erasure was requested again meanwhile."""

    def complete(self, erasure: "RequestedErasure", *, at: datetime) -> None:
        """Store that the person is erased, and delete who it was. Does nothing if the erasure was requested
        again meanwhile.
        """


class VideoRooms(Protocol):
    """The provider's rooms and users."""

    def user_id(self, external_id: str, *, role: Role) -> str:
        """Return the derived provider user id of a person in a role: always the same, and it reveals nothing
        about the person. An adopted user has another (`use_cases.provider_users`).
        """

    def attempt_id(self, teleconsultation_id: str) -> str:
        """Return a new id for one attempt to make a room; it proves that this deployment made the room."""

    def register(self, participants: Collection[Participant]) -> None:
        """Create these participants as users at the provider, if they do not exist; safe to repeat.

        Raises:
            ProviderError: at least one user could not be created.
        """

    def create(self, plan: "RoomPlan", *, attempt_id: str, may_exist: bool = False) -> Room:
        """Make a room that carries `attempt_id`, and return it. Users the provider has lost are registered
        again.

        With `may_exist`, because an earlier try with this attempt id was interrupted, the room is looked up
        first.

        Raises:
            ProviderError: no room is returned; `outcome_unknown` says whether one may exist nevertheless.
        """

    def delete(self, room_id: str) -> None:
        """Delete a room and all its links; success if there is no such room.

        Raises:
            ProviderError: the room may still exist.
        """

    def disable(self, room_id: str) -> None:
        """Make all links of a room fail for good; the provider keeps its data. Success if there is no such
        room.

        Raises:
            ProviderError: the links may still work.
        """

    def delete_uploads(self, room_id: str) -> "DeletedUploads":
        """Delete the files that were shared in a room, which need not exist any more, and say how many.

        A file that cannot be deleted does not stop the others. Ends early, with what was done, when the time
        or the largest number of files of one call is used up.

        Raises:
            ProviderError: nothing was deleted, and files may be there.
        """

    def state(self, room_id: str) -> "RoomState":
        """Return the state of a room; a room that does not exist is gone.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def look(self, room_id: str) -> "RoomLook | None":
        """Return whose room this is and what took place in it; None if there is no such room.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def made_for(self, description: str) -> str | None:
        """Return the teleconsultation that this deployment made a room with this description for; None if it
        made none.
        """

    def find(self, room_id: str) -> Room | None:
        """Return a room as the provider has it, with its links; None if people do not enter it any more.

        The provider does not say who starts a recording: a room with recordings has `manual`, that it may be
        recorded.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def role_of(self, user_id: str) -> Role | None:
        """Return the role of a user at the provider; None if there is no such user.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def details(self, room_id: str) -> "RoomDetails | None":
        """Return a room with the calls in it, also if it is disabled; None if the provider does not know it.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def recording_url(self, session_id: str, *, valid_seconds: int) -> str | None:
        """Return an address that opens a call's recording for so long; None if there is none, or none yet.

        Raises:
            RecordingOffError: calls of the room are not recorded.
            ProviderError: the provider cannot answer.
        """

    def credentials(self, user_id: str, *, role: Role, expires_in_seconds: int) -> "SdkCredentials":
        """Return a token for one of the provider's users, who is created if need be.

        Raises:
            ProviderError: no token is returned.
        """

    def list_rooms(self, *, position: int) -> "RoomList":
        """Return a page of the provider's rooms, newest first, starting at `position`.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def unregister(self, user_ids: Collection[str]) -> int:
        """Delete users at the provider, and return how many there were; safe to repeat.

        Raises:
            ProviderError: at least one user may still exist.
        """


class VideoCompany(Protocol):
    """The provider's company, whose settings all its calls have."""

    def settings(self) -> "Company":
        """Return the settings.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def backgrounds(self) -> "tuple[Background, ...]":
        """Return the virtual backgrounds, the default one among them.

        Raises:
            ProviderError: the provider cannot answer.
        """

    def choose_background(self, alias: str) -> "Company":
        """Make a background the default one, and return the settings; safe to repeat.

        Raises:
            InvalidRequestError: there is no such background.
            ProviderError: it may be the default one nevertheless, if the outcome is unknown.
        """

    def add_background(self, image: bytes) -> "Background":
        """Add a background, and return it. Not safe to repeat.

        Raises:
            InvalidRequestError: the provider does not take the image.
            BackgroundLimitError: the company has as many as the provider keeps.
            ProviderError: it may be there nevertheless, if the outcome is unknown.
        """


class EventPublisher(Protocol):
    """Those who are told what happened."""

    def publish(self, events: Sequence["Event"]) -> None:
        """Hand these events of one teleconsultation on, in their order; safe to repeat.

        Raises:
            EventsUnavailableError: some may be handed on nevertheless.
        """


class DoorClock(Protocol):
    """Calls back when a door opens or closes."""

    def call_at(self, call: "DoorCall") -> None:
        """Set the call of its type for its teleconsultation, in place of the one that was set before.

        Raises:
            EventsUnavailableError: it may be set nevertheless.
        """


class Directory(Protocol):
    """Where the people are whom a caller names by an id alone, or a token by its holder's id."""

    @property
    def profile_max_age(self) -> timedelta:
        """After which time a profile is asked for again."""

    def entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        """Return the people among these ids, by the ids asked for, without those who are unknown there.

        Raises:
            DirectoryUnavailableError: it cannot answer now.
        """

    def holder(self, external_id: str) -> DirectoryEntry | None:
        """Return the person whose tokens carry this id; None if there is none.

        Raises:
            DirectoryUnavailableError: it cannot answer now.
        """


class EndpointStates(Protocol):
    """What is remembered of endpoints. Each method raises StorageUnavailableError."""

    def get(self, endpoint_id: str) -> "EndpointState":
        """Return the state of an endpoint; one that has not failed has the first."""

    def failed(self, endpoint_id: str, *, at: datetime, paused_until: datetime | None) -> None:
        """Remember since when it fails. With `paused_until` count the failure and pause it."""

    def disable(self, endpoint_id: str, *, at: datetime) -> None:
        """Switch it off until an operator switches it on."""

    def succeeded(self, endpoint_id: str) -> None:
        """Forget its failures; one that is disabled stays so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomOwner:
    """Whose room one of the provider's is; `teleconsultation_id` is None for a room that is not ours."""

    teleconsultation_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """The ports and the clock of a use case that writes."""

    teleconsultations: Teleconsultations
    calls: Calls
    rooms: VideoRooms
    clock: Clock
    directory: Directory | None = None
    """None where none is configured, and in functions that ask none."""
