"""Webhooks as the provider sends them: a body and its signature."""

import hashlib
import hmac
import json
from datetime import datetime


def connection_body(*, room_id: str, user_id: str, at: datetime) -> str:
    """Return the body of the event that somebody has connected."""
    data = {"room_id": room_id, "session_id": "session_1", "user_id": user_id, "connected_users_count": 1}
    return json.dumps(
        {
            "event": "on_user_connected",
            "event_version": "1.0",
            "namespace": "user",
            "timestamp": int(at.timestamp() * 1000),
            "data": data,
        }
    )


def signature(body: str, *, key: str, at: datetime) -> str:
    """Return the value of the signature's header."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v0={digest}"
