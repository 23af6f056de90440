"""The operator's rules for all teleconsultations."""

from dataclasses import dataclass

from teleconsultation.domain.door import Door
from teleconsultation.domain.model import Role, Teleconsultation
from teleconsultation.domain.privileges import Privileges
from teleconsultation.domain.room_plan import RecordingType, RoomPlan


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
            duration_seconds=None if self.unlimited else teleconsultation.schedule.duration_seconds,
            live=self.live,
            recording_type=self.recording_type,
        )
