"""Signalling between the pages of a call: an event stream to each page, messages from it.

Pages send media to each other directly, over loopback, without STUN or TURN servers.
"""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.bandyer_simulator.calls.event_stream import EventStream, Outbox
from local.bandyer_simulator.calls.parameters import shown_name
from local.bandyer_simulator.memory.attendance import Attendee
from local.bandyer_simulator.memory.live_calls import (
    connect,
    current_attendee,
    disconnect,
    others_of,
    refresh,
    refreshed,
)
from local.bandyer_simulator.memory.state import State, wire_time

# The maximum delay of events by the clock: the warning and the end.
TICK_SECONDS = 0.25
# A session description with every codec of a browser has some 10 KB.
MAX_MESSAGE_BYTES = 128 * 1024
MAX_CHAT_LENGTH = 2000

type _Message = dict[str, Any]


class _RefusedMessageError(Exception):
    """A message is refused; `status` is the HTTP status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


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
                _deliver(state, token=request.path_params["token"], message=message)
        except _RefusedMessageError as refusal:
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


async def _message(request: Request) -> _Message:
    body = await request.body()
    if len(body) > MAX_MESSAGE_BYTES:
        raise _RefusedMessageError(413, "the message is too long")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _RefusedMessageError(400, "the message is not JSON") from error
    if not isinstance(message, dict):
        raise _RefusedMessageError(400, "the message is not a JSON object")
    return message


def _deliver(state: State, *, token: str, message: _Message) -> None:
    sender = current_attendee(state, token=token, attendee_id=message.get("from"))
    if sender is None:
        raise _RefusedMessageError(409, "this connection does not hold the link any more")
    handle = _HANDLERS.get(str(message.get("type")))
    if handle is None:
        raise _RefusedMessageError(400, "unknown type")
    handle(state, sender, message)


def _signal(state: State, sender: Attendee, message: _Message) -> None:
    """Forward a description or candidate unread; drop it if the receiver has left."""
    for other in others_of(state, attendee=sender):
        if other.id == message.get("to"):
            other.deliver({"type": "signal", "from": sender.id, "signal": message.get("signal")})


def _chat(state: State, sender: Attendee, message: _Message) -> None:
    """Send a text to everyone who may chat, including the sender, so that all see the same order."""
    text = message.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_CHAT_LENGTH:
        raise _RefusedMessageError(400, f"text: 1 to {MAX_CHAT_LENGTH} characters")
    if not sender.may_chat:
        raise _RefusedMessageError(403, "this participant has no chat")
    event = {"type": "chat", "from": sender.id, "name": sender.name, "text": text.strip()}
    for attendee in (sender, *others_of(state, attendee=sender)):
        if attendee.may_chat:
            attendee.deliver({**event, "at": wire_time(state.clock())})


def _media(state: State, sender: Attendee, message: _Message) -> None:
    """Store and forward the sender's device states: muted sound and silence are the same in the media."""
    microphone, camera = message.get("microphone"), message.get("camera")
    if not isinstance(microphone, bool) or not isinstance(camera, bool):
        raise _RefusedMessageError(400, "microphone and camera are booleans")
    sender.microphone, sender.camera = microphone, camera
    for other in others_of(state, attendee=sender):
        other.deliver({"type": "media", "peer": sender.seen_by_others()})


def _leave(state: State, sender: Attendee, _message: _Message) -> None:
    """Remove the sender at once and end their stream."""
    disconnect(state, attendee=sender)
    sender.deliver(None)


_HANDLERS: dict[str, Callable[[State, Attendee, _Message], None]] = {
    "signal": _signal,
    "chat": _chat,
    "media": _media,
    "leave": _leave,
}


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status_code=status)
