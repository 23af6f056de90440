"""Routes that control the simulator: state, faults, seeds, reset. They are not part of the provider's API."""

import ipaddress
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bandyer_simulator.api.endpoint import Json
from local.bandyer_simulator.control.connections import Connections
from local.bandyer_simulator.control.faults import FaultBook, InvalidControlError, fault_from
from local.bandyer_simulator.control.seeds import seeded_room, seeded_session, seeded_upload
from local.bandyer_simulator.control.webhooks import rendered_webhooks, switches_from
from local.bandyer_simulator.memory.attendance import LiveCall
from local.bandyer_simulator.memory.live_calls import refreshed
from local.bandyer_simulator.memory.records import Room
from local.bandyer_simulator.memory.state import State, wire_time


def control_routes(*, state: State, faults: FaultBook, connections: Connections) -> list[Route]:
    """Return the routes under `/_control`, which need no key but accept requests of this machine only."""

    async def show(_request: Request) -> Json:
        with refreshed(state):
            return {
                "users": [_rendered_user(state, user_id=user_id) for user_id in state.users],
                "rooms": [_rendered_room(state, room=room) for room in state.rooms.values()],
                "requests": [asdict(record) for record in state.requests],
                "held": faults.held_count,
                "connections": connections.used_count if connections.tracked else None,
            }

    async def add_fault(request: Request) -> Json:
        description = await _json(request)
        fault = fault_from(description)
        if fault.needs_connection and not connections.tracked:
            raise InvalidControlError("reset faults need the simulator's own server (server.py)")
        faults.add(fault)
        return dict(description)

    async def clear_faults(_request: Request) -> Json:
        faults.clear()
        return {}

    async def reset(_request: Request) -> Json:
        faults.clear()
        connections.reset_count()
        with refreshed(state):
            state.reset()
        return {}

    def seeding(seeded: Callable[..., Json]) -> Callable[[Request], Any]:
        async def seed(request: Request) -> Json:
            body = await _json(request)
            with refreshed(state):
                return seeded(state, body=body)

        return seed

    async def show_webhooks(_request: Request) -> Json:
        with refreshed(state):
            return rendered_webhooks(state)

    async def switch_webhooks(request: Request) -> Json:
        body = await _json(request)
        with state.lock:
            state.webhooks.switches = switches_from(body)
        return body

    return [
        _route("GET", "/_control/webhooks", show_webhooks, status=200),
        _route("POST", "/_control/webhooks", switch_webhooks, status=200),
        _route("GET", "/_control/state", show, status=200),
        _route("POST", "/_control/faults", add_fault, status=201),
        _route("DELETE", "/_control/faults", clear_faults, status=200),
        _route("POST", "/_control/reset", reset, status=200),
        _route("POST", "/_control/rooms", seeding(seeded_room), status=201),
        _route("POST", "/_control/sessions", seeding(seeded_session), status=201),
        _route("POST", "/_control/uploads", seeding(seeded_upload), status=201),
    ]


def _route(method: str, path: str, handle: Callable[[Request], Any], *, status: int) -> Route:
    async def answer(request: Request) -> Response:
        if not _is_from_this_machine(request):
            return JSONResponse({"message": "control routes answer to this machine only"}, status_code=403)
        try:
            return JSONResponse(await handle(request), status_code=status)
        except InvalidControlError as error:
            return JSONResponse({"message": str(error)}, status_code=400)

    return Route(path, answer, methods=[method])


def _is_from_this_machine(request: Request) -> bool:
    """Return whether client, host and origin are loopback, against CSRF and DNS rebinding."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    origin = request.headers.get("origin")
    return _is_loopback(request.url.hostname or "") and (
        origin is None or _is_loopback(urlsplit(origin).hostname or "")
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _json(request: Request) -> Json:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise InvalidControlError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise InvalidControlError("the body is not a JSON object")
    return body


def _rendered_user(state: State, *, user_id: str) -> Json:
    user = state.users[user_id]
    return {
        "id": user.id,
        "role": user.role,
        "can_video": user.can_video,
        "language": user.language,
        "creation_date": wire_time(user.created_at),
    }


def _rendered_room(state: State, *, room: Room) -> Json:
    """Return a room, deleted or not, without access links: a state may end up in a log."""
    live = state.live_calls.get(room.room_id, LiveCall())
    return {
        "room_id": room.room_id,
        "description": room.description,
        "status": room.status,
        "disabled": room.disabled,
        "deleted": room.deleted,
        "duration": room.duration_seconds or 0,
        "participants": [
            {"user_id": seat.user_id, "is_admin": seat.is_admin, "tools": seat.tools}
            for seat in room.participants
        ],
        "connected": [attendee.user_id for attendee in live.attendees.values()],
    }
