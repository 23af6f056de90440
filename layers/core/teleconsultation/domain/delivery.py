"""When an event is delivered to an endpoint, how often, and when no longer.

The times are those that Standard Webhooks suggests.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

ATTEMPT_PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each failed attempt, the first of which is made at once."""
ATTEMPT_OFFSETS: Final = tuple(accumulate(ATTEMPT_PAUSES))
"""The same, since the event was queued."""
LONGEST_WAIT: Final = timedelta(hours=11)
"""How long a queue hides a message: SQS allows 12 hours in all. A longer pause has attempts in between."""
JITTER: Final = 0.1
"""By how much of a pause it varies, at most, in either direction."""
SLOWING_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Answers that ask for fewer requests; as none at all, they pause the whole endpoint."""
GONE: Final = 410
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""Between attempts at an endpoint that does not answer. Meanwhile its other events do not wait for it in
vain, so that an endpoint that hangs costs the others almost nothing.
"""


MOST_RECEIVES: Final = 990
"""How often the queue may hand over a message. One that comes more often, every three minutes for two days,
because the endpoints' secret or the table cannot be read, is parked by the sender, which counts it. The queue
itself parks after `maxReceiveCount` of template.yaml, and no alarm would ring.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """An event on its way to one endpoint."""

    endpoint_id: str
    event_id: str
    body: str = field(repr=False)
    """The signed text, as it was when the event was queued."""
    queued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointState:
    """What is remembered of an endpoint that has failed."""

    failures: int = 0
    """Without an answer, or with one that asks for fewer requests, in a row."""
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    disabled_at: datetime | None = None


def next_attempt_at(queued_at: datetime, *, now: datetime, chance: float) -> datetime | None:
    """Return when an event that has just failed is tried again; None if this was the last attempt.

    `chance` is random, from 0 to 1.
    """
    elapsed = now - queued_at
    for pause, offset in zip(ATTEMPT_PAUSES, ATTEMPT_OFFSETS, strict=True):
        varied = offset + pause * JITTER * (2 * chance - 1)
        if varied > elapsed:
            return min(queued_at + varied, now + LONGEST_WAIT)
    return None


def pause_after(failures: int) -> timedelta:
    """Return how long an endpoint is left alone after so many failures in a row."""
    doublings = max(0, min(failures - 1, 8))
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
