"""A unit test starts no process and opens no socket: one that does fails, whatever the code makes of it."""

import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from socket import AF_UNIX
from typing import Final, Never

import pytest

PROCESSES: Final = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
)
"""Audit events. https://docs.python.org/3.13/library/audit_events.html"""


class _Guard:
    """Refuses processes and sockets while it is on: an audit hook cannot be removed."""

    def __init__(self) -> None:
        self.is_on = False
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_on:
            return
        if event in PROCESSES:
            refuse("starts a process")
        # Event loops wake themselves over a pair of Unix sockets.
        if event == "socket.__new__" and arguments[1] != AF_UNIX:
            refuse("opens a socket")


def refuse(what: str) -> Never:
    """Fail the test with an exception that `except Exception` does not catch."""
    pytest.fail(f"A unit test {what}: it belongs in tests/integration or tests/infrastructure.")


_GUARD: Final = _Guard()


@pytest.fixture(autouse=True)
def no_process_and_no_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Multiprocessing starts its children without an audit event, unless it forks.
    monkeypatch.setattr(BaseProcess, "start", lambda _: refuse("starts a process"))
    _GUARD.is_on = True
    yield
    _GUARD.is_on = False
