"""A year of a clinic on the virtual clock, with what goes wrong in it, and what must hold all the while."""

import io
import os
import random
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.bandyer_simulator.memory.records import Room
from teleconsultation.domain.lifetime import CHECK_BEFORE_OPENING, RUN_EVERY
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.powertools_log import logger
from tests.fakes.effects import KilledError
from tests.fakes.lambda_output import powertools_stream
from tests.fakes.watch import Watch
from tests.faults.year.agenda import Agenda
from tests.faults.year.clinic import SURNAME, Booking, Clinic
from tests.faults.year.deployment import Deployment, Table
from tests.faults.year.promises import Promise, Promises
from tests.faults.year.provider import Provider

OVERRUN = timedelta(hours=1)
"""The default of `OverrunSeconds`."""
GRACE = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST_DAY = datetime(2026, 12, 7, tzinfo=UTC)
"""A Monday."""
BACKUPS_KEPT_HOURS = 12
OUTAGE = HOUR / 2
REGION_LOST_FOR = timedelta(hours=3)
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What happens in a run, by the number of its days."""

    days: int
    visits_a_day: int
    longest_lead: timedelta
    """How long before its visit a booking is made."""
    retention: timedelta
    """Shorter than the default, so that the last day of most records is seen."""
    restores: Mapping[int, int]
    """Day -> how many hours the table goes back."""
    rotations: frozenset[int] = frozenset()
    outages: frozenset[int] = frozenset()
    """Days on which the provider does not answer for half an hour."""
    region_lost_on: int | None = None


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What the table held at an instant."""

    at: datetime
    content: Mapping[str, Any]


