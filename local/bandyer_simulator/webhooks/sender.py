"""Post events to their subscribers until one is received: only status 200 counts."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from local.bandyer_simulator.memory.state import State
from local.bandyer_simulator.memory.webhooks import Delivery
from local.bandyer_simulator.webhooks.bodies import body_of, headers_for

type Post = Callable[[str, bytes, Mapping[str, str]], int | None]
"""Sends a body with headers to an address and returns the status; None is no answer."""

# Choice: the vendor documents neither the pauses nor the number of repetitions.
RETRY_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)
ANSWER_SECONDS = 10.0
RECEIVED = 200
_FORGERS_KEY = "ak_of_somebody_else"


class Sender:
    """Sends what waits in the state's webhooks, one delivery at a time."""

    def __init__(self, state: State, *, post: Post) -> None:
        self._state = state
        self._post = post

    def send_due(self) -> float | None:
        """Send what is due, and return the seconds until the next delivery is; None if none waits."""
        while delivery := self._take_due():
            happening, version = delivery.happening, delivery.version
            body = body_of(happening, version=version)
            headers = headers_for(
                body,
                happening=happening,
                version=version,
                key=_FORGERS_KEY if delivery.is_forged else self._state.api_key,
                now=self._state.clock().timestamp(),
            )
            status = self._post(delivery.url, body, {"content-type": "application/json", **headers})
            self._note(delivery, status=status)
        with self._state.lock:
            webhooks = self._state.webhooks
            due = min((waiting.due_at for waiting in webhooks.waiting), default=None)
            return None if due is None else max(due - webhooks.monotonic(), 0.0)

    def _take_due(self) -> Delivery | None:
        with self._state.lock:
            webhooks = self._state.webhooks
            now = webhooks.monotonic()
            due = [waiting for waiting in webhooks.waiting if waiting.due_at <= now]
            delivery = min(due, key=lambda waiting: (waiting.due_at, waiting.number), default=None)
            if delivery is not None:
                webhooks.waiting.remove(delivery)
            return delivery

    def _note(self, delivery: Delivery, *, status: int | None) -> None:
        with self._state.lock:
            webhooks = self._state.webhooks
            delivery.statuses.append(status)
            if status == RECEIVED or delivery.attempts == len(RETRY_SECONDS):
                webhooks.done.append(delivery)
                return
            delivery.due_at = webhooks.monotonic() + RETRY_SECONDS[delivery.attempts]
            delivery.attempts += 1
            webhooks.waiting.append(delivery)


@contextmanager
def running_sender(state: State) -> Iterator[None]:
    """Send in a thread of its own until the block ends; what still waits then is lost."""
    stop = threading.Event()
    sender = Sender(state, post=_post)

    def run() -> None:
        while not stop.is_set():
            state.webhooks.changed.clear()
            pause = sender.send_due()
            state.webhooks.changed.wait(pause)

    thread = threading.Thread(target=run, name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        state.webhooks.changed.set()
        thread.join(ANSWER_SECONDS)


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - checked when it was configured
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, ValueError):
        return None
