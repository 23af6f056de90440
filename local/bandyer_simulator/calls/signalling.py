"""Signalling between the pages of a call: an event stream to each page, messages from it.

Pages send media to each other directly, over loopback, without STUN or TURN servers.
"""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.bandyer_simulator.calls.event_stream import EventStream, Outbox
from local.bandyer_simulator.calls.messages import Message, RefusedMessageError, deliver
from local.bandyer_simulator.calls.parameters import shown_name
from local.bandyer_simulator.memory.live_calls import connect, disconnect, refresh, refreshed
from local.bandyer_simulator.memory.state import State

# The maximum delay of events by the clock: the warning and the end.
TICK_SECONDS = 0.25
# A session description with every codec of a browser has some 10 KB.
MAX_MESSAGE_BYTES = 128 * 1024


def signalling_routes(state: State) -> list[BaseRoute]:
    """Return the routes of each link's event stream and messages; the token in the path authorizes both."""

    async def events(request: Request) -> Response:
        # Starlette adds HEAD to every GET route; HEAD must not join the call.
        if request.method != "GET":
            return _refused(405, "GET only")
        return _stream(state, request=request)

    async def messages(request: Request) -> Response:
        try:
            message = await _message(request)
            with refreshed(state):
                deliver(state, token=request.path_params["token"], message=message)
        except RefusedMessageError as refusal:
            return _refused(refusal.status, str(refusal))
        return Response(status_code=204)

    return [
        Route("/_call/{token}/events", events),
        Route("/_call/{token}/messages", messages, methods=["POST"]),
    ]


def _stream(state: State, *, request: Request) -> Response:
    token = request.path_params["token"]
    outbox = Outbox()
    with refreshed(state):
        link = state.live_link(token)
        if link is None:
            # A status other than 200 stops the browser's reconnects.
            return _refused(410, "this link does not work")
        room, participant = link
        attendee = connect(
            state,
            room=room,
            participant=participant,
            name=shown_name(request, user=state.users[participant.user_id]),
            deliver=outbox.put,
        )

    def tick() -> None:
        with state.lock:
            refresh(state)

    def closed() -> None:
        with refreshed(state):
            disconnect(state, attendee=attendee)

    return EventStream(outbox, tick=tick, tick_seconds=TICK_SECONDS, closed=closed)


async def _message(request: Request) -> Message:
    body = await request.body()
    if len(body) > MAX_MESSAGE_BYTES:
        raise RefusedMessageError(413, "the message is too long")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedMessageError(400, "the message is not JSON") from error
    if not isinstance(message, dict):
        raise RefusedMessageError(400, "the message is not a JSON object")
    return message


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status_code=status)
