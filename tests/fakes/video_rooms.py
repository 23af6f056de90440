"""The provider port in memory."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from teleconsultation.domain.errors import ProviderRejectedError, RecordingOffError
from teleconsultation.domain.model import (
    MAX_PARTICIPANTS,
    MIN_PARTICIPANTS,
    CallSettings,
    Participant,
    Role,
    Room,
)
from teleconsultation.domain.ports import Clock
from teleconsultation.domain.room_details import CallSession, RoomDetails, SdkCredentials
from teleconsultation.domain.room_plan import (
    Connection,
    DeletedUploads,
    MarkedRoom,
    RoomList,
    RoomLook,
    RoomPlan,
    RoomState,
)
from tests.fakes.effects import Effects


class InMemoryVideoRooms:
    """As `ports.VideoRooms`; the contract suite holds it to what the real one does."""

    def __init__(self, *, clock: Clock, effects: Effects | None = None, page_size: int = 100) -> None:
        self.effects = effects or Effects()
        self._clock = clock
        self._page_size = page_size
        self._created_at: dict[str, datetime] = {}
        self._attempts: set[str] = set()
        self.rooms: dict[str, Room] = {}
        """The rooms that exist now, by id."""
        self.disabled: set[str] = set()
        """The rooms among them whose links fail."""
        self.uncertain: set[str] = set()
        """The rooms among them that an earlier version made."""
        self.running: set[str] = set()
        """The rooms among them that somebody is in."""
        self.uploads: dict[str, int] = {}
        """Room -> how many files were shared in it. They outlive the room, and nothing finds them then."""
        self.sessions: dict[str, list[CallSession]] = {}
        """Room -> the calls in it."""
        self.is_recording = False
        """Whether calls are recorded."""
        self.recordings: dict[str, str] = {}
        """Session -> where its recording is."""
        self.undeletable: dict[str, int] = {}
        """Room -> how many of these cannot be deleted."""
        self.connections: dict[str, tuple[Connection, ...]] = {}
        """Room id -> who was in it, and when."""
        self.marks: dict[str, str] = {}
        """Every room ever made -> the attempt id it carries."""
        self.registrations: list[str] = []
        """Provider user ids, one entry for each registration."""
        self.users: set[str] = set()
        """The users that exist now."""
        self.roles: dict[str, Role] = {}
        """The role of every user there ever was."""

    def user_id(self, external_id: str, *, role: Role) -> str:
        return f"usr_{hashlib.sha256(f'{role}:{external_id}'.encode()).hexdigest()[:40]}"

    def attempt_id(self, teleconsultation_id: str) -> str:
        made = f"{teleconsultation_id}.{secrets.token_hex(4)}"
        self._attempts.add(made)
        return made

    def register(self, participants: Collection[Participant]) -> None:
        with self.effects.of("register"):
            self.registrations += [person.bandyer_user_id for person in participants]
            self.users |= {person.bandyer_user_id for person in participants}
            self.roles |= {person.bandyer_user_id: person.role for person in participants}

    def create(self, plan: RoomPlan, *, attempt_id: str, may_exist: bool = False) -> Room:
        for room in self.rooms.values() if may_exist else ():
            if self.marks.get(room.room_id) == attempt_id and plan.is_served_by(room):
                return room
        # In the order of creation, so that a sequence of requests has the same effects each time.
        room_id = f"room_{len(self.marks):016x}"
        with self.effects.of("create_room"):
            if (
                Role.PLUS not in plan.roles.values()
                or not MIN_PARTICIPANTS <= len(plan.roles) <= MAX_PARTICIPANTS
            ):
                raise ProviderRejectedError(provider_code="invalid_participants")
            self.registrations += [user_id for user_id in plan.roles if user_id not in self.registrations]
            self.users |= plan.roles.keys()
            self.roles = {**plan.roles, **self.roles}
            links = {user_id: f"https://provider.test/call/{secrets.token_hex(8)}" for user_id in plan.roles}
            self.rooms[room_id] = Room(
                room_id=room_id,
                duration_seconds=plan.duration_seconds,
                links=links,
                call_settings=plan.call_settings(call_type="audio_video"),
            )
            self.marks[room_id] = attempt_id
            self._created_at[room_id] = self._clock()
        return self.rooms[room_id]

    def add_foreign(self, room: Room) -> None:
        """Put a room into the account that some other program made."""
        self.rooms[room.room_id] = room
        self._created_at[room.room_id] = self._clock()

    def delete(self, room_id: str) -> None:
        with self.effects.of("delete_room"):
            self.rooms.pop(room_id, None)
            self.running.discard(room_id)

    def disable(self, room_id: str) -> None:
        with self.effects.of("disable_room"):
            self.disabled |= {room_id} & self.rooms.keys()
            self.running.discard(room_id)

    def delete_uploads(self, room_id: str) -> DeletedUploads:
        with self.effects.of("delete_uploads"):
            if room_id not in self.rooms:
                return DeletedUploads(total=0, deleted=0, is_complete=False, is_forgotten=True)
            total, left = self.uploads.get(room_id, 0), self.undeletable.get(room_id, 0)
            self.uploads[room_id] = left
        return DeletedUploads(total=total, deleted=total - left, is_complete=not left)

    def details(self, room_id: str) -> RoomDetails | None:
        self.effects.read("details")
        room = self.rooms.get(room_id)
        if room is None:
            return None
        return RoomDetails(
            status="RUNNING" if room_id in self.running else "NOT_RUNNING",
            is_disabled=room_id in self.disabled,
            duration_seconds=room.duration_seconds,
            used_seconds=sum(session.duration_seconds for session in self.sessions.get(room_id, ())),
            call_type="audio_video",
            is_live=True,
            is_recorded=self.is_recording,
            sessions=tuple(self.sessions.get(room_id, ())),
        )

    def recording_url(self, session_id: str, *, valid_seconds: int) -> str | None:
        self.effects.read("recording_url")
        if not self.is_recording:
            raise RecordingOffError("not recorded")
        url = self.recordings.get(session_id)
        return None if url is None else f"{url}?valid={valid_seconds}"

    def credentials(self, user_id: str, *, role: Role, expires_in_seconds: int) -> SdkCredentials:
        if user_id not in self.users:
            with self.effects.of("register"):
                self.registrations.append(user_id)
                self.users.add(user_id)
        with self.effects.of("credentials"):
            return SdkCredentials(
                access_token=f"token of a {role} user",
                expires_at=self._clock() + timedelta(seconds=expires_in_seconds),
                bandyer_user_id=user_id,
            )

    def state(self, room_id: str) -> RoomState:
        self.effects.read("room_state")
        return self._state(room_id)

    def look(self, room_id: str) -> RoomLook | None:
        self.effects.read("room_look")
        if room_id not in self.rooms:
            return None
        connections = self.connections.get(room_id, ())
        return RoomLook(
            teleconsultation_id=self.made_for(self.marks[room_id]) if room_id in self.marks else None,
            session_ids=frozenset(connection.session_id for connection in connections),
            connections=connections,
            is_recorded=self.is_recording,
        )

    def made_for(self, description: str) -> str | None:
        return description.partition(".")[0] if description in self._attempts else None

    def find(self, room_id: str) -> Room | None:
        self.effects.read("find_room")
        if self._state(room_id) is RoomState.GONE:
            return None
        room = self.rooms[room_id]
        settings = room.call_settings or CallSettings(recording="none", live=False, call_type="audio_video")
        recording = "manual" if self.is_recording or settings.recording != "none" else "none"
        return replace(room, call_settings=replace(settings, recording=recording))

    def role_of(self, user_id: str) -> Role | None:
        self.effects.read("role_of")
        return self.roles[user_id] if user_id in self.users else None

    def _state(self, room_id: str) -> RoomState:
        if room_id not in self.rooms or room_id in self.disabled:
            return RoomState.GONE
        return RoomState.RUNNING if room_id in self.running else RoomState.IDLE

    @property
    def living(self) -> set[str]:
        """Return the rooms whose links work."""
        return self.rooms.keys() - self.disabled

    def list_rooms(self, *, position: int) -> RoomList:
        newest_first = list(reversed(self.rooms))
        page = newest_first[position : position + self._page_size]
        return RoomList(
            marked=tuple(
                MarkedRoom(
                    room_id=room_id,
                    attempt_id=self.marks[room_id],
                    teleconsultation_id=self.marks[room_id].partition(".")[0],
                    is_certain=room_id not in self.uncertain,
                    created_at=self._created_at[room_id],
                    state=self._state(room_id),
                )
                for room_id in page
                if room_id in self.marks
            ),
            size=len(page),
            oldest=min((self._created_at[room_id] for room_id in page), default=None),
            is_last=position + self._page_size >= len(newest_first),
        )

    def unregister(self, user_ids: Collection[str]) -> int:
        deleted = 0
        for user_id in user_ids:
            with self.effects.of("unregister"):
                deleted += user_id in self.users
                self.users.discard(user_id)
        return deleted
