"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable
from typing import Final

_PAUSE_SECONDS: Final = 0.01


def wait_until(condition: Callable[[], bool], *, seconds: float = 5) -> bool:
    """Ask until the condition holds; False if it does not in that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
