"""The operator's rules for all teleconsultations."""

import math
from dataclasses import dataclass

from teleconsultation.domain.door import Door
from teleconsultation.domain.model import Role, Teleconsultation
from teleconsultation.domain.privileges import Privileges
from teleconsultation.domain.room_plan import RecordingType, RoomPlan
from teleconsultation.domain.schedule import MAX_DURATION_SECONDS, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The rules for use cases that make rooms."""

    door: Door
    privileges: Privileges
    unlimited: bool
    """Whether calls have no time limit at the provider; the door closes nevertheless."""
    live: bool
    """Whether a call ends when fewer than two remain."""
    recording_type: RecordingType

    def room_plan(self, teleconsultation: Teleconsultation) -> RoomPlan:
        """Return the room a teleconsultation needs."""
        return RoomPlan(
            roles={person.bandyer_user_id: person.role for person in teleconsultation.attendees},
            tools={role: self.privileges.tools_of(role) for role in Role},
            call_seconds=self._call_seconds(teleconsultation.schedule),
            unlimited=self.unlimited,
            live=self.live,
            recording_type=self.recording_type,
        )

    def _call_seconds(self, schedule: Schedule) -> int:
        """Return the seconds for which the door is open: a participant who comes early is not cut off."""
        door = self.door.times_of(schedule)
        return min(math.ceil((door.closes_at - door.opens_at).total_seconds()), MAX_DURATION_SECONDS)
