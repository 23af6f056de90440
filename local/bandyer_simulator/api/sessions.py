"""Sessions: the calls that took place.

https://docs.bandyer.com/Bandyer-RESTAPI/ (session)
"""

from datetime import UTC, datetime

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import ProviderError, invalid_request, unknown_user
from local.bandyer_simulator.api.paging import newest_first, page
from local.bandyer_simulator.memory.records import Session
from local.bandyer_simulator.memory.state import wire_time


def list_sessions(call: Call) -> Json:
    """Return the sessions between `start_date` and `end_date` (optional, exclusive), newest first."""
    return _page(call, sessions=list(call.state.sessions.values()), with_broadcast=True)


def list_user_sessions(call: Call) -> Json:
    """Return the sessions that a user was connected to; these items have no `broadcast_id`."""
    user_id = call.path["user_id"]
    if user_id not in call.state.users:
        raise unknown_user()
    sessions = [
        session for session in call.state.sessions.values() if user_id in session.connected_participants
    ]
    return _page(call, sessions=sessions, with_broadcast=False)


def get_session(call: Call) -> Json:
    """Return one session as the top-level object."""
    session = call.state.sessions.get(call.path["session_id"])
    if session is None:
        raise invalid_request("session_not_found", message="Session not found", status=404)
    return rendered_session(session)


def rendered_session(session: Session) -> Json:
    """Return a session as JSON; `broadcast_id` is null because the session belongs to a room."""
    return {**_rendered(session), "broadcast_id": None}


def _rendered(session: Session) -> Json:
    return {
        "session_id": session.session_id,
        "creation_date": wire_time(session.created_at),
        "duration": session.duration_seconds,
        "connected_participants": list(session.connected_participants),
        "room_id": session.room_id,
    }


def _page(call: Call, *, sessions: list[Session], with_broadcast: bool) -> Json:
    after, before = _moment(call.fields.get("start_date")), _moment(call.fields.get("end_date"))
    found = newest_first(
        session
        for session in sessions
        if (after is None or session.created_at > after) and (before is None or session.created_at < before)
    )
    render = rendered_session if with_broadcast else _rendered
    return page(found, fields=call.fields, name="sessions", render=render, refusal=_list_error())


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _list_error() from error
    # Choice: a date without an offset is UTC, like all dates of this API.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _list_error() -> ProviderError:
    return invalid_request(
        "get_session_list_error", message="Invalid filters, please check dates, skip and limit"
    )


ENDPOINTS = (
    # Before the next route, which would take `list` for a session id.
    Endpoint("GET", "/session/list", list_sessions),
    Endpoint("GET", "/session/{session_id}", get_session),
    Endpoint("GET", "/user/{user_id}/session/list", list_user_sessions),
)
