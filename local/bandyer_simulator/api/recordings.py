"""Recordings of calls: their addresses.

https://docs.bandyer.com/Bandyer-RESTAPI/ (room)
"""

import hashlib
import hmac
from datetime import timedelta

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import ProviderError, invalid_request, invalid_value
from local.bandyer_simulator.api.paging import whole_number
from local.bandyer_simulator.memory.state import State

DEFAULT_EXPIRY_MS = 30_000
# Choice: the vendor may need 24 hours.
PROCESSING = timedelta(seconds=10)


def get_recording(call: Call) -> Json:
    """Return a signed address. Choice: it answers 404, because nothing is recorded here."""
    session = call.state.sessions.get(call.path["session_id"])
    room = None if session is None else call.state.rooms.get(session.room_id)
    if session is None or room is None:
        raise _not_found()
    if not room.recording:
        raise invalid_request("room_no_recordable", message="The room is not recordable")
    if session.duration_seconds is None:
        raise _not_found()
    now = call.state.clock()
    if now < session.created_at + timedelta(seconds=session.duration_seconds) + PROCESSING:
        raise _not_found()
    milliseconds = whole_number(call.fields.get("expire_time", DEFAULT_EXPIRY_MS))
    if milliseconds is None or milliseconds <= 0:
        # Choice of code.
        raise invalid_value("invalid_expire_time", message="expire_time: milliseconds")
    expires = int((now + timedelta(milliseconds=milliseconds)).timestamp())
    signature = _signature(call.state, f"{session.session_id}.{expires}")
    return {
        "url": f"{call.state.public_url()}/_recordings/{session.session_id}.mp4"
        f"?Expires={expires}&Signature={signature}"
    }


def _not_found() -> ProviderError:
    return invalid_request("recording_not_found", message="Recording not found, or still processed")


def _signature(state: State, text: str) -> str:
    return hmac.new(state.api_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


ENDPOINTS = (Endpoint("GET", "/room/recording/{session_id}", get_recording),)
