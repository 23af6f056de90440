"""Running calls: attendees, used time, expulsions.

The module has no timer. `refresh` applies the time that has passed on the injected clock.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from local.bandyer_simulator.memory.attendance import Attendee, Deliver, Event, LiveCall
from local.bandyer_simulator.memory.records import Participant, Room, Session, Stay, allows
from local.bandyer_simulator.memory.state import State
from local.bandyer_simulator.memory.webhooks import Happening

type Reason = Literal["replaced", "closed", "time_up"]

# https://docs.bandyer.com/Bandyer-RESTAPI/ (room, duration): time counts while at least two are connected,
# and clients are warned half a minute before the end.
COUNTING_PARTICIPANTS = 2
WARNING_SECONDS = 30


@contextmanager
def refreshed(state: State) -> Iterator[None]:
    """Hold the lock, and refresh the running calls before and after the block."""
    with state.lock:
        refresh(state)
        try:
            yield
        finally:
            refresh(state)


def refresh(state: State) -> None:
    """Add the time up to now, expel attendees with dead links, start or stop clocks, warn; idempotent."""
    for room_id, live in list(state.live_calls.items()):
        _count(state, room_id=room_id, live=live)
        _expel_dead_links(state, live=live)
        _start_or_stop(state, room_id=room_id, live=live)
        _warn(state, room_id=room_id, live=live)
        if room_id not in state.rooms:
            del state.live_calls[room_id]


def connect(state: State, *, room: Room, participant: Participant, name: str, deliver: Deliver) -> Attendee:
    """Add an attendee through a live link; a previous attendee with the same link is expelled."""
    live = state.live_calls.setdefault(room.room_id, LiveCall())
    former = live.attendees.get(participant.token)
    if former:
        _expel(live, attendee=former, reason="replaced")
    attendee = Attendee(
        id=secrets.token_hex(8),
        token=participant.token,
        room_id=room.room_id,
        user_id=participant.user_id,
        name=name,
        seat=room.participants.index(participant),
        tools=participant.tools,
        deliver=deliver,
    )
    others = list(live.attendees.values())
    live.attendees[attendee.token] = attendee
    deliver(
        {
            "type": "welcome",
            "you": attendee.id,
            "peers": [other.seen_by_others() for other in others],
            "presenter": live.presenter,
            "strokes": list(live.strokes) if allows(attendee.tools, "whiteboard") else [],
        }
    )
    if live.warned:
        deliver(_time_left(room, live=live))
    _send(others, event={"type": "joined", "peer": attendee.seen_by_others()})
    return attendee


def disconnect(state: State, *, attendee: Attendee) -> None:
    """Remove an attendee who left or whose page closed; does nothing if they are already removed."""
    live = state.live_calls.get(attendee.room_id)
    if live and live.attendees.get(attendee.token) is attendee:
        _remove(live, attendee=attendee)


def current_attendee(state: State, *, token: str, attendee_id: object) -> Attendee | None:
    """Return the attendee of that id, or None if another one uses the link now."""
    for live in state.live_calls.values():
        attendee = live.attendees.get(token)
        if attendee and attendee.id == attendee_id:
            return attendee
    return None


def others_of(state: State, *, attendee: Attendee) -> list[Attendee]:
    """Return the other attendees of the same room."""
    live = call_of(state, attendee=attendee)
    return [other for other in live.attendees.values() if other is not attendee]


def call_of(state: State, *, attendee: Attendee) -> LiveCall:
    """Return the call that an attendee is in."""
    return state.live_calls[attendee.room_id]


def hang_up(state: State) -> None:
    """End every page's stream before the server stops; the pages reconnect without an `expelled` event."""
    with state.lock:
        for live in state.live_calls.values():
            for attendee in live.attendees.values():
                attendee.deliver(None)


