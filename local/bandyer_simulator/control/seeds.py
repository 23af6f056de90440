"""Add rooms of other programs, sessions and uploads to the simulator."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

from local.bandyer_simulator.api.endpoint import Json
from local.bandyer_simulator.api.sessions import rendered_session
from local.bandyer_simulator.api.tools import expanded_tools
from local.bandyer_simulator.api.uploads import UPLOAD_TYPES, rendered_upload
from local.bandyer_simulator.control.faults import InvalidControlError
from local.bandyer_simulator.memory.records import Participant, Room, Session, Upload
from local.bandyer_simulator.memory.state import State
from local.bandyer_simulator.memory.uploads import new_upload_key


class _Seed:
    """The body of a seeding request, read field by field."""

    def __init__(self, body: Json) -> None:
        self._body = body

    def text(self, name: str, *, default: str | None) -> str:
        value = self._body.get(name, default)
        if not isinstance(value, str):
            raise InvalidControlError(f"{name} must be a string")
        return value

    def moment(self, name: str, *, default: datetime) -> datetime:
        if name not in self._body:
            return default
        try:
            moment = datetime.fromisoformat(self.text(name, default=None))
        except ValueError as error:
            raise InvalidControlError(f"{name} must be an ISO 8601 date") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def seconds(self, name: str, *, default: int) -> int | None:
        value = self._body.get(name, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise InvalidControlError(f"{name} must be seconds from 0, or null")
        return value

    def texts(self, name: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._body.get(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise InvalidControlError(f"{name} must be a list of strings")
        return tuple(value)

    def __contains__(self, name: str) -> bool:
        return self._body.get(name) is not None


def seeded_room(state: State, *, body: Json) -> Json:
    """Add a room with a chosen id, for users that exist, and return it: `participants` is a list of objects
    with `user_id` and `token`, the last segment of the person's link.
    """
    seed = _Seed(body)
    room_id = seed.text("room_id", default=None)
    people = [_Seed(entry) for entry in body.get("participants", ()) if isinstance(entry, dict)]
    participants = []
    for person in people:
        user = state.users.get(person.text("user_id", default=None))
        if user is None:
            raise InvalidControlError("user_id is not known")
        participants.append(
            Participant(
                user_id=user.id,
                is_admin=user.role == "plus",
                tools=expanded_tools(None),
                token=person.text("token", default=secrets.token_hex(12)),
            )
        )
    if room_id in state.rooms or {seat.token for seat in participants} & state.link_tokens.keys():
        raise InvalidControlError("room_id or a token is taken")
    room = Room(
        room_id=room_id,
        participants=tuple(participants),
        recording=False,
        recording_type="automatic",
        call_type="audio_video",
        direct_call=True,
        live=True,
        description=None,
        initiator=None,
        duration_seconds=seed.seconds("duration", default=0) or None,
        created_at=seed.moment("creation_date", default=state.clock()),
    )
    state.rooms[room_id] = room
    for seat in room.participants:
        state.link_tokens[seat.token] = (room_id, seat.user_id)
    return {"room_id": room_id, "participants": [seat.user_id for seat in room.participants]}


def seeded_session(state: State, *, body: Json) -> Json:
    """Add a session and return it; its seconds count as used time of the room."""
    seed = _Seed(body)
    room = _room(state, room_id=seed.text("room_id", default=None))
    session = Session(
        session_id=seed.text("session_id", default=f"session_{secrets.token_hex(6)}"),
        room_id=room.room_id,
        connected_participants=seed.texts(
            "connected_participants", default=tuple(seat.user_id for seat in room.participants)
        ),
        created_at=seed.moment("creation_date", default=state.clock()),
        duration_seconds=seed.seconds("duration", default=60),
    )
    if session.session_id in state.sessions:
        raise InvalidControlError("session_id is taken")
    state.sessions[session.session_id] = session
    used = room.used_seconds + (session.duration_seconds or 0)
    if room.duration_seconds is not None:
        used = min(used, room.duration_seconds)
    state.rooms[room.room_id] = replace(room, used_seconds=used)
    return rendered_session(session)


def seeded_upload(state: State, *, body: Json) -> Json:
    """Add an upload and return it."""
    seed = _Seed(body)
    user_id = seed.text("user_id", default=None)
    if user_id not in state.users:
        raise InvalidControlError("user_id is not known")
    upload_type = seed.text("upload_type", default="file_upload")
    if upload_type not in UPLOAD_TYPES:
        raise InvalidControlError(f"upload_type must be one of {', '.join(UPLOAD_TYPES)}")
    room_id = _room(state, room_id=seed.text("room_id", default=None)).room_id if "room_id" in seed else None
    created_at = seed.moment("creation_date", default=state.clock())
    upload = Upload(
        key=new_upload_key(user_id, at=created_at),
        upload_type=upload_type,
        user_id=user_id,
        session_id=seed.text("session_id", default=f"session_{secrets.token_hex(6)}"),
        room_id=room_id,
        created_at=created_at,
    )
    state.uploads[upload.key] = upload
    return rendered_upload(upload)


def _room(state: State, *, room_id: str) -> Room:
    room = state.rooms.get(room_id)
    if room is None:
        raise InvalidControlError("room_id is not known")
    return room
