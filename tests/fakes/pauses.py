"""Pauses that take no time: each moves the clock on instead."""

import time


class Pauses:
    """What a client takes for `time.sleep` and `time.monotonic`."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.seconds)
