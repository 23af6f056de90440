"""Webhooks as the provider sends them: a body and its signature."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime


def connection_body(*, room_id: str, user_id: str, at: datetime) -> str:
    """Return the body of the event that somebody has connected."""
    data = {"room_id": room_id, "session_id": "session_1", "user_id": user_id, "connected_users_count": 1}
    return _body("on_user_connected", data=data, at=at)


def made_room_body(*, room_id: str, description: str, links: Mapping[str, str], at: datetime) -> str:
    """Return the body of the event that a room was made; `links` are those of its users."""
    people = [{"user": user_id, "url": link} for user_id, link in links.items()]
    data = {"room_id": room_id, "description": description, "participants": people}
    return _body("on_room_created", data=data, at=at)


def deleted_room_body(*, room_id: str, links: Mapping[str, str], at: datetime) -> str:
    """Return the body of the event that a room was deleted; `links` are those of its users."""
    people = [{"user_id": user_id, "link": link} for user_id, link in links.items()]
    return _body("on_room_deleted", data={"room_id": room_id, "deleted_links": people}, at=at)


def _body(name: str, *, data: Mapping[str, object], at: datetime) -> str:
    return json.dumps(
        {
            "event": name,
            "event_version": "1.0",
            "namespace": name.split("_")[1],
            "timestamp": int(at.timestamp() * 1000),
            "data": data,
        }
    )


def signature(body: str, *, key: str, at: datetime) -> str:
    """Return the value of the signature's header."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v0={digest}"
