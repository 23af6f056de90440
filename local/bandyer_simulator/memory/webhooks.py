"""What the provider tells others of rooms, calls and people: who subscribed, and what is still to be sent."""

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

type Version = Literal["v0", "v1"]

VERSIONS: tuple[Version, ...] = ("v0", "v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a room, in both versions' words; what a kind of event does not have is None."""

    event: str
    room_id: str
    at: datetime
    session_id: str | None = None
    user_id: str | None = None
    connected: tuple[str, ...] = ()
    """User ids of those who are connected afterwards."""
    duration_seconds: int | None = None
    used_seconds: int = 0
    links: tuple[tuple[str, str], ...] = ()
    """User id and link of each participant whose link was made or ended."""
    description: str | None = None
    """What whoever made the room wrote on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The address that a version's events are posted to."""

    url: str
    event: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What goes wrong on the way to a subscriber."""

    duplicate: bool = False
    reorder: bool = False
    """Each event waits for a random part of `delay_seconds`."""
    delay_seconds: float = 0.0
    drop: bool = False
    bad_signature: bool = False


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscriber; `due_at` is by the monotonic clock."""

    number: int
    version: Version
    url: str
    happening: Happening
    due_at: float
    is_forged: bool
    attempts: int = 0
    statuses: list[int | None] = field(default_factory=list)
    """The answers so far; None stands for no answer."""


class Webhooks:
    """The subscriptions of one company and the deliveries that wait. Used under the state's lock.

    Choice: a version has one address, and another configuration of it replaces the former one as a whole,
    with its address: the vendor says that an event that is left out is switched off.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self.changed = threading.Event()
        """Set when there may be something new to send."""
        self._numbers = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """Forget subscriptions, switches and deliveries."""
        self.hooks: dict[Version, tuple[Hook, ...]] = dict.fromkeys(VERSIONS, ())
        self.switches = Switches()
        self.waiting: list[Delivery] = []
        self.done: list[Delivery] = []
        self.changed.set()

    def publish(self, happening: Happening) -> None:
        """Queue an event for each version that has it switched on."""
        for version in VERSIONS:
            for hook in self.hooks[version]:
                if hook.event == happening.event and not self.switches.drop:
                    for _ in range(2 if self.switches.duplicate else 1):
                        self._queue(happening, version=version, url=hook.url)
        self.changed.set()

    def _queue(self, happening: Happening, *, version: Version, url: str) -> None:
        delay = self.switches.delay_seconds
        if self.switches.reorder:
            delay *= random.random()  # noqa: S311 - nothing secret
        self.waiting.append(
            Delivery(
                number=next(self._numbers),
                version=version,
                url=url,
                happening=happening,
                due_at=self.monotonic() + delay,
                is_forged=self.switches.bad_signature,
            )
        )