def _count(state: State, *, room_id: str, live: LiveCall) -> None:
    room = state.rooms.get(room_id)
    if room is None or live.counting_from is None:
        return
    seconds = max((state.clock() - live.counting_from) // timedelta(seconds=1), 0)
    live.counting_from += timedelta(seconds=seconds)
    if room.duration_seconds is not None:
        seconds = min(seconds, room.duration_seconds - room.used_seconds)
    live.session_seconds += seconds
    state.rooms[room_id] = replace(room, used_seconds=room.used_seconds + seconds)


def _expel_dead_links(state: State, *, live: LiveCall) -> None:
    for attendee in list(live.attendees.values()):
        if state.live_link(attendee.token) is None:
            room = state.existing_room(attendee.room_id)
            reason: Reason = "time_up" if room and room.used_up and not room.disabled else "closed"
            _expel(live, attendee=attendee, reason=reason)


def _expel(live: LiveCall, *, attendee: Attendee, reason: Reason) -> None:
    attendee.deliver({"type": "expelled", "reason": reason})
    attendee.deliver(None)
    _remove(live, attendee=attendee)


def _remove(live: LiveCall, *, attendee: Attendee) -> None:
    del live.attendees[attendee.token]
    if live.presenter == attendee.id:
        live.presenter = None
    _send(live.attendees.values(), event={"type": "left", "peer": attendee.id})


def _start_or_stop(state: State, *, room_id: str, live: LiveCall) -> None:
    room, now = state.rooms.get(room_id), state.clock()
    if room is None:
        return
    together = len(live.attendees) >= COUNTING_PARTICIPANTS
    if live.attendees and live.session_id is None:
        live.session_id, live.session_seconds, live.met = f"session_{secrets.token_hex(6)}", 0, False
        state.sessions[live.session_id] = Session(
            session_id=live.session_id,
            room_id=room_id,
            connected_participants=(),
            created_at=now,
            duration_seconds=None,
        )
    if live.session_id:
        _record_stays(state, room=room, session_id=live.session_id, live=live)
    if together and live.counting_from is None:
        live.counting_from = now - live.carried
        _publish(state, "on_session_resumed" if live.met else "on_session_started", room=room, live=live)
        live.met = True
    if not together and live.counting_from is not None:
        live.carried, live.counting_from = max(now - live.counting_from, timedelta()), None
        _publish(state, "on_session_paused", room=room, live=live)
    if live.session_id and not live.attendees:
        _end_session(state, room=room, live=live)
    if room.running != together:
        state.rooms[room_id] = room = replace(room, running=together)
        if live.warned:
            _send(live.attendees.values(), event=_time_left(room, live=live))


def _end_session(state: State, *, room: Room, live: LiveCall) -> None:
    """End the session. Choice: it lasts from the first connection to the end of the last one, and is paused
    while fewer than two are connected; one in which nobody met has no event of its own.
    """
    assert live.session_id is not None  # noqa: S101 - narrows the type
    ended = replace(state.sessions[live.session_id], duration_seconds=live.session_seconds)
    state.sessions[live.session_id] = ended
    if live.met:
        _publish(state, "on_session_ended", room=room, live=live)
        _publish(state, "on_call_ended", room=room, live=live)
    live.session_id = None


def _record_stays(state: State, *, room: Room, session_id: str, live: LiveCall) -> None:
    """Begin and end the stays of those who came and went since the last look."""
    session, now = state.sessions[session_id], state.clock()
    # A dictionary removes duplicates and keeps the order of arrival.
    here = dict.fromkeys(each.user_id for each in live.attendees.values())
    were_here = {stay.user_id for stay in session.stays if stay.stopped_at is None}
    state.sessions[session_id] = replace(
        session,
        connected_participants=tuple(dict.fromkeys((*session.connected_participants, *here))),
        stays=(
            *(
                replace(stay, stopped_at=now)
                if stay.stopped_at is None and stay.user_id not in here
                else stay
                for stay in session.stays
            ),
            *(Stay(user_id=user_id, started_at=now) for user_id in here if user_id not in were_here),
        ),
    )
    for user_id in sorted(were_here - here.keys()):
        _publish(state, "on_user_disconnected", room=room, live=live, user_id=user_id)
    for user_id in here:
        if user_id not in were_here:
            _publish(state, "on_user_connected", room=room, live=live, user_id=user_id)


def _publish(state: State, event: str, *, room: Room, live: LiveCall, user_id: str | None = None) -> None:
    state.webhooks.publish(
        Happening(
            event=event,
            room_id=room.room_id,
            at=state.clock(),
            session_id=live.session_id,
            user_id=user_id,
            connected=tuple(attendee.user_id for attendee in live.attendees.values()),
            duration_seconds=room.duration_seconds,
            used_seconds=room.used_seconds,
        )
    )


def _warn(state: State, *, room_id: str, live: LiveCall) -> None:
    room = state.rooms.get(room_id)
    if room is None or room.duration_seconds is None or live.warned:
        return
    if room.duration_seconds - room.used_seconds <= WARNING_SECONDS:
        live.warned = True
        _send(live.attendees.values(), event=_time_left(room, live=live))


def _time_left(room: Room, *, live: LiveCall) -> Event:
    seconds = (room.duration_seconds or 0) - room.used_seconds
    return {"type": "time_left", "seconds": seconds, "counting": live.counting_from is not None}


def _send(attendees: Iterable[Attendee], *, event: Event) -> None:
    for attendee in attendees:
        attendee.deliver(event)
