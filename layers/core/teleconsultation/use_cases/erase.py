"""Use case: erase a person.

In every teleconsultation an empty seat is left in their place, so that the others keep what they have. Each
write is conditional on the version, so that a change which is under way loses and cannot bring the person
back. Wherever a run ends, another one finds the rest: it needs nothing of what the first has removed. What it
could not find again, the visits that now lack somebody, is announced before it is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from teleconsultation.domain.door import Door, State
from teleconsultation.domain.errors import ConflictError, ProviderError, StorageUnavailableError
from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.domain.ports import Clock, Ports, Teleconsultations

PAGE_SIZE = 200
"""Items read at a time: well below the 1 MB after which DynamoDB ends a page itself."""
RESERVE_SECONDS = 30.0
"""What must be left to begin with a teleconsultation: a read and a write, both with all their repeats."""
CONFLICT_ATTEMPTS = 5
"""How often a teleconsultation is tried that somebody else keeps changing."""


@dataclass(kw_only=True, slots=True)
class Erasure:
    """What a run did, of the person nothing. Filled as it goes, so that what ends it takes nothing away."""

    resume_from: str | None
    """The last teleconsultation that was dealt with."""
    stopped_by: str | None = None
    """What kept it from coming to the end; None when the person is erased."""
    teleconsultations: int = 0
    """In how many the person's place was emptied."""
    upcoming: list[str] = field(default_factory=list)
    """Those of them that have not ended: somebody is missing there now."""
    provider_users: int = 0
    """How many users were deleted at the provider."""
    profile_removed: bool = False


def erase_person(
    external_id: str,
    *,
    resume_from: str | None,
    ports: Ports,
    door: Door,
    remaining_seconds: Callable[[], float],
    announce: Callable[[str], None],
) -> Erasure:
    """Remove a person from all teleconsultations, from the provider and from the known users, and report.

    `resume_from` is that of an earlier report; None begins anew. `announce` is told the id of each
    teleconsultation that has not ended, before it is changed. What keeps the run from its end is not raised:
    the report says it.

    The provider comes after the teleconsultations, since a room that is being made registers its people
    again; the profile comes last.
    """
    erasure = Erasure(resume_from=resume_from)
    try:
        if not _leave_teleconsultations(
            erasure,
            external_id,
            teleconsultations=ports.teleconsultations,
            is_upcoming=lambda one: _is_upcoming(one, door=door, clock=ports.clock),
            remaining_seconds=remaining_seconds,
            announce=announce,
        ):
            erasure.stopped_by = "time"
            return erasure
        erasure.provider_users = ports.rooms.unregister(external_id)
        erasure.profile_removed = ports.teleconsultations.delete_user(external_id)
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
    teleconsultations: Teleconsultations,
    is_upcoming: Callable[[Teleconsultation], bool],
    remaining_seconds: Callable[[], float],
    announce: Callable[[str], None],
) -> bool:
    """Deal with one after the other, and say whether there was time for all."""
    conflicts = 0
    while page := teleconsultations.page(after=erasure.resume_from, size=PAGE_SIZE):
        for one in page:
            if remaining_seconds() < RESERVE_SECONDS:
                return False
            person = one.participant(external_id)
            if person is not None:
                if one.id not in erasure.upcoming and is_upcoming(one):
                    announce(one.id)
                    erasure.upcoming.append(one.id)
                try:
                    teleconsultations.replace(_without(one, person), expected_version=one.version)
                except ConflictError:
                    conflicts += 1
                    if conflicts == CONFLICT_ATTEMPTS:
                        raise
                    break  # The next page begins with this one, read afresh.
                erasure.teleconsultations += 1
            conflicts = 0
            erasure.resume_from = one.id
    return True


def _without(teleconsultation: Teleconsultation, person: Participant) -> Teleconsultation:
    """Return the next version, with the person's seat empty and their link gone.

    `updated_at` stays: an erasure should not be why a record is kept longer.
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
    )


def _is_upcoming(teleconsultation: Teleconsultation, *, door: Door, clock: Clock) -> bool:
    return (
        teleconsultation.is_created
        and teleconsultation.deleted_at is None
        and door.state_of(teleconsultation, now=clock()) is not State.ENDED
    )
