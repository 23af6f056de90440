"""Use case: replace the room of an open teleconsultation if the provider has lost it.

Participants' pages ask for this when the call cannot be entered. GET could find it out too, but its role may
read the table and nothing else, and it calls no provider.
"""

from contextlib import suppress

from teleconsultation.domain.door import State
from teleconsultation.domain.errors import ConflictError, StorageUnavailableError
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.room_plan import RoomState
from teleconsultation.use_cases.admission import Caller, admit
from teleconsultation.use_cases.lost_rooms import replace_lost_room
from teleconsultation.use_cases.provisioning import check_unprovisioned
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended


def check_room(
    teleconsultation_id: str, *, caller: Caller, join_links: bool, ports: Ports, policy: Policy
) -> bool:
    """Look the room up at the provider, make another one if it is gone, and return whether one was made.

    Does nothing while the door is shut. The provider alone decides whether a room is gone, so that callers
    who ask again and again replace no room that works.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError, NotAParticipantError: as
            `admission.admit`.
        ConflictError: another change is under way; it may be this very one, for another participant.
        ProviderError, StorageUnavailableError: as `create_room_for`.
    """
    current, _ = admit(
        teleconsultation_id, caller=caller, join_links=join_links, teleconsultations=ports.teleconsultations
    )
    if policy.door.state_of(current, now=ports.clock()) is not State.OPEN:
        return False
    check_unprovisioned(current, clock=ports.clock)
    if current.room is not None and ports.rooms.state(current.room.room_id) is not RoomState.GONE:
        return False
    stored = replace_lost_room(current, ports=ports, policy=policy)
    ended, _ = end_unwanted_rooms(stored, ports=ports)
    with suppress(ConflictError, StorageUnavailableError):
        store_ended(ended, stored=stored, ports=ports)
    return True
