"""The provider port in memory."""

import hashlib
import secrets
from collections.abc import Collection

from teleconsultation.errors import ProviderRejectedError
from teleconsultation.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS, Participant, Role, Room, RoomPlan
from tests.fakes.effects import Effects


class InMemoryVideoRooms:
    """As `ports.VideoRooms`; the contract suite holds it to what the real one does."""

    def __init__(self, *, effects: Effects | None = None) -> None:
        self.effects = effects or Effects()
        self.rooms: dict[str, Room] = {}
        """The rooms that exist now, by id."""
        self.marks: dict[str, str] = {}
        """Every room ever made -> the attempt id it carries."""
        self.registrations: list[str] = []
        """Provider user ids, one entry for each registration."""

    def user_id(self, external_id: str, *, role: Role) -> str:
        return f"usr_{hashlib.sha256(f'{role}:{external_id}'.encode()).hexdigest()[:40]}"

    def attempt_id(self, teleconsultation_id: str) -> str:
        return f"{teleconsultation_id}.{secrets.token_hex(4)}"

    def register(self, participants: Collection[Participant]) -> None:
        with self.effects.of("register"):
            self.registrations += [person.bandyer_user_id for person in participants]

    def create(self, plan: RoomPlan, *, attempt_id: str) -> Room:
        room_id = f"room_{secrets.token_hex(8)}"
        with self.effects.of("create_room"):
            if (
                Role.PLUS not in plan.roles.values()
                or not MIN_PARTICIPANTS <= len(plan.roles) <= MAX_PARTICIPANTS
            ):
                raise ProviderRejectedError(provider_code="invalid_participants")
            self.registrations += [user_id for user_id in plan.roles if user_id not in self.registrations]
            links = {user_id: f"https://provider.test/call/{secrets.token_hex(8)}" for user_id in plan.roles}
            self.rooms[room_id] = Room(room_id=room_id, duration_seconds=plan.duration_seconds, links=links)
            self.marks[room_id] = attempt_id
        return self.rooms[room_id]

    def delete(self, room_id: str) -> None:
        with self.effects.of("delete_room"):
            self.rooms.pop(room_id, None)
