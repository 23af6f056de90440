"""The bodies of webhooks and their signatures, in both versions.

https://docs.bandyer.com/Bandyer-RESTAPI/ (webhooks)
"""

import hashlib
import hmac
import json
from typing import Any

from local.bandyer_simulator.memory.state import wire_time
from local.bandyer_simulator.memory.webhooks import Happening, Version

type Json = dict[str, Any]

ROOM_EVENTS = ("on_room_created", "on_room_disabled", "on_room_deleted")
SESSION_EVENTS = ("on_session_started", "on_session_resumed", "on_session_paused", "on_session_ended")
USER_EVENTS = ("on_user_connected", "on_user_disconnected")
EVENTS: dict[Version, tuple[str, ...]] = {
    "v0": (*ROOM_EVENTS, *SESSION_EVENTS, *USER_EVENTS, "on_call_ended"),
    "v1": (*ROOM_EVENTS, *SESSION_EVENTS, *USER_EVENTS, "on_room_new_feedback"),
}
"""The events that can be subscribed to here; the vendor has more. No call of the simulator leads to
feedback."""


def body_of(happening: Happening, *, version: Version) -> bytes:
    """Return the JSON text of an event."""
    return json.dumps(_v1(happening) if version == "v1" else _v0(happening)).encode()


def headers_for(body: bytes, *, happening: Happening, version: Version, key: str, now: float) -> Json:
    """Return the headers of a request with this body; `key` is the API key."""
    if version == "v0":
        # Choice: HMAC-SHA256 in hex; the vendor names the hash and not its encoding.
        return {"room-id-hmac": _hmac(key, happening.room_id.encode())}
    # Choice: seconds; the vendor's samples have seconds and milliseconds.
    moment = str(int(now))
    return {"bandyer-signature": f"t={moment},v0={_hmac(key, f'{moment}.'.encode() + body)}"}


def _hmac(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _v1(happening: Happening) -> Json:
    return {
        "event": happening.event,
        "event_version": "1.0",
        "namespace": happening.event.split("_")[1],
        # Sic: milliseconds in the sample, seconds in the text.
        "timestamp": int(happening.at.timestamp() * 1000),
        "data": _v1_data(happening),
    }


def _v1_data(happening: Happening) -> Json:
    event, room_id = happening.event, happening.room_id
    if event in USER_EVENTS:
        return {
            "room_id": room_id,
            "session_id": happening.session_id,
            "user_id": happening.user_id,
            "connected_users_count": len(happening.connected),
        }
    links = [{"user_id": user_id, "link": link} for user_id, link in happening.links]
    if event == "on_room_created":
        participants = [{"user": user_id, "url": link} for user_id, link in happening.links]
        return {"room_id": room_id, "description": happening.description, "participants": participants}
    if event in ROOM_EVENTS:
        return {
            "room_id": room_id,
            "disabled_links" if event == "on_room_disabled" else "deleted_links": links,
        }
    data: Json = {
        "room_id": room_id,
        "session_id": happening.session_id,
        "timestamp": wire_time(happening.at),
        **_duration(happening, used="elapsed_time", value=happening.used_seconds),
    }
    if event in ("on_session_started", "on_session_resumed"):
        data["connected_participants"] = list(happening.connected)
    return data


def _v0(happening: Happening) -> Json:
    event, room_id = happening.event, happening.room_id
    data: object
    if event == "on_call_ended":
        data = {"room_id": room_id}
    elif event in ROOM_EVENTS:
        # Sic: a JSON text inside the JSON.
        data = json.dumps({"room_id": room_id, "message": event})
    elif event in USER_EVENTS:
        data = {
            "user_id": happening.user_id,
            "first_name": None,
            "last_name": None,
            "email": None,
            "room": {"room_id": room_id, "connected_users": len(happening.connected)},
            "timestamp": wire_time(happening.at),
        }
    else:
        left = (happening.duration_seconds or 0) - happening.used_seconds
        data = {
            "room_id": room_id,
            "connected_users": len(happening.connected),
            "timestamp": wire_time(happening.at),
            **_duration(happening, used="duration_remained", value=left),
        }
    return {"event": event, "room_id": room_id, "data": data}


def _duration(happening: Happening, *, used: str, value: int) -> Json:
    # Only rooms that were made with a duration have it.
    if happening.duration_seconds is None:
        return {}
    return {"duration": {"total_duration": happening.duration_seconds, used: value}}
