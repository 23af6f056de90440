"""The simulator's memory: one company, protected by one lock."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from local.bandyer_simulator.memory.attendance import LiveCall
from local.bandyer_simulator.memory.records import (
    Company,
    Participant,
    RequestRecord,
    Room,
    Session,
    Upload,
    User,
)
from local.bandyer_simulator.memory.webhooks import Webhooks

type Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the machine's time: the default clock."""
    return datetime.now(UTC)


class State:
    """Users, rooms, sessions, uploads, calls, requests; use it under `lock`, or `live_calls.refreshed`.

    `clock` returns aware UTC times. `public_url` is called each time, because a server on a free port knows
    its address only after the application is built. `company` is also the company after a reset.
    """

    def __init__(
        self, *, api_key: str, public_url: Callable[[], str], clock: Clock, company: Company
    ) -> None:
        self.api_key = api_key
        self.public_url = public_url
        self.clock = clock
        self.lock = threading.RLock()
        self.company = self._first_company = company
        self.users: dict[str, User] = {}
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[str, Session] = {}
        self.uploads: dict[str, Upload] = {}
        # Kept by `reset`: the next refresh expels the attendees of deleted rooms.
        self.live_calls: dict[str, LiveCall] = {}
        self.link_tokens: dict[str, tuple[str, str]] = {}
        self.revoked_tokens: set[str] = set()
        self.requests: list[RequestRecord] = []
        self.webhooks = Webhooks()
        self.generation = 0

    def reset(self) -> None:
        """Empty the memory; `generation` lets slow requests detect that they belong to the old one."""
        self.generation += 1
        self.company = self._first_company
        for memory in (self.users, self.rooms, self.sessions, self.uploads, self.link_tokens):
            memory.clear()
        self.revoked_tokens.clear()
        self.requests.clear()
        self.webhooks.clear()

    def existing_room(self, room_id: str) -> Room | None:
        """Return the room, or None if it is unknown or deleted."""
        room = self.rooms.get(room_id)
        return None if room is None or room.deleted else room

    def live_link(self, token: str) -> tuple[Room, Participant] | None:
        """Return room and seat of a link, or None if the room is closed or the link revoked or unknown."""
        if token not in self.link_tokens or token in self.revoked_tokens:
            return None
        room_id, user_id = self.link_tokens[token]
        room = self.rooms[room_id]
        if room.status == "CLOSED":
            return None
        return room, next(seat for seat in room.participants if seat.user_id == user_id)


def wire_time(moment: datetime) -> str:
    """Return the moment as the vendor writes dates: ISO 8601 in UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
