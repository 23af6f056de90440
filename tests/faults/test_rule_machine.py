"""Random sequences of requests, disasters and clock moves, held to the model after every step."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from teleconsultation.domain.call import RoomMade, RoomTakenAway
from teleconsultation.domain.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    NoPlusUserError,
    NotAParticipantError,
    ProviderError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RequestUnderWayError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.lifetime import (
    CHECK_BEFORE_OPENING,
    EARLY_CHECK_BEFORE_OPENING,
    RUN_EVERY,
    SETTLE_AFTER,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.idempotency import IdempotencyKey
from teleconsultation.use_cases.settle import LONGEST_DELAY
from teleconsultation.use_cases.walk import WALK_EVERY
from tests.depth import IS_DEEP, by_depth
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import doctor, patient, schedule
from tests.fakes.service import OVERRUN, Service
from tests.faults.model import DOCTORS, LEASE, LONG_AGO, Key, Model, Visit

EXAMPLES = by_depth(150, deep=5000)
STEPS_PER_EXAMPLE = 60

PATIENTS = ("patient-1", "patient-2", "patient-3")
STRANGER = "stranger"


type Trouble = Callable[[Service], None]


def _trouble(effect: str, when: str, error: Exception | None) -> Trouble:
    interruption = killed if error is None else failing(error)
    return lambda service: getattr(service.effects, when)(effect, interruption)


def _troubles(*effects: str) -> st.SearchStrategy[Trouble | None]:
    """Give what can go wrong at these effects: death, and each answer there may be in place of the right one.

    As often as not nothing does.
    """
    lost = ProviderUnavailableError(outcome_unknown=True)
    kinds: list[Trouble] = []
    for effect in effects:
        is_providers = effect in ("register", "create_room", "delete_room", "disable_room")
        unclear = lost if is_providers else StorageUnavailableError("down")
        kinds += [_trouble(effect, when, error) for when in ("before", "after") for error in (None, unclear)]
        if is_providers:
            kinds += [_trouble(effect, "before", ProviderUnavailableError())]
            kinds += [_trouble(effect, "before", ProviderRejectedError())]
    return st.none() | st.sampled_from(kinds)


people = st.lists(st.sampled_from((*sorted(DOCTORS), *PATIENTS)), min_size=1, max_size=3, unique=True).map(
    tuple
)
missing = st.sampled_from((0, 0, 0, 1))
starts = st.sampled_from(
    [
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=3),
        timedelta(days=1),
        timedelta(days=2),
    ]
)
lengths = st.sampled_from([1800, 3600])
keys = st.sampled_from(["key-1", "key-2", "key-3"])
create_troubles = _troubles("reserve", "register", "save_users", "add", "create_room", "replace")
change_troubles = _troubles("register", "save_users", "replace", "create_room", "delete_room", "disable_room")
delete_troubles = _troubles("replace", "delete_room")
run_troubles = _troubles(
    "replace", "remove", "create_room", "delete_room", "disable_room", "postpone", "save_walk"
)
pauses = st.sampled_from(
    [
        timedelta(seconds=5),
        timedelta(seconds=61),
        timedelta(minutes=11),
        timedelta(hours=2),
        timedelta(days=1),
        timedelta(days=31),
    ]
)


class ServiceMachine(RuleBasedStateMachine):
    """The service on the in-memory fakes."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.service = Service()
        self.model = Model()
        self.secrets: dict[tuple[str, str], str] = {}
        """(id, person) -> the secret of their join link."""
        self.old_secrets: list[tuple[str, str]] = []
        """(id, secret) that must not let anybody in any more."""
        self.rooms: dict[str, str] = {}
        """id -> its room, as last seen."""
        self.last_seen: dict[str, tuple[int, object]] = {}
        """Version and visible content, as last seen."""
        self.is_troubled = False
        """Whether the last request met with the trouble that was meant for it."""
        self.lost: dict[str, datetime] = {}
        """Rooms that the provider has lost, and when."""
        self.was_troubled = False
        self.runs: list[datetime] = []
        """When the reconciler ran without trouble."""
        self.heard_of: set[str] = set()
        """The living rooms that the provider has told of."""

    @property
    def now(self) -> datetime:
        return self.service.clock.now

    # ── REQUESTS ─────────────────────────────────────────────────────────────────────────────────────────

    @initialize()
    def create_ordinary(self) -> None:
        self._create(self._visit(("doctor-1", "patient-1"), 0, timedelta(hours=3), 3600), None, None)

    @rule(people=people, missing=missing, start=starts, seconds=lengths, trouble=create_troubles)
    def create(
        self, people: tuple[str, ...], missing: int, start: timedelta, seconds: int, trouble: Trouble | None
    ) -> None:
        self._create(self._visit(people, missing, start, seconds), None, trouble)

    @rule(
        name=keys,
        people=st.just(("doctor-1", "patient-1")) | people,
        missing=missing,
        trouble=create_troubles,
    )
    def create_with_key(
        self, name: str, people: tuple[str, ...], missing: int, trouble: Trouble | None
    ) -> None:
        self._create(self._visit(people, missing, timedelta(hours=3), 3600), name, trouble)

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data(), trouble=create_troubles)
    def repeat_with_key(self, data: st.DataObject, trouble: Trouble | None) -> None:
        name = data.draw(st.sampled_from(list(self.model.keys)))
        wanted = self.model.keys[name].body
        assert isinstance(wanted, Visit)
        self._create(wanted, name, trouble)

    def _visit(self, people: tuple[str, ...], missing: int, start: timedelta, seconds: int) -> Visit:
        number = max(2, len(people) + missing)
        return Visit(people=people, number=number, start=self.now + start, seconds=seconds, changed=self.now)

    def _create(self, wanted: Visit, name: str | None, trouble: Trouble | None) -> None:
        before = set(self._existing())
        known = self.model.key(name, now=self.now) if name else None
        key = name and IdempotencyKey(digest=name, fingerprint=str(wanted.facts))

        made, error = self._attempt(
            lambda: self.service.create(
                _invitees(wanted.people),
                number=wanted.number,
                schedule=schedule(start_date=wanted.start, duration_seconds=wanted.seconds),
                idempotency_key=key or None,
            ),
            trouble,
        )

        new = set(self._existing()) - before
        assert len(new) <= 1
        for id_ in new:
            self.model.visits[id_] = replace(
                wanted, changed=self.now, room_seconds=wanted.seconds if wanted.is_complete else 0
            )
        is_reused = known is not None and known.body != wanted
        if self.now >= wanted.closes and not (known and known.id):
            assert isinstance(error, InvalidRequestError) or (
                is_reused and isinstance(error, IdempotencyKeyReusedError)
            )
            assert not new
        elif wanted.lacks_doctor:
            # The key is looked up first.
            assert isinstance(error, NoPlusUserError) or (
                is_reused and isinstance(error, IdempotencyKeyReusedError)
            )
            assert not new
        elif known and known.body != wanted and known.is_certain:
            assert self.is_troubled or isinstance(error, IdempotencyKeyReusedError)
            assert not new
        elif known and known.id:
            assert not new
            if self.model.visits[known.id].deleted:
                assert self.is_troubled or isinstance(error, TeleconsultationDeletedError)
            else:
                assert self.is_troubled or (made and made.id == known.id)
        elif error is None:
            assert made
            assert new == {made.id}
        else:
            is_busy = known and not known.is_free and self.now < known.used + LEASE
            assert (
                self.is_troubled
                or (is_busy and isinstance(error, RequestUnderWayError))
                or (is_reused and isinstance(error, IdempotencyKeyReusedError))
            )
        is_carried_out = not isinstance(
            error,
            InvalidRequestError
            | NoPlusUserError
            | RequestUnderWayError
            | IdempotencyKeyReusedError
            | TeleconsultationDeletedError,
        )
        if name and is_carried_out and not (known and known.id):
            # An error of the provider's lets the key go; who died or lost the table may hold it still.
            is_certain = error is None or isinstance(error, ProviderError)
            self.model.keys[name] = Key(
                body=wanted,
                id=next(iter(new), None),
                used=self.now,
                is_certain=is_certain or bool(new),
                is_free=is_certain,
            )

    @precondition(lambda self: self.model.visits)
    @rule(
        data=st.data(),
        people=st.none() | people,
        missing=missing,
        start=st.none() | starts,
        seconds=st.none() | lengths,
        renew=st.booleans(),
        new_room=st.sampled_from([False, False, True]),
        is_stale=st.sampled_from([None, False, False, True]),
        trouble=change_troubles,
    )
    def change(
        self,
        *,
        data: st.DataObject,
        people: tuple[str, ...] | None,
        missing: int,
        start: timedelta | None,
        seconds: int | None,
        renew: bool,
        new_room: bool,
        is_stale: bool | None,
        trouble: Trouble | None,
    ) -> None:
        id_ = self._any_id(data)
        wanted = replace(self.model.visits[id_], deleted=None)
        if people is not None:
            wanted = replace(wanted, people=wanted.seated(people), number=max(2, len(people) + missing))
        if start is not None:
            wanted = replace(wanted, start=self.now + start)
        wanted = replace(wanted, seconds=seconds or wanted.seconds)
        current = self.model.visits[id_]
        locks_out = new_room or (renew and self.now >= current.opens)
        wanted = current.with_room(wanted, now=self.now, locks_out=locks_out)

        self._change(
            id_,
            wanted,
            lambda if_match: self.service.update(
                id_,
                number=wanted.number if people else None,
                invitees=_invitees(people) if people else None,
                start_date=wanted.start if start else None,
                duration_seconds=seconds,
                renew_join_links=wanted.people[:1] if renew else (),
                new_room=new_room,
                if_match=if_match,
            ),
            is_stale=is_stale,
            locks_out=locks_out,
            trouble=trouble,
        )

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), is_stale=st.sampled_from([None, False, True]), trouble=delete_troubles)
    def delete(self, *, data: st.DataObject, is_stale: bool | None, trouble: Trouble | None) -> None:
        id_ = self._any_id(data)
        current = self.model.visits[id_]
        wanted = replace(current, deleted=current.deleted or self.now)

        self._change(
            id_,
            wanted,
            lambda if_match: self.service.delete(id_, if_match=if_match),
            is_stale=is_stale,
            trouble=trouble,
        )

    def _change(
        self,
        id_: str,
        wanted: Visit,
        request: Callable[[str | None], Teleconsultation],
        *,
        is_stale: bool | None,
        trouble: Trouble | None,
        locks_out: bool = False,
    ) -> None:
        current = self.model.visits[id_]
        refusal = current.refusal(wanted, now=self.now, is_stale=bool(is_stale), locks_out=locks_out)
        if_match = None
        if is_stale is not None and not current.is_gone(self.now):
            version = self.service.stored(id_).version
            if_match = f'"{version - 1 if is_stale else version}"'

        _, error = self._attempt(lambda: request(if_match), trouble)

        is_busy = self.now < self.model.troubled.get(id_, LONG_AGO) + LEASE
        if refusal is not None:
            assert isinstance(error, refusal) or (is_busy and isinstance(error, ConflictError))
            return
        assert error is None or self.is_troubled or (is_busy and isinstance(error, ConflictError))
        if self.is_troubled:
            self.model.troubled[id_] = self.now
        outcome = replace(wanted, changed=self.now)
        if error is not None and not self._is_now(id_, outcome):
            return  # not at all; the invariant looks whether that is so
        if outcome.facts != current.facts or not current.deleted:
            self.model.visits[id_] = replace(outcome, changed=self.service.stored(id_).updated_at)

    # ── READERS ──────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), person=st.sampled_from((*sorted(DOCTORS), *PATIENTS, STRANGER)))
    def read(self, data: st.DataObject, person: str) -> None:
        id_ = self._any_id(data)
        visit = self.model.visits[id_]

        call, error = self._attempt(lambda: self.service.read(id_, user_id=person))

        if visit.is_gone(self.now):
            assert isinstance(error, TeleconsultationNotFoundError)
        elif person not in visit.people:
            assert isinstance(error, NotAParticipantError)
        elif visit.deleted:
            assert isinstance(error, TeleconsultationDeletedError)
        else:
            self._check_link(id_, person, call.access_link)

    @precondition(lambda self: self.secrets)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        id_, person = data.draw(st.sampled_from(list(self.secrets)))
        visit = self.model.visits[id_]

        call, error = self._attempt(lambda: self.service.join(id_, self.secrets[id_, person]))

        if visit.is_gone(self.now):
            assert isinstance(error, NotAParticipantError)
        elif visit.deleted:
            assert isinstance(error, TeleconsultationDeletedError)
        else:
            self._check_link(id_, person, call.access_link)

    @precondition(lambda self: self.old_secrets)
    @rule(data=st.data())
    def join_with_an_old_link(self, data: st.DataObject) -> None:
        id_, secret = data.draw(st.sampled_from(self.old_secrets))

        _, error = self._attempt(lambda: self.service.join(id_, secret))

        assert isinstance(error, NotAParticipantError)

    def _check_link(self, id_: str, person: str, link: str | None) -> None:
        """A link is shown while the door is open: one's own, into the room that stands."""
        assert (link is not None) == self.model.visits[id_].is_open(self.now)
        if link is None:
            return
        stored = self.service.stored(id_)
        me = stored.participant(person)
        assert stored.room
        assert me
        room = self.service.rooms.rooms.get(stored.room.room_id, stored.room)
        assert stored.room.room_id in self.service.rooms.living | self.lost.keys()
        assert link.startswith(f"{room.links[me.bandyer_user_id]}?")

    # ── TIME, AND THE RECONCILER ─────────────────────────────────────────────────────────────────────────

    @rule(pause=pauses)
    def wait(self, pause: timedelta) -> None:
        self.service.clock.now += pause

    @rule(trouble=run_troubles)
    def reconcile(self, trouble: Trouble | None) -> None:
        done, error = self._attempt(self.service.reconcile, trouble)

        assert self.is_troubled or (error is None and done.failures == 0)
        if not self.is_troubled:
            self.runs.append(self.now)
        # A run that was ended while it made a room in place of a lost one keeps the visit's changes waiting.
        for one in self._kept():
            if self.is_troubled and one.provisioning is not None:
                self.model.troubled[one.id] = one.provisioning.started_at

    @precondition(lambda self: self.service.rooms.living)
    @rule(data=st.data())
    def enter(self, data: st.DataObject) -> None:
        """Somebody uses a link; who has an old one may come at any time."""
        self.service.rooms.running.add(data.draw(st.sampled_from(sorted(self.service.rooms.living))))

    @rule()
    def everybody_leaves(self) -> None:
        self.service.rooms.running.clear()

    @precondition(lambda self: self.service.rooms.living)
    @rule(data=st.data(), is_deleted=st.booleans())
    def lose_a_room(self, *, data: st.DataObject, is_deleted: bool) -> None:
        """Another program of the company disables or deletes it, and the provider tells."""
        self._lose(data.draw(st.sampled_from(sorted(self.service.rooms.living))), is_deleted=is_deleted)

    @rule(start=st.sampled_from([timedelta(days=1), timedelta(days=9)]), is_deleted=st.booleans())
    def lose_a_room_far_ahead(self, *, start: timedelta, is_deleted: bool) -> None:
        """The reconciler runs as it should afterwards, and no look is due before the opening for long."""
        living = self.service.rooms.living
        self._create(self._visit(("doctor-1", "patient-1"), 0, start, 3600), None, None)
        for room_id in self.service.rooms.living - living:
            self._lose(room_id, is_deleted=is_deleted)
        for _ in range(3):
            self._run_in_peace()
            self.no_visit_to_come_lacks_a_room()

    def _lose(self, room_id: str, *, is_deleted: bool) -> None:
        self._hear_of_rooms()
        if is_deleted:
            self.service.rooms.delete(room_id)
        else:
            self.service.rooms.disable(room_id)
        self.lost[room_id] = self.now
        self._hear_of_rooms()

    def _hear_of_rooms(self) -> None:
        """The provider tells of each room that was made or taken away since, by whomever."""
        rooms = self.service.rooms
        for room_id in sorted(rooms.living - self.heard_of):
            self.service.receive(RoomMade(room_id=room_id, description=rooms.marks[room_id]))
        for room_id in sorted(self.heard_of - rooms.living):
            self.service.receive(RoomTakenAway(room_id=room_id))
        self.heard_of = rooms.living

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), before_opening=st.sampled_from([EARLY_CHECK_BEFORE_OPENING, CHECK_BEFORE_OPENING]))
    def lose_a_room_before_a_look(self, data: st.DataObject, before_opening: timedelta) -> None:
        """It is deleted, so that no walk lists it, and the provider's event is lost; the look is due in the
        ten minutes that follow.
        """
        id_ = self._any_id(data)
        peace_at = self.model.visits[id_].opens - before_opening - LONGEST_DELAY
        room = next((one.room for one in self._kept() if one.id == id_), None)
        if self.now < peace_at and room and room.room_id in self.service.rooms.living:
            self.service.rooms.delete(room.room_id)
            self.heard_of.discard(room.room_id)
            self.service.clock.now = peace_at
            self.ten_minutes_of_peace()

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), runs_before=st.integers(0, 2))
    def lose_a_room_just_before_the_opening(self, data: st.DataObject, runs_before: int) -> None:
        """It is deleted after the run that has looked it up half an hour before, or one of the next."""
        id_ = self._any_id(data)
        last_half_hour = self.model.visits[id_].opens - CHECK_BEFORE_OPENING
        if self.now + LONGEST_DELAY > last_half_hour:
            return
        self.service.clock.now = last_half_hour - RUN_EVERY
        for _ in range(runs_before + 2):
            self._run_in_peace()
        room = next((one.room for one in self._kept() if one.id == id_), None)
        if room and room.room_id in self.service.rooms.living:
            self.service.rooms.delete(room.room_id)
            self.lost[room.room_id] = self.now
            for _ in range(3):
                self._run_in_peace()
                self.no_visit_about_to_open_lacks_a_room()

    @rule()
    def ten_minutes_of_peace(self) -> None:
        """The reconciler runs as it should: every room lives exactly as long as its visit, and a lost one
        has been replaced ten minutes after a look at it was due.
        """
        # A record that failed before waits for an hour at most.
        self.service.clock.now += LONGEST_DELAY
        for _ in range(2):
            self._run_in_peace()
        kept = self._kept()
        for one in kept:
            visit = self.model.visits[one.id]
            ends = visit.closes + OVERRUN
            lives = one.room is not None and one.room.room_id in self.service.rooms.living
            assert not (lives and visit.deleted)
            assert not (lives and self.now >= ends + 2 * RUN_EVERY)
            is_upcoming = visit.is_complete and not visit.deleted and self.now < visit.opens
            assert lives or not (is_upcoming and self._was_looked_up(one, visit))

    def _run_in_peace(self) -> None:
        self.service.clock.now += RUN_EVERY
        done = self.service.reconcile()
        assert done.failures == 0
        self.runs.append(self.now)

    def _was_looked_up(self, one: Teleconsultation, visit: Visit) -> bool:
        """Say whether a look has been due ten minutes ago, and since the room was lost."""
        lost_at = self.lost.get(one.room.room_id, LONG_AGO) if one.room else LONG_AGO
        early = visit.opens - EARLY_CHECK_BEFORE_OPENING
        # The last look is due also for a visit that is booked later than that.
        last = max(visit.opens - CHECK_BEFORE_OPENING, one.updated_at)
        was_looked_up_early = one.updated_at < early and lost_at <= early <= self.now - 2 * RUN_EVERY
        return was_looked_up_early or max(lost_at, last) <= self.now - 2 * RUN_EVERY

    @rule()
    def come_to_rest(self) -> None:
        self.service.rooms.running.clear()
        self.service.clock.now += SETTLE_AFTER + WALK_EVERY
        done = self.service.reconcile(max_deletions=1000)

        assert done.walk
        assert (done.failures, done.walk.rooms_left, done.walk.is_complete) == (0, 0, True)
        self._nothing_is_left()

    def _kept(self) -> Collection[Teleconsultation]:
        table = self.service.teleconsultations
        return table.get_all({one.id for one in table.everything()}).values()

    def _nothing_is_left(self) -> None:
        kept = self._kept()
        assert all(one.is_created and one.provisioning is None for one in kept)
        assert not any(one.rooms_to_delete or one.rooms_to_disable for one in kept)
        current = {one.room.room_id for one in kept if one.room}
        assert self.service.rooms.living == current - self.lost.keys()
        assert self.service.rooms.rooms.keys() | self.lost.keys() >= current

    def teardown(self) -> None:
        self.come_to_rest()
        self.what_is_stored_is_what_was_promised()

    # ── AFTER EVERY STEP ─────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def without_trouble_nothing_is_left(self) -> None:
        if not self.was_troubled and not any(one.is_gone(self.now) for one in self.model.visits.values()):
            self._nothing_is_left()

    @invariant()
    def no_visit_about_to_open_lacks_a_room(self) -> None:
        """In the last half hour no room is missing for longer than ten minutes, if the reconciler runs."""
        for one in self._kept():
            visit = self.model.visits.get(one.id)
            # One whose look failed is tried again later.
            if visit is None or visit.deleted or not visit.is_complete or one.settle_failures:
                continue
            if one.room is not None and one.room.room_id in self.service.rooms.living:
                continue
            lost_at = self.lost.get(one.room.room_id, LONG_AGO) if one.room else LONG_AGO
            since = max(lost_at, one.updated_at, visit.opens - CHECK_BEFORE_OPENING)
            is_late = since + 2 * RUN_EVERY < self.now < visit.opens
            assert not (is_late and self._has_run_since(since))

    @invariant()
    def no_visit_to_come_lacks_a_room(self) -> None:
        """Whenever its room is lost, it has another ten minutes later, if the reconciler runs."""
        for one in self._kept():
            visit = self.model.visits.get(one.id)
            if visit is None or visit.deleted or one.settle_failures or one.room is None:
                continue
            lost_at = self.lost.get(one.room.room_id)
            if lost_at is None or one.room.room_id in self.service.rooms.living:
                continue
            since = max(lost_at, one.updated_at)
            is_late = since + 2 * RUN_EVERY < self.now < visit.opens
            assert not (is_late and self._has_run_since(since))

    def _has_run_since(self, since: datetime) -> bool:
        """Say whether the reconciler has run every five minutes since then."""
        times = [since, *(run for run in self.runs if run > since), self.now]
        return all(later - earlier <= RUN_EVERY for earlier, later in pairwise(times))

    @invariant()
    def what_is_stored_is_what_was_promised(self) -> None:
        ServiceMachine.steps += 1
        for id_, visit in self.model.visits.items():
            call, error = self._attempt(partial(self.service.read, id_, user_id=None, is_manager=True))
            if visit.is_gone(self.now):
                assert isinstance(error, TeleconsultationNotFoundError)
                continue
            if visit.deleted:
                assert isinstance(error, TeleconsultationDeletedError)
            else:
                assert call.access_link is None
                assert _facts(call.teleconsultation) == visit.facts
            self._check_version(id_)
            self._note_secrets(id_)
            self._note_room(id_)

    def _check_version(self, id_: str) -> None:
        one = self.service.stored(id_)
        # The provider's report of the room is written beside the version.
        room = one.room and replace(one.room, reported_gone_at=None)
        content = (_facts(one), room, [person.join_pass for person in one.participants])
        version, before = self.last_seen.get(id_, (0, None))
        assert one.version >= version
        assert one.version > version or content == before
        self.last_seen[id_] = (one.version, content)

    def _note_secrets(self, id_: str) -> None:
        current = {(id_, person): secret for person, secret in self.service.secrets(id_).items()}
        for holder in [holder for holder in self.secrets if holder[0] == id_]:
            if current.get(holder) != self.secrets[holder]:
                self.old_secrets.append((id_, self.secrets.pop(holder)))
        self.secrets |= current

    def _note_room(self, id_: str) -> None:
        """A room in place of a lost one serves the visit as it is, however long it was before."""
        room = self.service.stored(id_).room
        before = self.rooms.pop(id_, None)
        if room is None:
            return
        self.rooms[id_] = room.room_id
        if before not in {None, room.room_id}:
            visit = self.model.visits[id_]
            self.model.visits[id_] = replace(visit, room_seconds=visit.seconds)

    # ── HELP ─────────────────────────────────────────────────────────────────────────────────────────────

    def _attempt(self, request: Callable[[], Any], trouble: Trouble | None = None) -> tuple[Any, Any]:
        """Return the result, or the error that was answered, `KilledError` for no answer at all."""
        if trouble:
            trouble(self.service)
        try:
            return request(), None
        except (TeleconsultationError, KilledError) as error:
            return None, error
        finally:
            self.is_troubled = self.service.effects.calm() and trouble is not None
            self.was_troubled |= self.is_troubled
            self._hear_of_rooms()

    def _any_id(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(list(self.model.visits)))

    def _existing(self) -> list[str]:
        return [one.id for one in self.service.teleconsultations.everything() if one.is_created]

    def _is_now(self, id_: str, visit: Visit) -> bool:
        with suppress(TeleconsultationNotFoundError):
            return _facts(self.service.stored(id_)) == visit.facts
        return False


def _invitees(people: tuple[str, ...]) -> tuple[Invitee, ...]:
    return tuple(doctor(one) if one in DOCTORS else patient(one) for one in people)


def _facts(one: Teleconsultation) -> Visit:
    return Visit(
        people=tuple(person.external_id for person in one.participants),
        number=one.participants_number,
        start=one.schedule.start_date,
        seconds=one.schedule.duration_seconds,
        changed=one.updated_at,
        deleted=one.deleted_at,
    ).facts


def test_the_service_keeps_its_promises(counts: list[str]) -> None:
    run_state_machine_as_test(
        ServiceMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS_PER_EXAMPLE,
            derandomize=not IS_DEEP,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    counts.append(f"rule machine: {ServiceMachine.steps} steps in {EXAMPLES} sequences")
