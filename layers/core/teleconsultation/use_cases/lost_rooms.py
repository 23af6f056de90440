"""Replace a room that the provider has lost."""

from dataclasses import replace

from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.provisioning import create_room_for


def replace_lost_room(current: Teleconsultation, *, ports: Ports, policy: Policy) -> Teleconsultation:
    """Store a new room in place of the one that is gone, and return the stored record.

    The old room is listed as unwanted all the same, in case its answer was not the provider's. One that was
    lost before its door opened saw no call, so nothing of it is missing when the visit is over.

    Raises:
        ConflictError, ProviderError, StorageUnavailableError: as `create_room_for`.
    """
    was_used = ports.clock() >= policy.door.opens_at(current.schedule)
    wanted = replace(current.with_room_retired(was_used=was_used), version=current.version + 1)
    wanted = with_entry(wanted, action=Action.ROOM_REPLACED, at=ports.clock(), by=None)
    return create_room_for(wanted, current=current, plan=policy.room_plan(wanted), ports=ports)
