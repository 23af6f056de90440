"""Use case: carry out the erasures that were requested.

A run claims an erasure with a lease. If the process is killed, the lease ends, and a later run begins where
the last position was stored. Two runs may meet, because `erase_person` is safe to repeat.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from teleconsultation.domain.door import Door
from teleconsultation.domain.ports import Consents, Erasures, Ports
from teleconsultation.use_cases.erase import RESERVE_SECONDS, Erasure, erase_person

RETRY_AFTER = timedelta(minutes=15)
"""When an erasure is tried again that the provider, the table or other changes have stopped."""
LEASE_MARGIN = timedelta(minutes=1)
"""How much longer than the process a lease lasts, for clocks that differ."""


@dataclass(kw_only=True, slots=True)
class ErasureRuns:
    """The result of one invocation."""

    runs: dict[str, Erasure] = field(default_factory=dict)
    """Id of the requested erasure -> how its run ended."""

    @property
    def failures(self) -> int:
        """How many could not be finished for another reason than time."""
        return sum(run.stopped_by not in {None, "time"} for run in self.runs.values())


def run_erasures(
    *,
    erasures: Erasures,
    ports: Ports,
    consents: Consents,
    door: Door,
    remaining_seconds: Callable[[], float],
) -> ErasureRuns:
    """Carry out the erasures that are due, one after the other, while there is time.

    Raises:
        StorageUnavailableError: the table cannot answer; a later run makes up for it.
    """
    done = ErasureRuns()
    for erasure_id in erasures.due(now=ports.clock()):
        if remaining_seconds() < RESERVE_SECONDS:
            break
        now = ports.clock()
        requested = erasures.claim(
            erasure_id, now=now, until=now + timedelta(seconds=remaining_seconds()) + LEASE_MARGIN
        )
        if requested is None or requested.external_id is None:
            continue
        run = erase_person(
            requested.external_id,
            resume_from=requested.resume_from,
            ports=ports,
            consents=consents,
            door=door,
            remaining_seconds=remaining_seconds,
            announce=partial(erasures.note_upcoming, requested.id),
        )
        done.runs[erasure_id] = run
        if run.stopped_by is None:
            erasures.complete(requested, at=ports.clock())
            continue
        is_out_of_time = run.stopped_by == "time"
        erasures.stop(
            requested,
            stopped_by=None if is_out_of_time else run.stopped_by,
            resume_from=run.resume_from,
            due_at=ports.clock() + (timedelta() if is_out_of_time else RETRY_AFTER),
        )
    return done
