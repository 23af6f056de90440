"""A clinic: its booking system, which repeats what was not answered, and its people, who open their links.

What it was promised stands in `Booking`.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from local.bandyer_simulator.memory.attendance import Attendee
from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.domain.timestamps import to_text
from tests.fakes.api_gateway import http_event
from tests.fakes.effects import failing, killed
from tests.fakes.watch import Watch
from tests.faults.year.agenda import Agenda
from tests.faults.year.deployment import Answer, Deployment
from tests.faults.year.promises import Promise, Promises
from tests.faults.year.provider import Provider

EARLY = timedelta(minutes=10)
LATE = timedelta(minutes=15)
"""The door's defaults in template.yaml."""
SURNAME = "Quillfeather"
"""In every name, and in no other text."""
DOCTORS, PATIENTS = 20, 600
SOON = timedelta(seconds=30)
POLL = timedelta(minutes=1)
TABLE_FAULT_RATE = 0.005
"""Of requests and runs: one effect on the table fails, or ends the process."""
TABLE_EFFECTS = ("add", "replace", "reserve", "save_users", "remove", "postpone", "save_walk")
FINAL = frozenset({200, 201, 204})
AGAIN = frozenset({None, 500, 502, 503})

type Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody the clinic knows."""

    id: str
    name: str
    group: str

    @property
    def sent(self) -> Json:
        """As the booking system sends them."""
        return {"userExternalId": self.id, "groups": [self.group], "fullName": self.name}


@dataclass(kw_only=True)
class Task:
    """A request of the booking system, which it repeats until it is answered for good."""

    kind: str
    body: Json = field(default_factory=dict)
    changes: Callable[[], None] = lambda: None
    """What the booking system knows when it has succeeded."""
    first_sent: datetime | None = None


@dataclass(kw_only=True)
class Booking:
    """A visit as the booking system knows it."""

    number: int
    people: tuple[Person, ...]
    expected: int
    start: datetime
    minutes: int
    id: str | None = None
    key: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    first_sent: datetime | None = None
    booked_at: datetime | None = None
    changed_at: datetime | None = None
    """When a request for it was last answered."""
    cancelled: bool = False
    tasks: list[Task] = field(default_factory=list)
    renewed: list[tuple[datetime, str]] = field(default_factory=list)
    locked_out: list[datetime] = field(default_factory=list)
    entered: set[str] = field(default_factory=set)
    inside: dict[str, Attendee] = field(default_factory=dict)
    waited_for_region: bool = False
    is_over: bool = False
    """Whether its door has closed, and it was looked who could enter."""
    turn: int = 0
    """Counts what people were told: who goes by an earlier time or link does nothing."""

    @property
    def opens(self) -> datetime:
        return self.start - EARLY

    @property
    def ends(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def closes(self) -> datetime:
        return self.ends + LATE

    @property
    def is_complete(self) -> bool:
        return len(self.people) == self.expected

    @property
    def whole(self) -> Json:
        """The body that says everything."""
        return {
            "participants": {"number": self.expected, "data": [person.sent for person in self.people]},
            "start_date": to_text(self.start),
            "duration_in_seconds": self.minutes * 60,
        }

    @property
    def is_known_exactly(self) -> bool:
        """Whether the booking system awaits nothing."""
        return self.id is not None and not self.tasks and not self.cancelled


class Clinic:
    """The only customer of a deployment."""

    def __init__(
        self,
        *,
        deployment: Deployment,
        provider: Provider,
        agenda: Agenda,
        promises: Promises,
        seed: int,
        visits_a_day: int,
        longest_lead: timedelta,
    ) -> None:
        self.bookings: list[Booking] = []
        self.counts: Counter[str] = Counter()
        self.private: set[str] = {"ak_of_the_first_day", "uk_of_the_first_day_and_the_last"}
        """Every word that no log may have."""
        self._deployment = deployment
        self._provider = provider
        self._agenda = agenda
        self._promises = promises
        self._clock: Watch = agenda.clock
        self._random = random.Random(f"clinic {seed}")
        self._visits_a_day = visits_a_day
        self._longest_lead = longest_lead
        self.restored_at = self.now
        self.undone_since: datetime | None = None
        """When the restored backup was made; None once what came after has been repeated."""
        self.doctors = [self._person("doctor", number) for number in range(DOCTORS)]
        self.patients = [self._person("patient", number) for number in range(PATIENTS)]
        self.interpreters = [self._person("patient", PATIENTS + number) for number in range(5)]

    def _person(self, group: str, number: int) -> Person:
        person = Person(id=f"{group}-{number}", name=f"{group.title()} {SURNAME}-{number}", group=group)
        self.private |= {person.id, f"{SURNAME}-{number}"}
        return person

    @property
    def now(self) -> datetime:
        return self._clock.now

    # ── A DAY'S BOOKINGS ─────────────────────────────────────────────────────────────────────────────────

    def plan_day(self, midnight: datetime) -> None:
        """Put a working day's bookings on the agenda, whenever their visits are."""
        if midnight.weekday() >= 5:
            return
        for _ in range(self._visits_a_day):
            at = midnight + timedelta(minutes=self._random.uniform(7 * 60 + 30, 18 * 60))
            self._agenda.at(at, self._book)

    def _book(self) -> None:
        lead = self._random.choices(
            (timedelta(minutes=12), timedelta(hours=3), self._longest_lead / 8, self._longest_lead),
            weights=(5, 10, 45, 40),
        )[0]
        earliest = self.now + lead * self._random.uniform(0.2, 1.0)
        minutes = self._random.choice((15, 20, 30, 45, 60))
        people = (self._random.choice(self.doctors), self._random.choice(self.patients))
        booking = Booking(
            number=len(self.bookings),
            people=people,
            expected=3 if self._random.random() < 0.08 and lead > timedelta(hours=3) else 2,
            start=_in_hours(earliest),
            minutes=minutes,
        )
        self.bookings.append(booking)
        self.post(booking)
        if lead > timedelta(hours=3):
            self._plan_changes(booking)

    def _plan_changes(self, booking: Booking) -> None:
        until = max(booking.start - timedelta(hours=2), self.now)
        if not booking.is_complete:
            self._plan(self._between(self.now, until), partial(self._add_interpreter, booking))
        drawn = self._random.random()
        for chance, change in (
            (0.10, self._move),
            (0.18, self._cancel),
            (0.20, self._renew),
            (0.22, self._lock_out),
        ):
            if drawn < chance:
                self._plan(self._between(self.now, until), partial(change, booking))
                break

    def _plan(self, at: datetime, action: Callable[[], None]) -> None:
        self._agenda.at(at, action)

    def _between(self, first: datetime, last: datetime) -> datetime:
        return first + (last - first) * self._random.random()

    def post(self, booking: Booking) -> None:
        """Book it, with a key of its own."""
        booking.key = f"booking-{booking.number}-{len(self.bookings)}-{to_text(self.now)}"
        self._do(booking, Task(kind="POST", body=booking.whole))

    def _add_interpreter(self, booking: Booking) -> None:
        if booking.cancelled or booking.is_complete or self.now >= booking.opens:
            return
        people = (*booking.people, self._random.choice(self.interpreters))
        body = {"participants": {"data": [person.sent for person in people]}}

        def added() -> None:
            booking.people = people

        self._do(booking, Task(kind="PATCH", body=body, changes=added))
        self.counts["additions"] += 1

    def _move(self, booking: Booking) -> None:
        if booking.cancelled:
            return
        start = _in_hours(self.now + self._longest_lead * self._random.uniform(0.01, 0.4))

        def moved() -> None:
            booking.start = start

        self._do(booking, Task(kind="PATCH", body={"start_date": to_text(start)}, changes=moved))
        self.counts["moves"] += 1

    def _cancel(self, booking: Booking) -> None:
        def cancelled() -> None:
            booking.cancelled = True

        self._do(booking, Task(kind="DELETE", changes=cancelled))
        self.counts["cancellations"] += 1

    def _renew(self, booking: Booking) -> None:
        if booking.cancelled:
            return
        patient = booking.people[1].id

        def renewed() -> None:
            booking.renewed.append((self.now, patient))

        self._do(booking, Task(kind="PATCH", body={"renewJoinLinks": [patient]}, changes=renewed))
        self.counts["renewed join links"] += 1

    def _lock_out(self, booking: Booking) -> None:
        if booking.cancelled or not booking.is_complete:
            return

        def locked_out() -> None:
            booking.locked_out.append(self.now)

        booking.locked_out.append(self.now)
        self._do(booking, Task(kind="PATCH", body={"newRoom": True}, changes=locked_out))
        self.counts["new rooms asked for"] += 1

    def lock_out_somebody(self) -> None:
        """Ask for a new room for a visit that is days away."""
        far = [one for one in self.upcoming() if one.opens > self.now + timedelta(days=1)]
        if far:
            self._lock_out(self._random.choice(far))

    # ── REQUESTS, UNTIL THEY ARE ANSWERED ────────────────────────────────────────────────────────────────

    def _do(self, booking: Booking, task: Task) -> None:
        booking.tasks.append(task)
        if len(booking.tasks) == 1:
            self._send(booking, repeats=0)

    def _send(self, booking: Booking, *, repeats: int) -> None:
        if not booking.tasks:
            return
        task = booking.tasks[0]
        task.first_sent = task.first_sent or self.now
        if task.kind == "POST":
            booking.first_sent = booking.first_sent or self.now
        elif booking.id is None:
            booking.tasks.pop(0)  # its creation was refused
            self._next(booking)
            return
        answer = self._ask(booking, task)
        # "conflict" and "request_under_way" say themselves that the request may be repeated.
        is_busy = answer.code in ("conflict", "request_under_way")
        is_undone = answer.code == "not_found" and self.undone_since is not None
        if answer.status in AGAIN or is_busy or is_undone:
            self.counts["requests repeated by the booking system"] += 1
            pause = min(SOON * 2**repeats, timedelta(minutes=10))
            self._agenda.after(pause, lambda: self._send_again(booking, task, repeats + 1))
            return
        booking.tasks.pop(0)
        if answer.status in FINAL:
            self._succeeded(booking, task, answer)
        elif task.kind == "PATCH" and answer.code == "frozen":
            self.counts["changes refused, because edits were closed"] += 1
        elif task.kind == "POST" and answer.code == "invalid_request" and self.now >= booking.closes:
            self.counts["visits that could not be booked in time"] += 1
            booking.cancelled = True
        else:
            what = f"{task.kind} {sorted(task.body)} is answered {answer.status} {answer.code}"
            self._promises.hold(Promise.OTHERS, False, what)
        self._next(booking)

    def _send_again(self, booking: Booking, task: Task, repeats: int) -> None:
        # A restore may have replaced what was to be done.
        if booking.tasks and booking.tasks[0] is task:
            self._send(booking, repeats=repeats)

    def _next(self, booking: Booking) -> None:
        if booking.tasks:
            self._send(booking, repeats=0)

    def _ask(self, booking: Booking, task: Task) -> Answer:
        headers = {"prefer": "return=representation"}
        if task.kind == "POST":
            headers["idempotency-key"] = booking.key
        function = {"POST": "create", "PATCH": "update", "DELETE": "delete"}[task.kind]
        self.disturb_table()
        return self._deployment.request(
            f"{function}_teleconsultation",
            http_event(
                task.kind,
                teleconsultation_id=booking.id if task.kind != "POST" else None,
                body=task.body or None,
                headers=headers,
            ),
        )

    def disturb_table(self) -> None:
        """Let an effect of the next request or run fail, or end its process, one time in two hundred."""
        if self._random.random() >= TABLE_FAULT_RATE:
            return
        effect = self._random.choice(TABLE_EFFECTS)
        when = self._random.choice(("before", "after"))
        failure = self._random.choice((killed, failing(StorageUnavailableError("down"))))
        getattr(self._deployment.table.effects, when)(effect, failure)
        self.counts["faults planned at the table"] += 1

    def _succeeded(self, booking: Booking, task: Task, answer: Answer) -> None:
        changed_at, booking.changed_at = booking.changed_at, self.now
        before = booking.start, booking.is_complete
        task.changes()
        if task.kind == "POST":
            booking.id = answer.body["roomId"]
            booking.booked_at = self.now
            self.counts["bookings"] += 1
        if answer.body:
            self._keep_links(booking, task, answer.body["participants"], since=changed_at)
        # A list may be completed when the door is open already: the region was lost when it was sent.
        if task.kind == "POST" or before != (booking.start, booking.is_complete):
            self.expect_people(booking)

    def _keep_links(
        self, booking: Booking, task: Task, participants: list[Json], *, since: datetime | None
    ) -> None:
        links = {person["userExternalId"]: person["joinUrl"].partition("#j=")[2] for person in participants}
        self.private.update(links.values())
        renewed = task.body.get("renewJoinLinks", ())
        if task.kind == "PATCH" and since is not None and since > self.restored_at:
            for id_, link in booking.secrets.items():
                is_kept = links.get(id_) == link or id_ in renewed
                self._promises.hold(Promise.VISITS, is_kept, "a join link changed that nobody renewed")
        booking.secrets = links

    # ── THE VISIT ────────────────────────────────────────────────────────────────────────────────────────

    def expect_people(self, booking: Booking) -> None:
        """Put on the agenda that people come, when the visit's door opens."""
        self._all_leave(booking)
        booking.entered.clear()
        booking.turn += 1
        self._agenda.at(booking.opens, partial(self._door_opens, booking, booking.turn))

    def _door_opens(self, booking: Booking, turn: int) -> None:
        if booking.turn != turn or booking.cancelled or not booking.is_complete:
            return
        for person in booking.people:
            if self._random.random() < 0.03:
                self.counts["people who did not come"] += 1
                booking.entered.add(person.id)  # nobody waits for them
                continue
            at = max(self.now, booking.opens + timedelta(minutes=self._random.uniform(0, 13)))
            self._agenda.at(at, partial(self._enter, booking, person, turn=turn, failures=0))
        if self._random.random() < 0.01:
            self._plan(self._between(self.now, booking.ends), partial(self._lock_out, booking))
        stays = timedelta(minutes=self._random.choice((0, 0, 0, 0, 5, 12, 20)))
        self._agenda.at(booking.ends + stays, partial(self._leave, booking, turn))
        self._agenda.at(booking.closes, partial(self._door_closes, booking, turn))

    def _enter(self, booking: Booking, person: Person, *, turn: int, failures: int) -> None:
        """Do what the page does: read, open the provider's link, ask for another room if it is dead."""
        if booking.turn != turn or booking.cancelled or self.now >= booking.closes:
            return
        again = partial(self._enter, booking, person, turn=turn)
        if not self._deployment.is_running:
            booking.waited_for_region = True
            self._agenda.after(POLL, partial(again, failures=failures))
            return
        answer = self.joins(booking, person)
        link = answer.body.get("accessLinkURL") if answer.status == 200 else None
        if link is None:
            # A visit that a restore has undone is booked again meanwhile.
            self._agenda.after(POLL, partial(again, failures=failures + 1))
            return
        self.private.add(link.partition("?")[0].rpartition("/")[2])
        self.private.update(link.partition("display_name=")[2].replace("+", " ").split()[1:])
        attendee = self._provider.enter(
            link, name=person.name, expelled=partial(self._expelled, booking, person, turn)
        )
        if attendee is not None:
            booking.inside[person.id] = attendee
            booking.entered.add(person.id)
            if self.now >= booking.ends:
                # Nobody stays for long who comes back after the end.
                self._agenda.after(POLL, partial(self._leave, booking, turn))
            return
        self.counts["dead links that a page met"] += 1
        if failures > 0:
            headers = {"authorization": f"Bearer {booking.secrets[person.id]}"}
            check = http_event("POST", teleconsultation_id=booking.id, headers=headers, join=True)
            check["routeKey"] = check["routeKey"] + "/room"
            self.disturb_table()
            self._deployment.request("check_room", check)
            self.counts["rooms that a page had looked up"] += 1
        self._agenda.after(SOON, partial(again, failures=failures + 1))

    def _expelled(self, booking: Booking, person: Person, turn: int, reason: str) -> None:
        attendee = booking.inside.pop(person.id, None)
        if attendee is None or booking.turn != turn or booking.cancelled or self.now >= booking.closes:
            return
        was_asked_for = any(self.now - at < timedelta(hours=2) for at in booking.locked_out)
        # To the provider no call is running in a room in which somebody waits alone.
        waited_in_undone = not booking.inside and self.reads(booking).status == 404
        is_right = reason != "time_up" and (
            was_asked_for or waited_in_undone or attendee.room_id in self._provider.lost
        )
        self._promises.hold(Promise.VISITS, is_right, f"a call that was on ended for somebody: {reason}")
        self.counts["calls that were interrupted and went on"] += 1
        if self.now < booking.ends:
            booking.entered.discard(person.id)  # and has a quarter of an hour at least to come back
        self._agenda.after(SOON, partial(self._enter, booking, person, turn=turn, failures=0))

    def _leave(self, booking: Booking, turn: int) -> None:
        if booking.turn == turn:
            self._all_leave(booking)

    def _all_leave(self, booking: Booking) -> None:
        for attendee in list(booking.inside.values()):
            self._provider.leave(attendee)
        booking.inside.clear()

    def _door_closes(self, booking: Booking, turn: int) -> None:
        if booking.turn != turn or booking.cancelled or booking.id is None:
            return
        booking.is_over = True
        missing = {person.id for person in booking.people} - booking.entered
        if not missing:
            self.counts["visits that took place"] += 1
        elif booking.waited_for_region:
            self.counts["visits whose door closed while the region was lost"] += 1
        elif self.undone_since and booking.changed_at and booking.changed_at > self.undone_since:
            self.counts["visits whose door closed before they were booked again"] += 1
        else:
            self._promises.hold(
                Promise.VISITS, False, f"{len(missing)} people could not enter visit {booking.id}"
            )

    # ── AFTER A RESTORE ──────────────────────────────────────────────────────────────────────────────────

    def repeat_since(self, backup_at: datetime) -> None:
        """Tell the service all that was booked and changed since: docs/operations.md."""
        self.restored_at, self.undone_since = self.now, None
        for booking in self.bookings:
            if booking.changed_at is None or booking.changed_at <= backup_at or booking.id is None:
                continue
            pending = booking.tasks
            booking.tasks = []
            self._repeat(booking, since=backup_at)
            booking.tasks += pending
            if pending and len(booking.tasks) == len(pending):
                self._next(booking)

    def _repeat(self, booking: Booking, *, since: datetime) -> None:
        exists = self.reads(booking).status == 200
        if booking.cancelled:
            if exists:
                self._do(booking, Task(kind="DELETE"))
        elif exists:
            # Also if it is over: the table may have it on another day.
            body = booking.whole
            if renewed := [person for at, person in booking.renewed if at > since]:
                body["renewJoinLinks"] = sorted(set(renewed))
            if any(at > since for at in booking.locked_out):
                body["newRoom"] = True
            self._do(booking, Task(kind="PATCH", body=body))
            self.counts["changes sent again after a restore"] += 1
        elif self.now < booking.closes:
            self.counts["visits booked again after a restore"] += 1
            self.post(booking)

    def somebody_inside(self) -> Attendee | None:
        """Return somebody who is in a call, if anybody is."""
        inside = [attendee for booking in self.upcoming() for attendee in booking.inside.values()]
        return self._random.choice(inside) if inside else None

    def joins(self, booking: Booking, person: Person) -> Answer:
        """Read a visit by somebody's join link."""
        headers = {"authorization": f"Bearer {booking.secrets[person.id]}"}
        event = http_event("GET", teleconsultation_id=booking.id, headers=headers, join=True)
        return self._deployment.request("get_teleconsultation", event)

    def reads(self, booking: Booking) -> Answer:
        """Read a visit as the booking system."""
        return self._deployment.request(
            "get_teleconsultation", http_event("GET", teleconsultation_id=booking.id)
        )

    def upcoming(self) -> Iterator[Booking]:
        """Yield the visits that are booked, and whose door has not closed."""
        for booking in self.bookings:
            if booking.is_known_exactly and self.now < booking.closes:
                yield booking


def _in_hours(earliest: datetime) -> datetime:
    """Return the first time from then on at which the clinic sees people: every five minutes, 8 to 18."""
    at = earliest.replace(second=0, microsecond=0)
    at += timedelta(minutes=-at.minute % 5)
    while at.weekday() >= 5 or not 8 <= at.hour < 18:
        at = (at + timedelta(hours=1)).replace(minute=0)
    return at
