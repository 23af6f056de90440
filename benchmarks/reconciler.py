"""A program: one audit of the reconciler past rooms that are made up as they are asked for.

`python -m benchmarks.reconciler LIVE ORPHANS`. The ports are answered from arithmetic, so what memory
is used is the reconciler's.
"""

# mypy: ignore-errors
# The fakes answer as much of the ports as a walk asks.

import json
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

from teleconsultation.domain.door import Door
from teleconsultation.domain.model import Room, Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.privileges import Privilege, Privileges
from teleconsultation.domain.room_plan import MarkedRoom, RoomList, RoomState
from teleconsultation.domain.schedule import EndSpelling, Schedule
from teleconsultation.use_cases.reconcile import reconcile_rooms
from tests.fakes.calls import InMemoryCalls

LIVE, ORPHANS = map(int, sys.argv[1:])
PAGE_SIZE = 100
NOW = datetime(2030, 1, 1, tzinfo=UTC)
SCHEDULE = Schedule(start_date=NOW, end_date=NOW + timedelta(hours=1), end_spelling=EndSpelling.END_DATE)
DOOR = Door(early_join_seconds=600, late_join_seconds=900, edit_freeze_seconds=600)
NOBODY = Privilege(groups=frozenset(), tools={})
POLICY = Policy(
    door=DOOR,
    privileges=Privileges(basic=NOBODY, plus=NOBODY),
    unlimited=False,
    live=False,
    recording_type="none",
)
# Every so many-th room is one.
ORPHAN_EVERY = (LIVE + ORPHANS) // ORPHANS


def is_orphan(number):
    """Say whether nobody knows the room of that number."""
    return number % ORPHAN_EVERY == 0 and number // ORPHAN_EVERY < ORPHANS


class LazyRooms:
    """The provider: rooms are numbers until a page shows them."""

    def __init__(self):
        self.pages = 0
        self.deleted = set()

    def list_rooms(self, *, position):
        self.pages += 1
        numbers = range(position, min(position + PAGE_SIZE, LIVE + ORPHANS))
        marked = tuple(
            MarkedRoom(
                room_id=f"room_{number}",
                attempt_id=f"{number:024x}.attempt",
                teleconsultation_id=f"{number:024x}",
                is_certain=True,
                created_at=NOW - timedelta(days=1),
                state=RoomState.IDLE,
            )
            for number in numbers
        )
        return RoomList(
            marked=marked,
            size=len(marked),
            oldest=NOW - timedelta(days=1),
            is_last=numbers.stop >= LIVE + ORPHANS,
        )

    def delete(self, room_id):
        self.deleted.add(room_id)


class LazyTeleconsultations:
    """The table: a record is made when it is read."""

    def __init__(self):
        self.reads = 0
        self.most_at_once = 0

    def due_for_settling(self, *, now):
        return iter(())

    def walk(self):
        return None

    def save_walk(self, walk):
        self.kept = walk

    def get_all(self, teleconsultation_ids):
        self.reads += 1
        self.most_at_once = max(self.most_at_once, len(teleconsultation_ids))
        return {
            key: Teleconsultation(
                id=key,
                version=2,
                schedule=SCHEDULE,
                participants_number=2,
                participants=(),
                created_at=NOW,
                updated_at=NOW,
                door_times=DOOR.times_of(SCHEDULE),
                room=Room(room_id=f"room_{int(key, 16)}", duration_seconds=None, links={}),
            )
            for key in teleconsultation_ids
            if not is_orphan(int(key, 16))
        }


rooms, table = LazyRooms(), LazyTeleconsultations()
tracemalloc.start()
before = time.perf_counter()
done = reconcile_rooms(
    ports=Ports(
        teleconsultations=table, calls=InMemoryCalls(clock=lambda: NOW), rooms=rooms, clock=lambda: NOW
    ),
    policy=POLICY,
    retention=timedelta(days=365),
    overrun=timedelta(hours=1),
    uploads_kept=None,
    remaining_seconds=lambda: 300.0,
    max_deletions=ORPHANS,
)
assert done.walk.is_complete, done
print(
    json.dumps(
        {
            "deleted": len(rooms.deleted),
            "pages": rooms.pages,
            "reads": table.reads,
            "most_at_once": table.most_at_once,
            "kilobytes": tracemalloc.get_traced_memory()[1] / 1024,
            "seconds": time.perf_counter() - before,
        }
    )
)
