"""Use case: take over a visit of another service, with its id, its people and its room.

A room that is alive is adopted as it is: nothing changes at the provider, so the other service can go on with
it if the move is called off. A visit whose room is gone gets a new one, as a POST does.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.errors import InvalidRequestError, TeleconsultationNotFoundError
from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.join_secrets import JoinSecrets, with_passes
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import (
    MAX_PARTICIPANTS,
    MIN_PARTICIPANTS,
    CallSettings,
    Imported,
    Participant,
    Role,
    Teleconsultation,
)
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports, RoomOwner
from teleconsultation.domain.schedule import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS, Schedule
from teleconsultation.domain.timestamps import to_text
from teleconsultation.use_cases.provisioning import check_unprovisioned, create_room_for, resume
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended

_IMPORTED_FIELDS = (
    *("schedule", "participants_number", "participants", "created_at", "updated_at"),
    *("door_times", "deleted_at", "imported"),
)
"""What a visit of the other service says of a record; everything else is this service's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormerVisit:
    """A visit as the other service has it, with people who are known here or named by it."""

    id: str
    start_date: datetime
    end_date: datetime | None
    """None if the other service does not say; a room with a time limit tells it then."""
    participants_number: int
    participants: tuple[Participant, ...]
    room_id: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, in hex: a visit that has not changed is not imported again."""
        parts = [
            self.id,
            to_text(self.start_date),
            self.end_date and to_text(self.end_date),
            self.participants_number,
            [
                [
                    person.external_id,
                    person.bandyer_user_id,
                    person.role,
                    person.groups,
                    person.full_name,
                    person.language,
                ]
                for person in self.participants
            ],
            self.room_id,
            to_text(self.updated_at),
            self.deleted_at and to_text(self.deleted_at),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Outcome(StrEnum):
    """What becomes of a visit; the value is its text in the report."""

    ADOPTED = "upcoming, with the room it has"
    ROOM_MADE = "upcoming, with a new room, because there is none or it is gone"
    INCOMPLETE = "upcoming, waits for participants"
    OVER = "over"
    CANCELLED = "cancelled"
    UNCHANGED = "imported before, and the same"
    EDITED = "changed here since its import, or made here: left as it is"
    EXPIRED = "not imported: kept longer than RetentionDays, or cancelled more than 30 days ago"
    NO_PLUS_USER = "not imported: nobody in it may organise the call, and it has no room"
    WRONG_NUMBER = "not imported: fewer than 2 or more than 25 participants"
    NO_END = "not imported: it has no end"
    WRONG_DURATION = "not imported: shorter than 5 minutes or longer than 24 hours; --clamp imports it"
    WRONG_DATE = "not imported: a date outside the years 2000 to 2999"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRules:
    """What an operator decides for a whole import."""

    writes: bool
    """Whether anything is changed; else the outcome is what would become of the visit."""
    clamps: bool
    """Whether a duration out of bounds is set to the nearest bound."""
    closes_past: bool
    """Whether rooms of visits that are over are disabled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitImport:
    """What has become of one visit."""

    outcome: Outcome
    stored: Teleconsultation | None = field(default=None, repr=False)
    """The record here, if there is one."""
    closed_room: str | None = None
    """The room of a past visit whose links fail now."""


