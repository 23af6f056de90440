"""Use case: erase a person.

The person is replaced by an empty seat in every teleconsultation; the other participants keep their room and
links. Each write is conditional on the version, so that a change under way fails and cannot bring the person
back. A run can end at any point, because the next one needs nothing that the first has removed. Only the list
of visits that now lack a participant could not be found again, so each one is announced before it is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from teleconsultation.domain.door import Door, State
from teleconsultation.domain.errors import ConflictError, ProviderError, StorageUnavailableError
from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Clock, Consents, Ports
from teleconsultation.use_cases.provider_users import provider_user_ids

PAGE_SIZE = 200
"""Items in one read; DynamoDB ends a page earlier if it reaches 1 MB."""
RESERVE_SECONDS = 30.0
"""Minimum time to start with a teleconsultation: enough for a read and a write with all their retries."""
CONFLICT_ATTEMPTS = 5
"""Attempts to change a teleconsultation while other requests keep changing it."""


@dataclass(kw_only=True, slots=True)
class Erasure:
    """The result of one run, without personal data; updated step by step, so an aborted run reports too."""

    resume_from: str | None
    """Id of the last teleconsultation that was processed."""
    stopped_by: str | None = None
    """Why the run ended early; None if the person is erased."""
    teleconsultations: int = 0
    """Number of teleconsultations in which the seat was emptied."""
    upcoming: list[str] = field(default_factory=list)
    """Ids of those that have not ended, where a participant is missing now."""
    provider_users: int = 0
    """Number of users that were deleted at the provider."""
    profile_removed: bool = False


def erase_person(
    external_id: str,
    *,
    resume_from: str | None,
    ports: Ports,
    consents: Consents,
    door: Door,
    remaining_seconds: Callable[[], float],
    announce: Callable[[str], None],
) -> Erasure:
    """Remove a person from all teleconsultations, from the provider and from the known users, and return a
    report. `external_id` may be an alias.

    `resume_from` is the value of an earlier report; None starts from the beginning. `announce` is called with
    the id of each teleconsultation that has not ended, before it is changed. An error that ends the run is
    not raised but reported.

    The provider's users are deleted after the teleconsultations, because making a room registers its
    participants again; the profile, which has the ids of adopted users, is deleted last.
    """
    erasure = Erasure(resume_from=resume_from)
    try:
        known = ports.teleconsultations.users([external_id]).get(external_id)
        user = known or User(external_id=external_id, groups=(), full_name="")
        user_ids = provider_user_ids(user, rooms=ports.rooms)
        if not _leave_teleconsultations(
            erasure,
            user.external_id,
            user_ids=user_ids,
            ports=ports,
            consents=consents,
            is_upcoming=lambda one: _is_upcoming(one, door=door, clock=ports.clock),
            remaining_seconds=remaining_seconds,
            announce=announce,
        ):
            erasure.stopped_by = "time"
            return erasure
        erasure.provider_users += ports.rooms.unregister(user_ids)
        erasure.profile_removed = ports.teleconsultations.delete_user(user.external_id)
    except ConflictError:
        erasure.stopped_by = "conflict"
    except StorageUnavailableError:
        erasure.stopped_by = "storage"
    except ProviderError as error:
        erasure.stopped_by = f"provider: {error.provider_code}"
    return erasure


def _leave_teleconsultations(
    erasure: Erasure,
    external_id: str,
    *,
    user_ids: frozenset[str],
    ports: Ports,
    consents: Consents,
    is_upcoming: Callable[[Teleconsultation], bool],
    remaining_seconds: Callable[[], float],
    announce: Callable[[str], None],
) -> bool:
    """Process all teleconsultations in order, and return whether there was time for all."""
    teleconsultations, conflicts = ports.teleconsultations, 0
    while page := teleconsultations.page(after=erasure.resume_from, size=PAGE_SIZE):
        # Whoever has left the list of participants, or changed the role, has consents without a seat.
        givers = consents.givers([one.id for one in page])
        for one in page:
            if remaining_seconds() < RESERVE_SECONDS:
                return False
            person = one.participant(external_id)
            if person is None and not user_ids.isdisjoint(givers.get(one.id, ())):
                consents.forget(one.id, user_ids)
            if person is not None:
                if one.id not in erasure.upcoming and is_upcoming(one):
                    announce(one.id)
                    erasure.upcoming.append(one.id)
                if person.bandyer_user_id not in user_ids:
                    # Only this seat has the id, for example after the profile was deleted by hand.
                    erasure.provider_users += ports.rooms.unregister([person.bandyer_user_id])
                # First, because nothing leads to the seat any more once it is empty.
                ports.calls.forget_seat(one.id, one.participants.index(person), sitter_id=person.sitter_id)
                consents.forget(one.id, user_ids | {person.bandyer_user_id})
                try:
                    emptied = with_entry(
                        _without(one, person),
                        action=Action.PERSON_ERASED,
                        at=ports.clock(),
                        by=None,
                        fields=["participants"],
                    )
                    teleconsultations.replace(emptied, expected_version=one.version)
                except ConflictError:
                    conflicts += 1
                    if conflicts == CONFLICT_ATTEMPTS:
                        raise
                    break  # The next page starts with this one, read again.
                erasure.teleconsultations += 1
            conflicts = 0
            erasure.resume_from = one.id
    return True


def _without(teleconsultation: Teleconsultation, person: Participant) -> Teleconsultation:
    """Return the next version, with the person's seat empty, without their link and without the notice and
    the metadata, which may name them.

    `updated_at` stays, because an erasure must not extend the retention of a record.
    """
    room = teleconsultation.room
    if room is not None:
        links = {user_id: link for user_id, link in room.links.items() if user_id != person.bandyer_user_id}
        room = replace(room, links=links)
    return replace(
        teleconsultation,
        version=teleconsultation.version + 1,
        participants=tuple(
            seat.erased() if seat is person else seat for seat in teleconsultation.participants
        ),
        room=room,
        notice=None,
        waiting={
            seat: waiting
            for seat, waiting in teleconsultation.waiting.items()
            if teleconsultation.participants[seat] is not person
        },
        booking=replace(teleconsultation.booking, metadata={}),
        # The digest is over names too. Whoever imports again leaves the record as it is, whatever it says.
        imported=teleconsultation.imported and replace(teleconsultation.imported, digest=""),
    )


def _is_upcoming(teleconsultation: Teleconsultation, *, door: Door, clock: Clock) -> bool:
    return (
        teleconsultation.is_created
        and teleconsultation.deleted_at is None
        and door.state_of(teleconsultation, now=clock()) is not State.ENDED
    )
