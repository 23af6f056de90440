"""The messages of the call pages, and who receives what of them.

The room's creator chose each person's tools. Who lacks one neither sends nor receives with it.
"""

from collections.abc import Callable
from typing import Any

from local.bandyer_simulator.memory.attendance import Attendee, Event
from local.bandyer_simulator.memory.live_calls import call_of, current_attendee, disconnect, others_of
from local.bandyer_simulator.memory.records import allows
from local.bandyer_simulator.memory.state import State, wire_time

MAX_CHAT_LENGTH = 2000
# The whiteboard's size in its own units; pages scale it.
BOARD_SIZE = (1600, 1000)
MAX_STROKE_POINTS = 200
MAX_STROKES = 5000

type Message = dict[str, Any]


class RefusedMessageError(Exception):
    """A message is refused; `status` is the HTTP status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def deliver(state: State, *, token: str, message: Message) -> None:
    """Apply a message and send it on.

    Raises:
        RefusedMessageError: it has a wrong form, or its sender may not send it.
    """
    sender = sender_of(state, token=token, attendee_id=message.get("from"))
    handle = _HANDLERS.get(str(message.get("type")))
    if handle is None:
        raise RefusedMessageError(400, "unknown type")
    handle(state, sender, message)


def sender_of(state: State, *, token: str, attendee_id: object) -> Attendee:
    """Return the attendee who uses the link now.

    Raises:
        RefusedMessageError: it is another one, or nobody.
    """
    sender = current_attendee(state, token=token, attendee_id=attendee_id)
    if sender is None:
        raise RefusedMessageError(409, "this connection does not hold the link any more")
    return sender


def send_to_all(state: State, *, sender: Attendee, tool: str | None, event: Event) -> None:
    """Send an event to everyone with the tool, including the sender, so that all see the same order."""
    for attendee in (sender, *others_of(state, attendee=sender)):
        if tool is None or allows(attendee.tools, tool):
            attendee.deliver(event)


def _signal(state: State, sender: Attendee, message: Message) -> None:
    """Forward a description or candidate unread; drop it if the receiver has left."""
    for other in others_of(state, attendee=sender):
        if other.id == message.get("to"):
            other.deliver({"type": "signal", "from": sender.id, "signal": message.get("signal")})


def _chat(state: State, sender: Attendee, message: Message) -> None:
    text = message.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_CHAT_LENGTH:
        raise RefusedMessageError(400, f"text: 1 to {MAX_CHAT_LENGTH} characters")
    if not allows(sender.tools, "chat"):
        raise RefusedMessageError(403, "this participant has no chat")
    event = {"type": "chat", "from": sender.id, "name": sender.name, "text": text.strip()}
    send_to_all(state, sender=sender, tool="chat", event={**event, "at": wire_time(state.clock())})


def _media(state: State, sender: Attendee, message: Message) -> None:
    """Store and forward the sender's device states: muted sound and silence are the same in the media."""
    microphone, camera = message.get("microphone"), message.get("camera")
    if not isinstance(microphone, bool) or not isinstance(camera, bool):
        raise RefusedMessageError(400, "microphone and camera are booleans")
    sender.microphone, sender.camera = microphone, camera
    for other in others_of(state, attendee=sender):
        other.deliver({"type": "media", "peer": sender.seen_by_others()})


def _screen(state: State, sender: Attendee, message: Message) -> None:
    """Begin or end the sharing of a screen. Pages show the picture of the announced presenter only.

    Choice: one at a time, and everybody sees it; the tool is needed to share.
    """
    on, live = message.get("on"), call_of(state, attendee=sender)
    if not isinstance(on, bool):
        raise RefusedMessageError(400, "on is a boolean")
    if not allows(sender.tools, "screen_sharing"):
        raise RefusedMessageError(403, "this participant cannot share a screen")
    if live.presenter not in (None, sender.id):
        raise RefusedMessageError(409, "another participant shares a screen")
    live.presenter = sender.id if on else None
    send_to_all(state, sender=sender, tool=None, event={"type": "screen", "presenter": live.presenter})


def _stroke(state: State, sender: Attendee, message: Message) -> None:
    """Add a line to the whiteboard, in the colour of the sender's seat."""
    points, live = message.get("points"), call_of(state, attendee=sender)
    if not isinstance(points, list) or not 1 <= len(points) <= MAX_STROKE_POINTS:
        raise RefusedMessageError(400, f"points: 1 to {MAX_STROKE_POINTS}")
    if not all(_is_on_the_board(point) for point in points):
        raise RefusedMessageError(400, "a point is two integers on the board")
    if not allows(sender.tools, "whiteboard", "wb_pen"):
        raise RefusedMessageError(403, "this participant cannot draw")
    if len(live.strokes) >= MAX_STROKES:
        raise RefusedMessageError(409, "the whiteboard is full")
    stroke = {"seat": sender.seat, "points": points}
    live.strokes.append(stroke)
    event = {"type": "stroke", "from": sender.id, "name": sender.name, **stroke}
    send_to_all(state, sender=sender, tool="whiteboard", event=event)


def _is_on_the_board(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == len(BOARD_SIZE)
        and all(type(at) is int and 0 <= at <= size for at, size in zip(point, BOARD_SIZE, strict=True))
    )


def _wipe(state: State, sender: Attendee, _message: Message) -> None:
    """Empty the whiteboard."""
    if not allows(sender.tools, "whiteboard", "wb_eraser"):
        raise RefusedMessageError(403, "this participant cannot erase")
    call_of(state, attendee=sender).strokes.clear()
    send_to_all(state, sender=sender, tool="whiteboard", event={"type": "wipe"})


def _leave(state: State, sender: Attendee, _message: Message) -> None:
    """Remove the sender at once and end their stream."""
    disconnect(state, attendee=sender)
    sender.deliver(None)


_HANDLERS: dict[str, Callable[[State, Attendee, Message], None]] = {
    "signal": _signal,
    "chat": _chat,
    "media": _media,
    "screen": _screen,
    "stroke": _stroke,
    "wipe": _wipe,
    "leave": _leave,
}
