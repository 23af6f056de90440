"""A program: one day of the reconciler at so many visits a month, on the fakes, with every call counted.

`python -m benchmarks.reconciled_day VISITS_A_MONTH`. Each visit is booked a day ahead, and its room is
deleted a day after. The third day is counted: it has bookings, looks, ends, deletions and walks.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from teleconsultation.domain.lifetime import RUN_EVERY
from teleconsultation.domain.ports import Ports
from teleconsultation.storage.items import INDEX_PARTITIONS
from teleconsultation.use_cases.create import NewTeleconsultation, create_teleconsultation
from teleconsultation.use_cases.reconcile import reconcile_rooms
from tests.fakes import samples
from tests.fakes.calls import InMemoryCalls
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.fakes.watch import NOON, Watch

DAYS_A_MONTH = 30
PAGE_SIZE = 100
DAY = timedelta(days=1)
# The rooms are deleted a day after the visit, so that three days see a room's whole life.
RETENTION = timedelta(days=2)
OVERRUN = timedelta(hours=1)


class Counted:
    """A port whose calls are counted by the methods' names."""

    def __init__(self, port: object, *, calls: Counter[str]) -> None:
        self._port = port
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._port, name)

        def counted(*args: Any, **named: Any) -> Any:
            self._calls[name] += 1
            answer = method(*args, **named)
            if name == "get_all":
                self._calls["records"] += len(args[0])
            return answer

        return counted


def reconciled_day(visits_a_month: int) -> Counter[str]:
    """Return how often each method was called by a day's runs of the reconciler, and `runs`."""
    clock = Watch(NOON)
    table = InMemoryTeleconsultations(clock=clock, retention=RETENTION)
    rooms = InMemoryVideoRooms(clock=clock, page_size=PAGE_SIZE)
    known_calls = InMemoryCalls(clock=clock)
    ports = Ports(teleconsultations=table, calls=known_calls, rooms=rooms, clock=clock)
    calls: Counter[str] = Counter()
    counting: Any = Ports(
        teleconsultations=Counted(table, calls=calls),
        calls=Counted(known_calls, calls=calls),
        rooms=Counted(rooms, calls=calls),
        clock=clock,
    )
    runs = DAY // RUN_EVERY
    a_day = visits_a_month // DAYS_A_MONTH
    booked = 0
    for run in range(3 * runs):
        clock.now = NOON + run * RUN_EVERY
        while booked * runs < (run + 1) * a_day:
            create_teleconsultation(
                NewTeleconsultation(
                    participants_number=2,
                    invitees=(samples.doctor(), samples.patient()),
                    schedule=samples.schedule(start_date=clock.now + DAY, duration_seconds=1800),
                ),
                by=None,
                idempotency_key=None,
                ports=ports,
                join_secrets=None,
                policy=samples.policy(),
            )
            booked += 1
        if run == 2 * runs:
            calls.clear()
        done = reconcile_rooms(
            ports=counting,
            policy=samples.policy(),
            retention=RETENTION,
            overrun=OVERRUN,
            uploads_kept=None,
            remaining_seconds=lambda: 300.0,
        )
        assert done.failures == 0
        calls["runs"] += 1
    calls["due_for_settling"] *= len(INDEX_PARTITIONS)
    return calls


if __name__ == "__main__":
    began = time.perf_counter()
    counted = reconciled_day(int(sys.argv[1]))
    print(json.dumps(counted | {"seconds": time.perf_counter() - began}))
