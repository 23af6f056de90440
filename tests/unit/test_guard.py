"""The guard of conftest.py holds."""

import multiprocessing
import os
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress

import pytest


def _in_a_process() -> None:
    multiprocessing.get_context("spawn").Process().start()


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run(["true"], check=True),
        lambda: os.system("true"),  # noqa: S605 - it never comes to that
        lambda: os.fork() or os._exit(0),
        _in_a_process,
    ],
    ids=["subprocess", "system", "fork", "multiprocessing"],
)
def test_a_unit_test_that_starts_a_process_fails(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="starts a process"), suppress(Exception):
        start()


@pytest.mark.parametrize(
    "open_socket",
    [
        socket.socket,
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.create_server(("", 0)),
    ],
    ids=["socket", "connection", "server"],
)
def test_a_unit_test_that_opens_a_socket_fails(open_socket: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="opens a socket"), suppress(Exception):
        open_socket()


def test_an_event_loops_pair_of_sockets_is_allowed() -> None:
    for end in socket.socketpair():
        end.close()
