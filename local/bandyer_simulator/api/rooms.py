"""Rooms: create, read, list, disable, delete; there is no update.

https://docs.bandyer.com/Bandyer-RESTAPI/ (room)
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_value, unknown_room
from local.bandyer_simulator.api.paging import newest_first, page
from local.bandyer_simulator.api.room_request import room_from
from local.bandyer_simulator.memory.records import Participant, Room, Session, Stay
from local.bandyer_simulator.memory.state import State, wire_time
from local.bandyer_simulator.memory.webhooks import Happening

DIRECT_HANDLER = "direct-rest-call-handler"
PRE_CALL_HANDLER = "rest-call-handler"


def create_room(call: Call) -> Json:
    """Create a room with one secret link for each participant; a repeated request creates a second room."""
    room = room_from(call)
    call.state.rooms[room.room_id] = room
    for participant in room.participants:
        call.state.link_tokens[participant.token] = (room.room_id, participant.user_id)
    _publish(call.state, "on_room_created", room=room)
    return {
        "room": {
            "room_id": room.room_id,
            # Sic: `recording` (boolean) in the request, `record` (1 or 0) here, a boolean in lists.
            "record": int(room.recording),
            "duration": room.duration_seconds or 0,
            "directCall": room.direct_call,
            "call_type": room.call_type,
            "live": room.live,
            "description": room.description,
            "user_urls": [
                {
                    **_user_url(call.state, room=room, participant=participant),
                    "is_admin": participant.is_admin,
                    "tools": participant.tools,
                }
                for participant in room.participants
            ],
        }
    }


def get_room(call: Call) -> Json:
    """Return a room with its links and statistics. Choice: only working links are listed."""
    room = _existing(call)
    details: Json = {
        "room_id": room.room_id,
        "record": int(room.recording),
        "duration": room.duration_seconds or 0,
        "durationUsed": room.used_seconds,
        "call_type": room.call_type,
        "live": room.live,
        "description": room.description,
        "status": room.status,
        "user_urls": [
            _user_url(call.state, room=room, participant=participant)
            for participant in room.participants
            if call.state.live_link(participant.token)
        ],
        "dialInfo": {"sessions": _dial_info(call.state, room=room)},
    }
    return {"room": {**details, **_disabled_flag(room)}}


def list_rooms(call: Call) -> Json:
    """Return the company's rooms, newest first. Choice: closed rooms are listed, deleted ones are not."""
    rooms = newest_first(room for room in call.state.rooms.values() if not room.deleted)
    # Choice of code.
    refusal = invalid_value("invalid_paging", message="skip: from 0; limit: 1 to 100")
    return page(rooms, fields=call.fields, name="rooms", render=_listed, refusal=refusal)


def disable_room(call: Call) -> Json:
    """Disable all links; the room stays readable. Choice: a second time succeeds too."""
    room = _existing(call)
    _publish(call.state, "on_room_disabled", room=room)
    call.state.rooms[room.room_id] = replace(room, disabled=True)
    return _confirmation(room, done="disabled")


def delete_room(call: Call) -> Json:
    """Delete the room and its links. Choice: a second time is an unknown room."""
    room = _existing(call)
    _publish(call.state, "on_room_deleted", room=room)
    call.state.rooms[room.room_id] = replace(room, deleted=True)
    return _confirmation(room, done="deleted")


def _existing(call: Call) -> Room:
    room = call.state.existing_room(call.path["room_id"])
    if room is None:
        raise unknown_room()
    return room


def _publish(state: State, event: str, *, room: Room) -> None:
    links = [_user_url(state, room=room, participant=participant) for participant in room.participants]
    state.webhooks.publish(
        Happening(
            event=event,
            room_id=room.room_id,
            at=state.clock(),
            links=tuple((link["user"], link["url"]) for link in links),
            description=room.description,
        )
    )


def _user_url(state: State, *, room: Room, participant: Participant) -> Json:
    # Links on the vendor's later hosts: /<region>/<handler>/<token>.
    handler = DIRECT_HANDLER if room.direct_call else PRE_CALL_HANDLER
    return {"user": participant.user_id, "url": f"{state.public_url()}/eu/{handler}/{participant.token}"}


def _listed(room: Room) -> Json:
    return {
        "room_id": room.room_id,
        "record": room.recording,
        "call_type": room.call_type,
        "live": room.live,
        "description": room.description,
        "status": room.status,
        # Sic: camel case here only.
        "creationDate": wire_time(room.created_at),
        **_disabled_flag(room),
    }


def _disabled_flag(room: Room) -> Json:
    return {"disabled": True} if room.disabled else {}


def _confirmation(room: Room, *, done: str) -> Json:
    message = f"Room {room.room_id} and all user links associated {done}"
    return {"room": {"room_id": room.room_id, "message": message}}


def _dial_info(state: State, *, room: Room) -> Json:
    sessions = newest_first(session for session in state.sessions.values() if session.room_id == room.room_id)
    total = sum(session.duration_seconds or 0 for session in sessions)
    users = {user_id for session in sessions for user_id in session.connected_participants}
    return {
        "number": len(sessions),
        **_clock_parts(total),
        "users": len(users),
        "details": [_session_details(session) for session in sessions],
    }


def _session_details(session: Session) -> Json:
    duration = session.duration_seconds or 0
    stays = session.stays or _assumed_stays(session)
    return {
        "session": session.session_id,
        "creationDate": wire_time(session.created_at),
        **_clock_parts(duration),
        "users": len(session.connected_participants),
        "userEvents": [
            {"user": user_id, "timestamp": wire_time(at), "event": event}
            for at, user_id, event in sorted(_connections(stays))
        ],
        "userActivities": [_activity(stay) for stay in stays],
    }


def _assumed_stays(session: Session) -> tuple[Stay, ...]:
    end = session.created_at + timedelta(seconds=session.duration_seconds or 0)
    return tuple(
        Stay(user_id=user_id, started_at=session.created_at, stopped_at=end)
        for user_id in session.connected_participants
    )


def _connections(stays: tuple[Stay, ...]) -> Iterator[tuple[datetime, str, str]]:
    for stay in stays:
        yield stay.started_at, stay.user_id, "user connected"
        if stay.stopped_at is not None:
            yield stay.stopped_at, stay.user_id, "user disconnected"


def _activity(stay: Stay) -> Json:
    """Return a stay. Choice: one that lasts has no end and no seconds yet."""
    stopped = stay.stopped_at
    return {
        "user": stay.user_id,
        "startTime": wire_time(stay.started_at),
        "stopTime": None if stopped is None else wire_time(stopped),
        "seconds": 0 if stopped is None else (stopped - stay.started_at) // timedelta(seconds=1),
    }


def _clock_parts(seconds: int) -> Json:
    return {"hours": seconds // 3600, "minutes": seconds % 3600 // 60, "seconds": seconds % 60}


ENDPOINTS = (
    Endpoint("POST", "/room/create", create_room),
    Endpoint("GET", "/room/list", list_rooms),
    Endpoint("GET", "/room/info/{room_id}", get_room),
    Endpoint("PUT", "/room/disable/{room_id}", disable_room),
    Endpoint("DELETE", "/room/delete/{room_id}", delete_room),
)
