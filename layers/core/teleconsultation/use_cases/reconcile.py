"""Use case: finish or undo what crashed processes left, and end rooms with their doors.

The first pass settles the teleconsultations that are due for it. The second pass walks through the provider's
list of rooms. Every step may be repeated, and a crash at any point is harmless.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from teleconsultation.domain.errors import ConflictError, TeleconsultationNotFoundError
from teleconsultation.domain.lifetime import CHECK_BEFORE_OPENING
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.room_look import Looks
from teleconsultation.use_cases.settle import Settlement, settle_teleconsultation
from teleconsultation.use_cases.walk import WalkReport, walk_rooms

FAILURES_IN_A_ROW = 3
"""So many records that fail one after the other mean that the provider is down. The others stay due."""
RESERVE_SECONDS = 15.0
"""Enough for one more provider call, and for saving the position."""
SPARE_SECONDS = 60.0
"""With less time left the looks that can be left out are: the walk needs time too."""


@dataclass(kw_only=True, slots=True)
class Reconciliation:
    """The result of one run."""

    settled: int = 0
    """Teleconsultations for which everything due was done."""
    given_up: int = 0
    """Attempts to make a room among them, left by a crashed process."""
    lost_rooms: int = 0
    """Rooms that the provider had lost before their door closed."""
    looks_left_out: int = 0
    """Rooms of visits to come that were not looked up, because there was no time."""
    uploads_deleted: int = 0
    """Files of calls that were deleted."""
    failures: int = 0
    """Teleconsultations that are settled later, because the provider refused or could not answer."""
    is_out_of_time: bool = False
    """Whether teleconsultations are left that were due too."""
    walk: WalkReport | None = None
    """None if the walk was not due."""


def reconcile_rooms(
    *,
    ports: Ports,
    policy: Policy,
    retention: timedelta,
    overrun: timedelta,
    uploads_kept: timedelta | None,
    remaining_seconds: Callable[[], float],
    max_deletions: int | None = None,
    checks_until: datetime | None = None,
) -> Reconciliation:
    """Settle the teleconsultations that are due, then walk through the provider's rooms if that is due.

    The looks at rooms that can be left out come after all else that is due, as long as there is time. When
    `remaining_seconds` are used up, the next run continues where this one stopped. `max_deletions` is the
    operator's limit in place of the walk's own. With `checks_until`, which an operator sends after a restore,
    the rooms of visits that open until then, or up to a day later, are looked up now.
    `retention`, `overrun` and `uploads_kept` are those of `settle_teleconsultation`.

    Raises:
        StorageUnavailableError: the table cannot answer; the next run makes up for it.
    """
    done = Reconciliation()

    def has_time() -> bool:
        return remaining_seconds() > RESERVE_SECONDS

    def settle(teleconsultation_id: str, *, due_since: datetime, looks: Looks) -> Settlement | None:
        try:
            settlement = settle_teleconsultation(
                teleconsultation_id,
                ports=ports,
                policy=policy,
                retention=retention,
                overrun=overrun,
                uploads_kept=uploads_kept,
                due_since=due_since,
                looks=looks,
            )
        except (ConflictError, TeleconsultationNotFoundError):
            return None  # another request is changing it, or it was deleted: nothing to do
        done.given_up += settlement.gave_up
        done.lost_rooms += settlement.found_lost
        done.uploads_deleted += settlement.uploads_deleted
        done.failures += settlement.failed
        done.settled += not settlement.failed and not settlement.awaits_look
        return settlement

    tried = _settle_due(
        done,
        settle=settle,
        checks_until=checks_until,
        has_time=has_time,
        has_spare_time=lambda: remaining_seconds() > SPARE_SECONDS,
        ports=ports,
    )
    if done.is_out_of_time:
        return done
    done.walk = walk_rooms(
        ports=ports,
        door=policy.door,
        deletes_uploads=uploads_kept is not None,
        has_time=has_time,
        # The room of an attempt that was just given up is among the newest.
        hurry=done.given_up > 0 or max_deletions is not None,
        max_deletions=max_deletions,
    )
    for teleconsultation_id in done.walk.lost if done.walk else ():
        if teleconsultation_id not in tried and has_time():
            settle(teleconsultation_id, due_since=ports.clock(), looks=Looks.ALL)
    return done


class _Settle(Protocol):
    def __call__(
        self, teleconsultation_id: str, *, due_since: datetime, looks: Looks
    ) -> Settlement | None: ...


def _settle_due(
    done: Reconciliation,
    *,
    settle: _Settle,
    checks_until: datetime | None,
    has_time: Callable[[], bool],
    has_spare_time: Callable[[], bool],
    ports: Ports,
) -> Collection[str]:
    """Settle the teleconsultations that are due, those that only await a look after the others, and return
    the ids of those that have had their turn. Say in `done` if there was no time for all.
    """
    awaiting_look: list[tuple[str, datetime]] = []

    def in_turn() -> Iterator[tuple[str, datetime, Looks]]:
        now = ports.clock()
        until = max(now, checks_until - CHECK_BEFORE_OPENING) if checks_until else now
        for id_, since in ports.teleconsultations.due_for_settling(now=until):
            yield id_, since, Looks.ALL if checks_until else Looks.LATER
        for id_, since in awaiting_look:
            yield id_, since, Looks.DUE if has_spare_time() else Looks.LEFT_OUT

    tried, in_a_row = set[str](), 0
    for id_, since, looks in in_turn():
        if not has_time():
            done.is_out_of_time = True
            break
        tried.add(id_)
        settlement = settle(id_, due_since=since, looks=looks)
        if settlement is None:
            continue
        done.looks_left_out += looks is Looks.LEFT_OUT
        if settlement.awaits_look:
            awaiting_look.append((id_, since))
            continue
        in_a_row = in_a_row + 1 if settlement.failed else 0
        if in_a_row == FAILURES_IN_A_ROW:
            break
    return tried