def import_visit(
    former: FormerVisit,
    *,
    rules: ImportRules,
    ports: Ports,
    policy: Policy,
    join_secrets: JoinSecrets | None,
    retention: timedelta,
) -> VisitImport:
    """Take over one visit, and return what has become of it; safe to repeat, and never over an edit.

    Raises:
        ConflictError: another request is changing the record; safe to repeat.
        ProviderError: the provider refuses the visit's room, or cannot answer; safe to repeat.
        SettingsError: the room's links lead where the page may not show them.
        StorageUnavailableError: the table cannot answer; safe to repeat.
    """
    try:
        stored = ports.teleconsultations.get(former.id)
    except TeleconsultationNotFoundError:
        stored = None
    task = _Import(former=former, stored=stored, rules=rules, ports=ports, policy=policy)
    if stored is not None and stored.is_created:
        if stored.imported is None or stored.is_changed_since_import:
            return VisitImport(outcome=Outcome.EDITED, stored=stored)
        if stored.imported.digest == former.digest:
            return task.closed(VisitImport(outcome=Outcome.UNCHANGED, stored=stored))
    if stored is not None:
        check_unprovisioned(stored, clock=ports.clock)
    return task.run(join_secrets=join_secrets, retention=retention)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Import:
    """One visit's import."""

    former: FormerVisit
    stored: Teleconsultation | None
    rules: ImportRules
    ports: Ports
    policy: Policy

    def run(self, *, join_secrets: JoinSecrets | None, retention: timedelta) -> VisitImport:
        """Import a visit that is new or has changed at the other service."""
        former, now = self.former, self.ports.clock()
        schedule = self._schedule()
        if isinstance(schedule, Outcome):
            return self._left(schedule)
        wanted = self._wanted(schedule, join_secrets=join_secrets)
        if expires_at(wanted, retention=retention) <= now:
            return self._expired()
        if former.deleted_at is not None:
            return self._put(wanted, Outcome.CANCELLED)
        if now >= self.policy.door.closes_at(schedule):
            return self.closed(self._put(self._listed(wanted), Outcome.OVER))
        if not MIN_PARTICIPANTS <= former.participants_number <= MAX_PARTICIPANTS:
            return self._left(Outcome.WRONG_NUMBER)
        if not wanted.is_complete:
            return self._put(wanted, Outcome.INCOMPLETE)
        return self._with_room(wanted, retention=retention)

    def closed(self, done: VisitImport) -> VisitImport:
        """Disable the room that the other service has left open, if the visit is over and the operator asks
        for it. The record lists it first, so that the reconciler makes up for a crash, and deletes it in the
        end.
        """
        stored = done.stored
        if not self._closes or (
            stored is not None and self.ports.clock() < self.policy.door.closes_at(stored.schedule)
        ):
            return done
        if stored is not None and self.rules.writes and self.former.room_id not in stored.disabled_rooms:
            listed = self._listed(stored)
            if listed != stored:
                listed = replace(listed, version=stored.version + 1)
                self.ports.teleconsultations.replace(listed, expected_version=stored.version)
            ended, failure = end_unwanted_rooms(listed, ports=self.ports)
            stored = store_ended(ended, stored=listed, ports=self.ports)
            if failure is not None:
                raise failure
        return replace(done, stored=stored, closed_room=self.former.room_id)

    @property
    def _closes(self) -> bool:
        return self.rules.closes_past and self.former.room_id is not None and self.former.deleted_at is None

    def _listed(self, record: Teleconsultation) -> Teleconsultation:
        """Return the record with the other service's room listed to be disabled, if the operator asks for
        it.
        """
        if not self._closes or self.former.room_id is None:
            return record
        room_ids = record.rooms_to_disable | {self.former.room_id}
        return replace(record.with_room_retired(was_used=True), rooms_to_disable=room_ids)

    def _left(self, outcome: Outcome) -> VisitImport:
        return VisitImport(outcome=outcome, stored=self.stored)

    def _schedule(self) -> Schedule | Outcome:
        start_date, end_date = self.former.start_date, self.former.end_date
        if end_date is None and self.former.room_id is not None:
            room = self.ports.rooms.find(self.former.room_id)
            if room is not None and room.duration_seconds is not None:
                end_date = start_date + timedelta(seconds=room.duration_seconds)
        if end_date is None:
            return Outcome.NO_END
        shortest, longest = timedelta(seconds=MIN_DURATION_SECONDS), timedelta(seconds=MAX_DURATION_SECONDS)
        duration = end_date - start_date
        if not shortest <= duration <= longest:
            # The schedule of a cancelled visit matters to nobody any more.
            if not self.rules.clamps and self.former.deleted_at is None:
                return Outcome.WRONG_DURATION
            duration = min(max(duration, shortest), longest)
        try:
            return Schedule.of(start_date=start_date, end_date=start_date + duration)
        except (InvalidRequestError, OverflowError):
            return Outcome.WRONG_DATE

    def _wanted(self, schedule: Schedule, *, join_secrets: JoinSecrets | None) -> Teleconsultation:
        """Return the record without a room. One that it had here is listed to be ended."""
        former, stored = self.former, self.stored
        new = Teleconsultation(
            id=former.id,
            version=1,
            schedule=schedule,
            participants_number=former.participants_number,
            participants=with_passes(
                former.participants,
                teleconsultation_id=former.id,
                join_secrets=join_secrets,
                before=stored.participants if stored else (),
            ),
            created_at=former.created_at,
            updated_at=former.updated_at,
            door_times=self.policy.door.times_of(schedule),
            deleted_at=former.deleted_at,
            imported=Imported(digest=former.digest, updated_at=former.updated_at, room_id=None),
        )
        if stored is None:
            return self._with_entry(new)
        changed = replace(
            stored,
            version=stored.version + 1,
            is_created=True,
            provisioning=None,
            waiting=stored.signs_of_who_stays(new.participants),
            **{name: getattr(new, name) for name in _IMPORTED_FIELDS},
        )
        return self._with_entry(changed.with_room_retired(was_used=True))

    def _with_entry(self, wanted: Teleconsultation) -> Teleconsultation:
        return with_entry(wanted, action=Action.IMPORTED, at=self.ports.clock(), by=None)

    def _with_room(self, wanted: Teleconsultation, *, retention: timedelta) -> VisitImport:
        """Adopt the visit's room if it is alive and has a link for each participant; else make one."""
        room = None if self.former.room_id is None else self.ports.rooms.find(self.former.room_id)
        user_ids = [person.bandyer_user_id for person in wanted.participants]
        if room is not None and room.links.keys() >= set(user_ids):
            adopted = replace(
                wanted,
                # The room may have a link of somebody who is not on the list any more.
                room=replace(
                    room,
                    links={user_id: room.links[user_id] for user_id in user_ids},
                    call_settings=self._with_recording(room.call_settings),
                ),
                rooms_to_disable=wanted.rooms_to_disable - {room.room_id},
                imported=wanted.imported and replace(wanted.imported, room_id=room.room_id),
            )
            if self.rules.writes:
                # The other service's room does not name the visit, and the provider's events name only the
                # room.
                self.ports.calls.remember_owner(
                    room.room_id,
                    RoomOwner(teleconsultation_id=adopted.id),
                    until=expires_at(adopted, retention=retention),
                )
            return self._put(adopted, Outcome.ADOPTED)
        if all(person.role is not Role.PLUS for person in wanted.participants):
            return self._left(Outcome.NO_PLUS_USER)
        if not self.rules.writes:
            return self._left(Outcome.ROOM_MADE)
        plan, stored = self.policy.room_plan(wanted), self.stored
        if stored is not None and not stored.is_created:
            made = resume(wanted, unfinished=stored, plan=plan, ports=self.ports)
        else:
            made = create_room_for(wanted, current=stored, plan=plan, ports=self.ports)
        return VisitImport(outcome=Outcome.ROOM_MADE, stored=made)

    def _with_recording(self, settings: CallSettings | None) -> CallSettings | None:
        """Return the settings of the other service's room. Whether it is recorded is the provider's word;
        whether by itself is the operator's setting, which the other service had too.
        """
        configured = self.policy.recording_type
        if settings is None or "none" in {settings.recording, configured}:
            return settings
        return replace(settings, recording=configured)

    def _put(self, wanted: Teleconsultation, outcome: Outcome) -> VisitImport:
        if not self.rules.writes:
            return self._left(outcome)
        if self.stored is None:
            self.ports.teleconsultations.add(wanted)
        else:
            self.ports.teleconsultations.replace(wanted, expected_version=self.stored.version)
        return VisitImport(outcome=outcome, stored=wanted)

    def _expired(self) -> VisitImport:
        """Return what becomes of a visit that is not kept any more; no record lists its room."""
        if not self._closes or self.former.room_id is None:
            return self._left(Outcome.EXPIRED)
        if self.rules.writes:
            self.ports.rooms.disable(self.former.room_id)
        return replace(self._left(Outcome.EXPIRED), closed_room=self.former.room_id)
