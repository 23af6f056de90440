"""Import a dump: people first, then visits by their start, those to come before those that are over."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Final

from migration.connection import Connection, explained_errors
from migration.documents import State, VisitDocument
from migration.dump import Dump, UnreadableLine
from migration.preflight import preflight
from migration.private_files import write_lines
from migration.roster import RoleOf, Roster, roster_of, with_remembered_roles
from teleconsultation.domain.errors import ConflictError, ProviderRejectedError
from teleconsultation.domain.model import Role, Teleconsultation
from teleconsultation.domain.people import User
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.invitations import invitations
from teleconsultation.use_cases.import_users import BATCH_SIZE, import_users
from teleconsultation.use_cases.import_visit import (
    FormerVisit,
    ImportRules,
    Outcome,
    VisitImport,
    import_visit,
)

JOIN_LINKS_FILE: Final = "join-links.jsonl"
CLOSED_ROOMS_FILE: Final = "closed-rooms.jsonl"
CONFLICT_ATTEMPTS: Final = 3
LISTED_IDS: Final = 20
"""So many ids are shown with an outcome that needs a look; all are counted."""
PROGRESS_EVERY: Final = 100

_DRAFT: Final = "not imported: a draft"
_DELETED: Final = "not imported: deleted for good"
_BUSY: Final = "not imported: another request is changing it; run the import again"
_REFUSED: Final = "not imported: Bandyer refuses to make its room"
_LOOK_AT: Final = frozenset(
    {
        _BUSY,
        _REFUSED,
        Outcome.EDITED.value,
        Outcome.NO_PLUS_USER.value,
        Outcome.WRONG_NUMBER.value,
        Outcome.NO_END.value,
        Outcome.WRONG_DURATION.value,
        Outcome.WRONG_DATE.value,
    }
)
_MISSING_PEOPLE: Final = "with people who are not in the user map: imported without them, so incomplete"


@dataclass(kw_only=True)
class Report:
    """What has become of a dump; ids of visits are no personal data."""

    unreadable: list[UnreadableLine] = field(default_factory=list)
    people: int = 0
    people_changed: int = 0
    roster: Roster | None = None
    visits: Counter[str] = field(default_factory=Counter)
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Text of an outcome -> the first visits that have it, if somebody must look at them."""
    join_links: int | None = None
    """None if no file was written."""
    closed_rooms: int | None = None

    def count(self, text: str, *, visit_id: str, is_shown: bool = False) -> None:
        """Count one visit."""
        self.visits[text] += 1
        if is_shown and len(shown := self.ids.setdefault(text, [])) < LISTED_IDS:
            shown.append(visit_id)

    def lines(self, *, writes: bool) -> Iterator[str]:
        """Yield the report's lines."""
        yield f"People: {self.people} known, {self.people_changed} of them new or changed."
        if self.roster is not None:
            for number, text in (
                (self.roster.nameless, "without a name: people.jsonl in the dump can name them"),
                (self.roster.without_role, "left out: no configured group, and no user at the provider"),
                (self.roster.doubles, "with two users of one role at the provider"),
                (self.roster.ambiguous, "users of the provider that the user map gives to several people"),
            ):
                if number:
                    yield f"  {number:6}  {text}"
        yield f"Visits: {sum(self.visits.values()) - self.visits[_MISSING_PEOPLE]} read."
        for text, number in sorted(self.visits.items(), key=lambda entry: (-entry[1], entry[0])):
            yield f"  {number:6}  {text}"
            if ids := self.ids.get(text):
                more = "" if number <= len(ids) else ", …"
                yield f"          {', '.join(ids)}{more}"
        if self.unreadable:
            yield f"Lines that cannot be read: {len(self.unreadable)}"
            yield from (f"  {line}" for line in self.unreadable)
        if self.closed_rooms is not None:
            where = f"closed, listed in {CLOSED_ROOMS_FILE}" if writes else "that would be closed"
            yield f"Rooms of past visits {where}: {self.closed_rooms}"
        if self.join_links is not None:
            yield f"Join links: {self.join_links}, in {JOIN_LINKS_FILE}, which only you can read"
        if not writes:
            yield 'Nothing was changed. To import: OPTIONS="--write"'


