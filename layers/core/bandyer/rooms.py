"""Rooms of Bandyer's v1 API.

Identifiers are opaque texts, and instants are in UTC. A link is a bearer secret: opening it joins the call as
its user. The vendor counts user ids and descriptions as personal data. So no `repr` shows any of these:
https://developers.kaleyra.io/reference/video-pii
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from bandyer.fields import (
    JsonObject,
    read_flag,
    read_moment,
    read_number,
    read_object,
    read_objects,
    read_optional_text,
    read_text,
)
from bandyer.pages import Page, read_position

type Tools = Mapping[str, bool | Mapping[str, bool]]


@dataclass(frozen=True)
class RoomParticipant:
    """An invited user. `tools`: None = all on, `{}` = all off, otherwise a tool that is not listed is off."""

    user_id: str = field(repr=False)
    is_admin: bool = False
    tools: Tools | None = None

    def to_json(self) -> dict[str, object]:
        """Return the participant in the format of the create-room request."""
        participant: dict[str, object] = {"user_id": self.user_id, "is_admin": self.is_admin}
        if self.tools is not None:
            participant["tools"] = self.tools
        return participant


@dataclass(frozen=True, kw_only=True)
class Room:
    """A new room. `duration_seconds` is call time, None = unlimited; `links` maps user ids to links."""

    room_id: str
    links: Mapping[str, str] = field(repr=False)
    duration_seconds: int | None
    description: str | None = field(repr=False)
    call_type: str | None
    live: bool
    direct_call: bool
    recorded: bool

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the room in `{"room": {...}}`."""
        room = read_object(body, "room")
        return cls(
            room_id=read_text(room, "room_id"),
            links=_read_links(room),
            duration_seconds=read_number(room, "duration") or None,
            description=read_optional_text(room, "description"),
            call_type=read_optional_text(room, "call_type"),
            live=bool(read_flag(room, "live")),
            direct_call=bool(read_flag(room, "directCall")),
            recorded=bool(read_flag(room, "record")),
        )


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A user's time in a session; `ended_at` is None while it lasts."""

    user_id: str = field(repr=False)
    began_at: datetime
    ended_at: datetime | None

    @classmethod
    def from_json(cls, activity: JsonObject) -> Self | None:
        """Return one item of `userActivities`; None without its user or beginning, which say nothing."""
        user_id = read_optional_text(activity, "user", "user_id")
        began_at = read_moment(activity, "startTime")
        if user_id is None or began_at is None:
            return None
        ended_at, seconds = read_moment(activity, "stopTime"), read_number(activity, "seconds")
        if ended_at is None and seconds:
            ended_at = began_at + timedelta(seconds=seconds)
        return cls(user_id=user_id, began_at=began_at, ended_at=ended_at)


@dataclass(frozen=True, kw_only=True)
class RoomSession:
    """A session of a room; `duration_seconds` is 0 while it lasts."""

    session_id: str
    created_at: datetime | None
    duration_seconds: int
    activities: tuple[Activity, ...]

    @classmethod
    def from_json(cls, session: JsonObject) -> Self:
        """Return one item of `details`."""
        listed = session.get("userActivities")
        items = listed if isinstance(listed, list) else []
        activities = (Activity.from_json(item) for item in items if isinstance(item, dict))
        units = {"hours": 3600, "minutes": 60, "seconds": 1}
        return cls(
            session_id=read_text(session, "session", "session_id"),
            created_at=read_moment(session, "creationDate", "creation_date"),
            duration_seconds=sum((read_number(session, unit) or 0) * size for unit, size in units.items()),
            activities=tuple(activity for activity in activities if activity is not None),
        )


@dataclass(frozen=True, kw_only=True)
class RoomInfo:
    """A room with its status `NOT_RUNNING`, `RUNNING` or `CLOSED`. A disabled room has no links."""

    room_id: str
    status: str | None
    disabled: bool
    duration_seconds: int | None
    used_seconds: int
    description: str | None = field(repr=False)
    call_type: str | None
    live: bool
    recorded: bool
    links: Mapping[str, str] = field(repr=False)
    sessions: tuple[RoomSession, ...] | None
    """None if the answer says nothing of sessions."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the room in `{"room": {...}}`; `disabled` is absent unless true."""
        room = read_object(body, "room")
        return cls(
            room_id=read_text(room, "room_id"),
            status=read_optional_text(room, "status"),
            disabled=bool(read_flag(room, "disabled")),
            duration_seconds=read_number(room, "duration") or None,
            used_seconds=read_number(room, "durationUsed") or 0,
            description=read_optional_text(room, "description"),
            call_type=read_optional_text(room, "call_type"),
            live=bool(read_flag(room, "live")),
            recorded=bool(read_flag(room, "record")),
            links=_read_links(room),
            sessions=_read_sessions(room),
        )


@dataclass(frozen=True, kw_only=True)
class RoomSummary:
    """An entry of the room list."""

    room_id: str
    status: str | None
    disabled: bool
    description: str | None = field(repr=False)
    call_type: str | None
    live: bool
    recorded: bool
    created_at: datetime | None

    @classmethod
    def from_json(cls, room: JsonObject) -> Self:
        """Return one item of `rooms`."""
        return cls(
            room_id=read_text(room, "room_id"),
            status=read_optional_text(room, "status"),
            disabled=bool(read_flag(room, "disabled")),
            description=read_optional_text(room, "description"),
            call_type=read_optional_text(room, "call_type"),
            live=bool(read_flag(room, "live")),
            recorded=bool(read_flag(room, "record")),
            created_at=read_moment(room, "creationDate", "creation_date"),
        )


@dataclass(frozen=True, kw_only=True)
class RoomPage(Page):
    """Rooms, newest first."""

    rooms: tuple[RoomSummary, ...]

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return a page of `rooms`."""
        rooms = tuple(RoomSummary.from_json(room) for room in read_objects(body, "rooms"))
        return cls(rooms=rooms, **read_position(body))


def _read_sessions(room: JsonObject) -> tuple[RoomSession, ...] | None:
    information = room.get("dialInfo")
    sessions = information.get("sessions") if isinstance(information, dict) else None
    if not isinstance(sessions, dict) or "details" not in sessions:
        return None
    return tuple(RoomSession.from_json(session) for session in read_objects(sessions, "details"))


def _read_links(room: JsonObject) -> Mapping[str, str]:
    return {read_text(link, "user"): read_text(link, "url") for link in read_objects(room, "user_urls")}