class Year:
    """One run."""

    def __init__(self, plan: Plan, *, patch: pytest.MonkeyPatch, seed: int) -> None:
        self.plan = plan
        self.clock = Watch(FIRST_DAY)
        self.agenda = Agenda(self.clock)
        self.promises = Promises(self.clock)
        self.provider = Provider(clock=self.clock, seed=seed, fault_rate=0.01)
        self.deployment = Deployment(
            patch, provider=self.provider, clock=self.clock, retention=plan.retention
        )
        self.clinic = Clinic(
            deployment=self.deployment,
            provider=self.provider,
            agenda=self.agenda,
            promises=self.promises,
            seed=seed,
            visits_a_day=plan.visits_a_day,
            longest_lead=plan.longest_lead,
        )
        self.counts = self.clinic.counts
        self.of_former_tables: set[str] = set()
        """Rooms that a restored table knew nothing of."""
        self.log = io.StringIO()
        self._random = random.Random(f"year {seed}")
        self._backups: deque[Backup] = deque(maxlen=BACKUPS_KEPT_HOURS)
        self._copy: Backup | None = None
        """The newest copy of the table in the second region."""
        self._last_run = FIRST_DAY

    @property
    def now(self) -> datetime:
        return self.clock.now

    def run(self) -> None:
        """Let the time pass, then let everything come to rest."""
        for day in range(self.plan.days):
            self._plan_day(day, FIRST_DAY + day * DAY)
        for hour in range(self.plan.days * 24):
            self.agenda.at(FIRST_DAY + hour * HOUR, self._back_up)
        self._pass_time(until=FIRST_DAY + self.plan.days * DAY)
        self._come_to_rest()

    def _plan_day(self, day: int, midnight: datetime) -> None:
        self.agenda.at(midnight + 3 * HOUR, self._night)
        self.agenda.at(midnight, lambda: self.clinic.plan_day(midnight))
        noon = midnight + 11 * HOUR + timedelta(minutes=self._random.uniform(0, 120))
        if self._random.random() < 0.5:
            self.agenda.at(noon + 3 * HOUR, self._lose_a_room)
        if self._random.random() < 0.2:
            self.agenda.at(noon - HOUR, self._lose_a_room_in_use)
        self.agenda.at(noon + 2 * HOUR, self._check_next_visits)
        if day in self.plan.restores:
            hours = self.plan.restores[day]
            self.agenda.at(noon - HOUR / 2, self.clinic.lock_out_somebody)
            self.agenda.at(noon, lambda: self._restore(hours))
        if day in self.plan.rotations:
            self._rotate(noon)
        if day in self.plan.outages:
            self.agenda.at(noon, lambda: setattr(self.provider, "is_down", True))
            self.agenda.at(noon + OUTAGE, lambda: setattr(self.provider, "is_down", False))
            self.counts["outages of the provider"] += 1
        if day == self.plan.region_lost_on:
            self.agenda.at(noon, self._lose_region)

    # ── THE SCHEDULE ─────────────────────────────────────────────────────────────────────────────────────

    def _pass_time(self, *, until: datetime) -> None:
        while True:
            run_at = self._next_run_at()
            event_at = self.agenda.next_at
            if event_at is not None and event_at <= min(run_at, until):
                self.agenda.run_next()
            elif run_at <= until:
                self.clock.now = self._last_run = run_at
                self._reconcile({})
            else:
                self.clock.now = until
                return

    def _next_run_at(self) -> datetime:
        """Return the first run of the schedule at which something is due. The others would do nothing."""
        if not self.deployment.is_running:
            return datetime.max.replace(tzinfo=UTC)
        due_at = max(self.deployment.table.due_at(), self._last_run + timedelta(microseconds=1), self.now)
        return FIRST_DAY - (FIRST_DAY - due_at) // RUN_EVERY * RUN_EVERY

    def _reconcile(self, event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Invoke the reconciler; None if its process died or the table failed."""
        self.counts["runs of the reconciler"] += 1
        self.clinic.disturb_table()
        try:
            report: Mapping[str, Any] = self.deployment.invoke("reconcile_rooms", event)
        except KilledError:
            return None
        except Exception as error:  # noqa: BLE001 - the border of the process, as on Lambda
            if "StorageUnavailableError" not in str(error):
                self.promises.hold(Promise.OTHERS, False, f"the reconciler fails: {error}")
            return None
        self.counts["lost rooms that the reconciler found"] += report["lostRooms"]
        self.counts["attempts given up"] += report["givenUp"]
        if report["walk"]:
            self.counts["walks"] += report["walk"]["isComplete"]
            self.counts["orphans deleted"] += report["walk"]["roomsDeleted"]
            if report["walk"]["stopped"]:
                # "Many orphans" in docs/operations.md.
                self.counts["times an operator allowed deletions"] += 1
                self.agenda.after(HOUR / 2, self._allow_deletions)
        return report

    def _allow_deletions(self) -> None:
        self._reconcile({"maxDeletions": 200})

    # ── WHAT GOES WRONG ──────────────────────────────────────────────────────────────────────────────────

    def _lose_a_room(self) -> None:
        living = sorted(self.provider.living().keys())
        if living:
            self.provider.lose(self._random.choice(living), deleted=self._random.random() < 0.5)
            self.counts["rooms lost at the provider"] += 1

    def _lose_a_room_in_use(self) -> None:
        attendee = self.clinic.somebody_inside()
        if attendee is not None:
            self.provider.lose(attendee.room_id, deleted=True)
            self.counts["rooms lost at the provider while people were in them"] += 1

    def _rotate(self, at: datetime) -> None:
        """Rotate the API key as docs/operations.md says: the old one is valid until the new one is in use."""
        new = f"ak_of_{to_text(at)}"
        self.clinic.private.add(new.partition(":")[0])

        def revoke() -> None:
            self.provider.keys.intersection_update({new})
            self.counts["API keys rotated"] += 1

        self.agenda.at(at, lambda: self.provider.keys.add(new))
        self.agenda.at(at + HOUR, lambda: setattr(self.deployment, "api_key", new))
        self.agenda.at(at + 3 * HOUR, revoke)

    def _back_up(self) -> None:
        if not self.deployment.is_running:
            return
        backup = Backup(at=self.now, content=self.deployment.table.backup())
        self._backups.append(backup)
        if self.now.hour == 3:
            self._copy = backup

    def _restore(self, hours: int) -> None:
        backup = [one for one in self._backups if one.at <= self.now - hours * HOUR][-1]
        self.counts["restores from a backup"] += 1
        self._deploy_restored(backup, name=f"restored-{self.now:%Y%m%d%H%M}")

    def _lose_region(self) -> None:
        self.deployment.is_running = False
        self.counts["regions lost"] += 1
        self.agenda.after(REGION_LOST_FOR, self._deploy_elsewhere)

    def _deploy_elsewhere(self) -> None:
        assert self._copy is not None
        self._backups.clear()
        self._deploy_restored(self._copy, name="second-region-teleconsultations")

    def _deploy_restored(self, backup: Backup, *, name: str) -> None:
        """Do what docs/operations.md says under "Restore from a backup"."""
        self.deployment.deploy(self.deployment.table.restored(backup.content, name=name))
        existing = {id_ for id_, room in self.provider.state.rooms.items() if not room.deleted}
        unknown = existing - _referenced(self.deployment.table)
        self.of_former_tables |= unknown
        living = unknown & self.provider.living().keys()
        self.counts["living rooms that restored tables did not know"] += len(living)
        self._check_undone(backup.at)
        self.clinic.undone_since = backup.at
        self._look_up_rooms()
        self.agenda.after(HOUR / 2, self._check_rooms_of_all_visits)
        self.agenda.after(HOUR / 2, lambda: self.clinic.repeat_since(backup.at))
        self.agenda.after(2 * HOUR, self._check_visits)

    def _look_up_rooms(self) -> None:
        report = self._reconcile({"checkRoomsUntil": to_text(self.now + 100 * DAY)})
        if report is None or report["outOfTime"]:
            self.agenda.after(RUN_EVERY, self._look_up_rooms)

    # ── WHAT MUST HOLD ───────────────────────────────────────────────────────────────────────────────────

    def _check_undone(self, backup_at: datetime) -> None:
        """Exactly what was booked after the backup is undone by the restore."""
        for booking in self.clinic.bookings:
            if booking.id is None or booking.first_sent is None or booking.booked_at is None:
                continue
            if self.now >= booking.ends + self.plan.retention or booking.cancelled:
                continue
            status = self.clinic.reads(booking).status
            if booking.first_sent > backup_at:
                self.counts["visits undone by a restore"] += 1
                self.promises.hold(
                    Promise.OTHERS, status == 404, f"a visit booked after the backup is answered {status}"
                )
            elif booking.booked_at <= backup_at:
                self.promises.hold(
                    Promise.VISITS, status == 200, f"a visit booked before the backup is answered {status}"
                )

    def _night(self) -> None:
        """Look at everything while nobody is there, read the log, and let the day be forgotten."""
        self._check_rooms()
        if self.now.weekday() == 6:
            self._check_visits()
        self._read_log()
        self.provider.tidy()
        self.deployment.table.expire()

    def _check_rooms_of_all_visits(self) -> None:
        """After a restore no visit is left without a room: the operator has had them looked up."""
        for record in self.deployment.table.everything():
            if record.deleted_at is None and record.is_complete and record.provisioning is None:
                self.promises.hold(
                    Promise.VISITS,
                    self._has_living_room(record),
                    "a visit has no living room after a restore",
                )

    def _check_next_visits(self) -> None:
        """A visit that is about to begin has had a living room for ten minutes."""
        for booking in self.clinic.upcoming():
            record = self.deployment.record(booking.id or "")
            is_near = timedelta() < booking.opens - self.now < CHECK_BEFORE_OPENING - GRACE
            # One whose look-up failed is tried again later.
            if is_near and record is not None and record.is_complete and not record.settle_failures:
                self.counts["checks of a visit that is about to begin"] += 1
                self.promises.hold(
                    Promise.VISITS,
                    self._has_living_room(record),
                    "a visit is about to begin without a living room",
                )

    def _has_living_room(self, record: Teleconsultation) -> bool:
        assert record.door_times is not None
        room = record.room
        if room is None:
            return self.now >= record.door_times.closes_at
        is_lost = self.provider.lost.get(room.room_id, FIRST_DAY) > self.now - GRACE
        is_open = self.now >= record.door_times.opens_at
        is_far = self.now < record.door_times.opens_at - CHECK_BEFORE_OPENING
        was_lost_by_others = room.room_id in self.provider.lost
        lives = room.room_id in self.provider.living()
        return lives or is_open or is_lost or (is_far and was_lost_by_others)

    def _check_visits(self) -> None:
        """Every visit is there as it was booked, and known to its people by the link they have."""
        week = self.now.isocalendar().week
        for booking in self.clinic.upcoming():
            person = booking.people[week % len(booking.people)]
            answer = self.clinic.joins(booking, person)
            facts = answer.body or {}
            is_as_booked = answer.status == 200 and facts["startDate"] == to_text(booking.start)
            self.promises.hold(
                Promise.VISITS, is_as_booked, f"a visit is answered {answer.status}, {facts.get('startDate')}"
            )
            self.counts["checks of a visit"] += 1
            record = self.deployment.record(booking.id or "")
            people = {person.external_id for person in record.participants} if record else set()
            self.promises.hold(
                Promise.VISITS, people == {person.id for person in booking.people}, "a visit has other people"
            )

    def _check_rooms(self) -> None:
        """No room lives longer than its visit's door, the overrun and ten minutes."""
        known: dict[str, Booking] = {one.id: one for one in self.clinic.bookings if one.id is not None}
        for room_id, room in self.provider.living().items():
            booking = known.get(_visit_of(room))
            record = self.deployment.record(_visit_of(room))
            is_current = record is not None and record.room is not None and record.room.room_id == room_id
            self.counts["checks of a room"] += 1
            if booking is None or record is None or not is_current:
                self.promises.hold(Promise.ROOMS, False, "a room lives that no visit uses")
            else:
                self.promises.hold(Promise.ROOMS, not booking.cancelled, "a room of a cancelled visit lives")
                self.promises.hold(
                    Promise.ROOMS, self.now < booking.closes + OVERRUN + GRACE, "a room lives after its visit"
                )

    def _read_log(self) -> None:
        text = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        self.counts["log lines searched"] += text.count("\n")
        told = set(_WORD.findall(text)) & self.clinic.private
        self.promises.hold(
            Promise.NAMES,
            not told and SURNAME not in text,
            f"the log tells {len(told)} names, ids or secrets",
        )

    def _come_to_rest(self) -> None:
        """No more bookings and no more faults, until the last record is deleted."""
        self.provider.fault_rate = 0
        last = max(booking.closes for booking in self.clinic.bookings)
        self._pass_time(until=last + 2 * DAY)
        self._check_rooms()
        self.promises.hold(Promise.ROOMS, not self.provider.living(), "rooms live that nobody needs")
        self.promises.hold(Promise.OTHERS, self.deployment.table.due_at() > self.now, "something stays due")
        self._read_log()
        self._pass_time(until=last + self.plan.retention + 2 * DAY)
        self.provider.tidy()
        left = self.provider.state.rooms.keys()
        self.counts["disabled rooms of former tables that stay"] += len(left & self.of_former_tables)
        self.promises.hold(
            Promise.ROOMS, left <= self.of_former_tables, "rooms outlive the records of their own table"
        )
        self.deployment.table.expire()
        kept = [one for one in self.deployment.table.everything() if one.deleted_at is None]
        self.promises.hold(Promise.OTHERS, not kept, "records outlive their retention")
        self._read_log()
        for booking in self.clinic.bookings:
            is_expected = not booking.cancelled and booking.is_complete
            self.promises.hold(Promise.VISITS, booking.is_over or not is_expected, "nobody came to a visit")

    def table_of_counts(self) -> Iterator[str]:
        """Yield the lines of the table."""
        rows: dict[str, int] = {
            **dict(sorted(self.counts.items())),
            "calls of the provider": self.provider.calls,
            "of them spoilt": sum(self.provider.faults.values()),
            "processes that died": self.deployment.deaths,
            **{promise.value: count for promise, count in self.promises.counts.items()},
        }
        for name, number in rows.items():
            yield f"  {name:<60} {number:>9,}"


def _visit_of(room: Room) -> str:
    return (room.description or "").partition(".")[0]


def _referenced(table: Table) -> set[str]:
    rooms: set[str] = set()
    for one in table.everything():
        rooms |= one.rooms_to_delete | one.rooms_to_disable | one.disabled_rooms.keys()
        if one.room is not None:
            rooms.add(one.room.room_id)
    return rooms


@contextmanager
def simulated(plan: Plan, *, seed: int) -> Iterator[Year]:
    """Give a run that has all to itself until the block ends."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        year = Year(plan, patch=patch, seed=seed)
        stack.callback(year.provider.end)
        stack.enter_context(powertools_stream(year.log))
        # pytest would keep every record of the year.
        patch.setattr(logger, "propagate", False)
        noise = random.Random(f"noise {seed}").randbytes
        patch.setattr(os, "urandom", noise)
        patch.setattr(random, "_urandom", noise)
        stack.callback(year.deployment.start_processes)
        stack.enter_context(redirect_stdout(year.log))
        yield year