def import_dump(
    folder: Path,
    *,
    connection: Connection,
    rules: ImportRules,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Import a dump, or with `rules.writes` false find out what an import would come to; safe to repeat.

    Raises:
        MigrationError: the dump has no visits or users, the provider or the table does not answer, or the
            deployment is configured wrongly. What was done stays.
    """
    report = Report()
    dump = Dump(folder)
    with explained_errors():
        visits = list(_readable(dump.visits(), report))
        rows = list(_readable(dump.users(), report))
        people = list(_readable(dump.people(), report))
        for sentence in preflight(connection, users=rows, visits=visits):
            say(sentence)
        known = _known({row.external_id for row in rows}, connection=connection)
        role_of = with_remembered_roles(connection.ports.rooms.role_of, known=known)
        report.roster = roster_of(
            rows,
            people=people,
            visits=visits,
            privileges=connection.policy.privileges,
            role_of=_counted(role_of, total=len(rows), say=say),
        )
        report.people = len(report.roster.users)
        if rules.writes:
            report.people_changed = import_users(tuple(report.roster.users.values()), ports=connection.ports)
        imports = _Imports(
            connection=connection, roster=report.roster, rules=rules, report=report, sleep=sleep
        )
        imports.run(visits, say=say)
    if rules.closes_past:
        report.closed_rooms = len(imports.closed)
    if rules.writes:
        _write_files(folder, imports=imports, connection=connection, report=report)
    return report


def _readable[Record](records: Iterable[Record | UnreadableLine], report: Report) -> Iterator[Record]:
    for record in records:
        if isinstance(record, UnreadableLine):
            report.unreadable.append(record)
        else:
            yield record


def _known(external_ids: set[str], *, connection: Connection) -> dict[str, User]:
    users: dict[str, User] = {}
    for batch in batched(sorted(external_ids), BATCH_SIZE, strict=False):
        users |= connection.ports.teleconsultations.users(batch)
    return users


def _counted(role_of: RoleOf, *, total: int, say: Callable[[str], None]) -> RoleOf:
    asked = 0

    def counted(user_id: str) -> Role | None:
        nonlocal asked
        asked += 1
        if asked % PROGRESS_EVERY == 0:
            say(f"{asked} of {total} people")
        return role_of(user_id)

    return counted


@dataclass(kw_only=True)
class _Imports:
    """The visits of a dump, one after the other."""

    connection: Connection
    roster: Roster
    rules: ImportRules
    report: Report
    sleep: Callable[[float], None]
    upcoming: list[Teleconsultation] = field(default_factory=list)
    """Records whose people need their join links."""
    closed: dict[str, str] = field(default_factory=dict)
    """Visit id -> its room that is closed now."""

    def run(self, visits: list[VisitDocument], *, say: Callable[[str], None]) -> None:
        yesterday = self.connection.ports.clock() - timedelta(days=1)
        ordered = sorted(visits, key=lambda one: (one.start_date < yesterday, one.start_date))
        for number, visit in enumerate(ordered, start=1):
            if visit.state in (State.DRAFT, State.DELETED):
                text = _DRAFT if visit.state is State.DRAFT else _DELETED
                self.report.count(text, visit_id=visit.id)
            else:
                self._import(visit)
            if number % PROGRESS_EVERY == 0:
                say(f"{number} of {len(ordered)} visits")

    def _import(self, visit: VisitDocument) -> None:
        former = self._former(visit)
        try:
            done = self._repeated(former)
        except ConflictError:
            self.report.count(_BUSY, visit_id=visit.id, is_shown=True)
            return
        except ProviderRejectedError:
            self.report.count(_REFUSED, visit_id=visit.id, is_shown=True)
            return
        text = done.outcome.value
        self.report.count(text, visit_id=visit.id, is_shown=text in _LOOK_AT)
        if len(former.participants) < len(visit.seats) and done.outcome is Outcome.INCOMPLETE:
            self.report.count(_MISSING_PEOPLE, visit_id=visit.id, is_shown=True)
        if done.closed_room is not None:
            self.closed[visit.id] = done.closed_room
        if done.stored is not None and self._needs_links(done.stored):
            self.upcoming.append(done.stored)

    def _repeated(self, former: FormerVisit) -> VisitImport:
        """Import a visit; after an import that was killed its record may be held for a minute."""
        for _ in range(CONFLICT_ATTEMPTS - 1):
            try:
                return self._once(former)
            except ConflictError as error:
                self.sleep(error.retry_after_seconds or 1)
        return self._once(former)

    def _once(self, former: FormerVisit) -> VisitImport:
        return import_visit(
            former,
            rules=self.rules,
            ports=self.connection.ports,
            policy=self.connection.policy,
            join_secrets=self.connection.join_secrets,
            retention=self.connection.retention,
        )

    def _former(self, visit: VisitDocument) -> FormerVisit:
        return FormerVisit(
            id=visit.id,
            start_date=visit.start_date,
            end_date=visit.end_date,
            participants_number=visit.participants_number,
            participants=self.roster.participants(
                visit, privileges=self.connection.policy.privileges, rooms=self.connection.ports.rooms
            ),
            room_id=visit.room_id,
            created_at=visit.created_at,
            updated_at=visit.updated_at,
            deleted_at=visit.updated_at if visit.state is State.TRASH else None,
        )

    def _needs_links(self, stored: Teleconsultation) -> bool:
        is_over = self.connection.ports.clock() >= self.connection.policy.door.closes_at(stored.schedule)
        return stored.imported is not None and stored.is_created and stored.deleted_at is None and not is_over


def _write_files(folder: Path, *, imports: _Imports, connection: Connection, report: Report) -> None:
    if imports.rules.closes_past:
        now = to_text(connection.ports.clock())
        write_lines(
            folder / CLOSED_ROOMS_FILE,
            (
                {"teleconsultationId": visit_id, "bandyerRoomId": room_id, "reportedAt": now}
                for visit_id, room_id in imports.closed.items()
            ),
        )
    if connection.join_secrets is not None:
        with explained_errors():
            report.join_links = write_lines(
                folder / JOIN_LINKS_FILE, _join_links(imports.upcoming, connection=connection)
            )


def _join_links(records: list[Teleconsultation], *, connection: Connection) -> Iterator[Mapping[str, Any]]:
    for record in records:
        body = invitations(record, page_base_url=connection.page_url, join_secrets=connection.join_secrets)
        for person in body["participants"]:
            yield {"roomId": record.id, "startDate": to_text(record.schedule.start_date), **person}
