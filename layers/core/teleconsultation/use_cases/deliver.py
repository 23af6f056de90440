"""Use case: deliver one event to one endpoint, or say what is to become of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from teleconsultation.domain.delivery import (
    ATTEMPT_OFFSETS,
    GONE,
    LONGEST_WAIT,
    SLOWING_STATUSES,
    Delivery,
    EndpointState,
    next_attempt_at,
    pause_after,
)
from teleconsultation.domain.ports import Clock, EndpointStates


class Fate(Enum):
    """What has become of a delivery."""

    DELIVERED = auto()
    LATER = auto()
    PARKED = auto()
    """It is kept for an operator's replay, and not tried again by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """An endpoint's answer; `status` is None if there was none."""

    status: int | None
    retry_after: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What has become of a delivery, and what it was that the endpoint said."""

    fate: Fate
    after_seconds: int = 0
    """When it is tried again."""
    was_sent: bool = False
    status: int | None = None
    was_disabled: bool = False
    """Whether this attempt has switched the endpoint off."""


def deliver(
    delivery: Delivery,
    *,
    send: Callable[[], Attempt],
    states: EndpointStates,
    clock: Clock,
    chance: Callable[[], float],
) -> Outcome:
    """Send the event, unless its endpoint is paused or disabled, and return what is to become of it.

    Raises:
        StorageUnavailableError: the table cannot answer; the event may have been sent.
    """
    state, now = states.get(delivery.endpoint_id), clock()
    if state.disabled_at is not None:
        return Outcome(fate=Fate.PARKED)
    if state.paused_until is not None and state.paused_until > now:
        # Spread over the pause's end, so that those who waited do not come at once.
        wait = state.paused_until - now
        return Outcome(fate=Fate.LATER, after_seconds=_seconds(wait + wait * chance() / 4))
    attempt = send()
    if attempt.status is not None and 200 <= attempt.status < 300:
        if state != EndpointState():
            states.succeeded(delivery.endpoint_id)
        return Outcome(fate=Fate.DELIVERED, was_sent=True, status=attempt.status)
    return _failed(delivery, attempt, state=state, states=states, now=clock(), chance=chance())


def _failed(
    delivery: Delivery,
    attempt: Attempt,
    *,
    state: EndpointState,
    states: EndpointStates,
    now: datetime,
    chance: float,
) -> Outcome:
    if attempt.status == GONE:
        states.disable(delivery.endpoint_id, at=now)
        return Outcome(fate=Fate.PARKED, was_sent=True, status=GONE, was_disabled=True)
    asked = _asked_wait(attempt.retry_after, now=now)
    paused_until = None
    if attempt.status is None or attempt.status in SLOWING_STATUSES:
        paused_until = now + (asked or pause_after(state.failures + 1))
    states.failed(delivery.endpoint_id, at=now, paused_until=paused_until)
    again_at = next_attempt_at(delivery.queued_at, now=now, chance=chance)
    if again_at is None:
        since = state.failing_since
        # One event that is never taken does not switch off an endpoint that takes others.
        is_dead = since is not None and now - since >= ATTEMPT_OFFSETS[-1] * 0.9
        if is_dead:
            states.disable(delivery.endpoint_id, at=now)
        return Outcome(fate=Fate.PARKED, was_sent=True, status=attempt.status, was_disabled=is_dead)
    wait = max(again_at - now, asked or timedelta())
    return Outcome(fate=Fate.LATER, after_seconds=_seconds(wait), was_sent=True, status=attempt.status)


def _asked_wait(retry_after: str | None, *, now: datetime) -> timedelta | None:
    """Return the wait in a header `Retry-After` (RFC 9110, section 10.2.3), if it is one."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=min(int(retry_after[:9]), 10**6)), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(retry_after) - now
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(min(wait, LONGEST_WAIT).total_seconds()))
