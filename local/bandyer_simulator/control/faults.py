"""Faults on demand: which of the next requests fail, and how."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Literal

from starlette.types import Receive

type FaultKind = Literal[
    "status",
    "slow",
    "timeout_before",
    "timeout_after_commit",
    "malformed_body",
    "reset_before",
    "reset_after_commit",
]
_PLAIN_KINDS: tuple[FaultKind, ...] = (
    "timeout_before",
    "timeout_after_commit",
    "malformed_body",
    "reset_before",
    "reset_after_commit",
)
_SPELLINGS = "status:400-599, slow:SECONDS, " + ", ".join(_PLAIN_KINDS)
MAX_SLOW_SECONDS = 600.0


class InvalidControlError(Exception):
    """A control request is invalid; the message is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault for requests with this method (`*` is any) whose path starts with `path`."""

    method: str
    path: str
    kind: FaultKind
    times: int
    status: int = 500
    seconds: float = 0.0
    retry_after_seconds: int | None = None

    @property
    def needs_connection(self) -> bool:
        """True if the fault resets the TCP connection."""
        return self.kind in ("reset_before", "reset_after_commit")

    @property
    def commits(self) -> bool:
        """True if the request takes effect in spite of the fault."""
        return self.kind in ("slow", "timeout_after_commit", "malformed_body", "reset_after_commit")

    def matches(self, method: str, *, paths: tuple[str, ...]) -> bool:
        """Return whether the fault applies to a request; `paths` are spellings of its path."""
        return self.method in ("*", method) and any(path.startswith(self.path) for path in paths)


def fault_from(description: object) -> Fault:
    """Return the fault described by `{"method", "path", "fault", "times"?, "retry_after"?}`.

    Raises:
        InvalidControlError: a field is missing, unknown or out of range.
    """
    if not isinstance(description, dict):
        raise InvalidControlError("a fault is a JSON object")
    unknown = sorted(set(description) - {"method", "path", "fault", "times", "retry_after"})
    if unknown:
        raise InvalidControlError(f"unknown field: {', '.join(unknown)}")
    method, path, spelling = (description.get(name) for name in ("method", "path", "fault"))
    if not isinstance(method, str) or not method:
        raise InvalidControlError("method is required, for example POST, or * for any")
    if not isinstance(path, str) or not path.startswith("/"):
        raise InvalidControlError("path is required and starts with /, for example /room/create")
    if not isinstance(spelling, str):
        raise InvalidControlError(f"fault is required: {_SPELLINGS}")
    times = description.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise InvalidControlError("times is a whole number from 1")
    retry_after = description.get("retry_after")
    if retry_after is not None and (
        isinstance(retry_after, bool) or not isinstance(retry_after, int) or retry_after < 0
    ):
        raise InvalidControlError("retry_after is a whole number of seconds from 0")
    kind, status, seconds = _kind(spelling)
    if retry_after is not None and kind != "status":
        raise InvalidControlError("retry_after goes with status faults only")
    return Fault(
        method=method.upper(),
        path=path,
        kind=kind,
        times=times,
        status=status,
        seconds=seconds,
        retry_after_seconds=retry_after,
    )


def _kind(spelling: str) -> tuple[FaultKind, int, float]:
    for kind in _PLAIN_KINDS:
        if spelling == kind:
            return kind, 500, 0.0
    name, _, argument = spelling.partition(":")
    try:
        if name == "status" and 400 <= int(argument) <= 599:
            return "status", int(argument), 0.0
        if name == "slow" and 0 <= float(argument) <= MAX_SLOW_SECONDS:
            return "slow", 200, float(argument)
    except ValueError:
        pass
    raise InvalidControlError(f"fault is one of {_SPELLINGS}")


class FaultBook:
    """The pending faults in the order they were added, and the requests held by faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[tuple[Fault, int]] = []
        self._held: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def add(self, fault: Fault) -> None:
        """Add a fault, to be used `times` times."""
        with self._lock:
            self._pending.append((fault, fault.times))

    def take(self, method: str, *, paths: tuple[str, ...]) -> Fault | None:
        """Return the first fault that matches this request and count one use, or None."""
        with self._lock:
            for index, (fault, times_left) in enumerate(self._pending):
                if fault.matches(method, paths=paths):
                    self._pending[index : index + 1] = [(fault, times_left - 1)] if times_left > 1 else []
                    return fault
        return None

    def clear(self) -> None:
        """Remove all faults and release the held requests; callable from any thread."""
        with self._lock:
            self._pending.clear()
            for loop, event in self._held:
                loop.call_soon_threadsafe(event.set)

    @property
    def held_count(self) -> int:
        """The number of requests held now."""
        with self._lock:
            return len(self._held)

    async def hold(self, seconds: float, *, until_gone: Receive | None) -> None:
        """Wait until `clear`, the end of `seconds` or, with `until_gone`, the client's disconnect."""
        released = asyncio.Event()
        entry = (asyncio.get_running_loop(), released)
        with self._lock:
            self._held.add(entry)
        waits = [asyncio.ensure_future(released.wait())]
        if until_gone is not None:
            waits.append(asyncio.ensure_future(disconnected(until_gone)))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            with self._lock:
                self._held.discard(entry)
            for wait in waits:
                wait.cancel()


async def disconnected(receive: Receive) -> Literal[True]:
    """Wait until the client closes the connection; read the request body before."""
    while (await receive())["type"] != "http.disconnect":
        pass
    return True
