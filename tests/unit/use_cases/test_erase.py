"""Erasing a person: what goes, what the others keep, and what becomes of it wherever it ends."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NoPlusUserError,
    NotAParticipantError,
    ProviderUnavailableError,
    StorageUnavailableError,
    UnknownParticipantError,
)
from teleconsultation.domain.model import Provisioning, Role, Teleconsultation
from teleconsultation.domain.people import User
from teleconsultation.use_cases import erase
from teleconsultation.use_cases.erase import CONFLICT_ATTEMPTS, RESERVE_SECONDS, Erasure
from tests.fakes.effects import Interruption, failing
from tests.fakes.samples import END, START, doctor, known, patient, schedule
from tests.fakes.service import Service
from tests.fakes.watch import NOON

PATIENT = "patient-1"


class Died(BaseException):
    """The process is gone: nothing catches that."""


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    return service.create()


def traces(service: Service, external_id: str = PATIENT) -> list[str]:
    """Say where there is still something of a person."""
    derived = {service.rooms.user_id(external_id, role=role) for role in Role}
    places = [f"user {user_id}" for user_id in derived & service.rooms.users]
    if service.teleconsultations.users([external_id]):
        places.append("profile")
    for stored in service.teleconsultations.everything():
        people = {person.external_id for person in stored.participants}
        users = {person.bandyer_user_id for person in stored.participants}
        links = set(stored.room.links) if stored.room else set()
        if external_id in people or derived & (users | links):
            places.append(stored.id)
    return places


class TestWhatGoes:
    def test_of_the_person_nothing_is_left(self, service: Service, visit: Teleconsultation) -> None:
        link = visit.room.links[service.rooms.user_id(PATIENT, role=Role.BASIC)] if visit.room else ""
        assert len(traces(service)) == 3

        service.erase()

        assert traces(service) == []
        [seat] = [person for person in service.stored(visit.id).participants if person.is_erased]
        assert (seat.full_name, seat.groups, seat.language, seat.join_pass) == ("", (), None, None)
        assert link not in str([vars_of(stored) for stored in service.teleconsultations.everything()])

    def test_a_notice_goes_too_since_it_may_name_them(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.update(visit.id, notice="Anna Neri is late.")

        service.erase("doctor-1")

        assert service.stored(visit.id).notice is None

    def test_a_person_is_erased_in_every_role(self, service: Service) -> None:
        service.create((doctor(), patient("both")))
        service.create((doctor("both"), patient()))

        erasure = service.erase("both")

        assert traces(service, "both") == []
        assert erasure.provider_users == 2

    def test_past_deleted_unfinished_and_expired_ones_are_reached_too(self, service: Service) -> None:
        expired = service.create()
        service.clock.advance(seconds=31 * 86_400)
        past = service.create(schedule=schedule(start_date=service.clock.now))
        service.clock.advance(seconds=2 * 86_400)
        deleted = service.create(schedule=schedule(start_date=service.clock.now))
        service.delete(deleted.id)
        waiting = service.create(
            (patient(),), number=2, schedule=schedule(start_date=service.clock.now + timedelta(days=1))
        )
        intent = service.create(schedule=waiting.schedule)
        unfinished = replace(
            intent,
            version=9,
            is_created=False,
            room=None,
            provisioning=Provisioning(attempt_id="attempt", started_at=NOON),
        )
        service.teleconsultations.replace(unfinished, expected_version=intent.version)

        erasure = service.erase()

        assert traces(service) == []
        assert erasure.teleconsultations == len({past.id, expired.id, deleted.id, waiting.id, intent.id})
        assert erasure.upcoming == [waiting.id]

    def test_two_seats_that_were_one_persons_cannot_be_told_to_be(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        other = service.create()

        service.erase()

        seats = [
            person
            for one in (visit, other)
            for person in service.stored(one.id).participants
            if person.is_erased
        ]
        ids = {seat.external_id for seat in seats} | {seat.bandyer_user_id for seat in seats}
        assert len(seats) == len(ids) == 2

    def test_two_people_of_one_visit_can_be_erased(self, service: Service) -> None:
        three = service.create((doctor(), patient(), patient("patient-2")))

        service.erase(PATIENT)
        service.erase("patient-2")

        assert [person.external_id for person in service.stored(three.id).attendees] == ["doctor-1"]
        assert service.update(three.id, start_date=START + timedelta(days=1)).is_complete

    def test_who_is_erased_is_nobody_here_and_has_no_link(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        secret = service.secrets(visit.id)[PATIENT]
        service.clock.now = START
        assert service.join(visit.id, secret).access_link

        service.erase()

        with pytest.raises(NotAParticipantError):
            service.read(visit.id, user_id=PATIENT)
        with pytest.raises(NotAParticipantError):
            service.join(visit.id, secret)

    def test_after_a_deletion_they_are_not_even_told_of_it(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        secret = service.secrets(visit.id)[PATIENT]
        service.delete(visit.id)

        service.erase()

        with pytest.raises(NotAParticipantError):
            service.read(visit.id, user_id=PATIENT)
        with pytest.raises(NotAParticipantError):
            service.join(visit.id, secret)

    def test_they_are_unknown_until_somebody_names_them_in_full(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.erase()

        with pytest.raises(UnknownParticipantError):
            service.create((doctor(), known(PATIENT)))
        again = service.create()
        service.clock.now = START
        assert service.read(again.id, user_id=PATIENT).access_link


class TestAdoptedUsers:
    @pytest.fixture
    def adopted(self, service: Service) -> User:
        user = User(
            external_id=PATIENT,
            groups=("patient",),
            full_name="Joe Smith",
            registered_roles=frozenset({Role.BASIC}),
            provider_user_ids={Role.BASIC: "user_aaaa"},
        )
        service.teleconsultations.save_users([user])
        service.rooms.users.add("user_aaaa")
        return user

    def test_the_adopted_user_goes_and_so_does_a_derived_one(self, service: Service, adopted: User) -> None:
        service.rooms.users.add(service.rooms.user_id(PATIENT, role=Role.BASIC))

        erasure = service.erase()

        assert "user_aaaa" not in service.rooms.users
        assert traces(service) == []
        assert (erasure.provider_users, erasure.profile_removed) == (2, True)

    def test_a_user_that_only_a_seat_has_goes_too_even_if_the_next_write_fails(
        self, service: Service, adopted: User
    ) -> None:
        visit = service.create((doctor(), known(PATIENT)))
        service.teleconsultations.delete_user(PATIENT)
        service.effects.before("replace", failing(StorageUnavailableError("down")))

        first = service.erase()
        second = service.erase()

        assert (first.stopped_by, second.stopped_by) == ("storage", None)
        assert "user_aaaa" not in service.rooms.users
        assert [person.is_erased for person in service.stored(visit.id).participants] == [False, True]
        assert (first.provider_users, second.provider_users) == (1, 0)

    def test_a_change_of_people_keeps_room_and_user(self, service: Service, adopted: User) -> None:
        visit = service.create((doctor(), known(PATIENT)))
        users = set(service.rooms.users)

        changed = service.update(visit.id, invitees=(known("doctor-1"), known(PATIENT)))

        assert changed == visit
        assert service.rooms.users == users


class TestWhatTheOthersKeep:
    def test_everything_that_is_theirs(self, service: Service, visit: Teleconsultation) -> None:
        secret = service.secrets(visit.id)["doctor-1"]
        service.clock.now = START
        before = service.read(visit.id, user_id="doctor-1")

        service.erase()

        after = service.read(visit.id, user_id="doctor-1")
        assert (after.access_link, after.state, after.participant) == (
            before.access_link,
            before.state,
            before.participant,
        )
        assert service.join(visit.id, secret).access_link == before.access_link
        assert service.secrets(visit.id) == {"doctor-1": secret}

    def test_those_who_have_nothing_to_do_with_it_are_not_touched(self, service: Service) -> None:
        other = service.create((doctor(), patient("patient-2")))

        erasure = service.erase()

        assert service.stored(other.id) == other
        assert erasure == Erasure(resume_from=other.id)

    def test_the_record_is_kept_no_longer_for_it(self, service: Service, visit: Teleconsultation) -> None:
        service.clock.now = END + timedelta(days=7)

        service.erase()

        assert service.stored(visit.id).updated_at == visit.updated_at

    def test_who_has_read_it_before_sees_that_it_changed(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        service.erase()

        assert service.stored(visit.id).version == visit.version + 1


class TestChangesAfterwards:
    @pytest.fixture
    def emptied(self, service: Service, visit: Teleconsultation) -> Teleconsultation:
        service.erase()
        return service.stored(visit.id)

    def test_it_can_be_moved_and_keeps_its_room(self, service: Service, emptied: Teleconsultation) -> None:
        moved = service.update(emptied.id, start_date=START + timedelta(days=1))

        assert (moved.room, moved.participants) == (emptied.room, emptied.participants)

    def test_it_can_be_moved_although_nobody_left_may_organise_it(self, service: Service) -> None:
        three = service.create((doctor(), patient(), patient("patient-2")))
        service.erase("doctor-1")

        moved = service.update(three.id, start_date=START + timedelta(days=1))

        assert moved.room is not None
        assert [person.role for person in moved.participants if person.is_erased] == [Role.PLUS]

    def test_a_change_that_says_nothing_changes_nothing(
        self, service: Service, emptied: Teleconsultation
    ) -> None:
        assert service.update(emptied.id, duration_seconds=3600) == emptied

    def test_a_new_room_is_for_those_who_are_left(self, service: Service) -> None:
        three = service.create((doctor(), patient(), patient("patient-2")))
        service.erase()

        changed = service.update(three.id, duration_seconds=7200)

        assert changed.room is not None
        assert changed.room.links.keys() == {person.bandyer_user_id for person in changed.attendees}
        assert traces(service) == []
        assert service.secrets(three.id).keys() == {"doctor-1", "patient-2"}

    def test_a_new_room_for_one_is_refused_and_nothing_happens(
        self, service: Service, emptied: Teleconsultation
    ) -> None:
        service.effects.forget()

        with pytest.raises(InvalidRequestError) as error:
            service.update(emptied.id, duration_seconds=7200)

        assert [one.field for one in error.value.errors] == ["participants"]
        assert service.effects.log == []

    def test_a_new_room_without_anybody_to_organise_it_is_refused(self, service: Service) -> None:
        three = service.create((doctor(), patient(), patient("patient-2")))
        service.erase("doctor-1")

        with pytest.raises(NoPlusUserError):
            service.update(three.id, duration_seconds=7200)

    def test_naming_who_comes_instead_makes_it_whole_again(
        self, service: Service, emptied: Teleconsultation
    ) -> None:
        changed = service.update(emptied.id, invitees=(doctor(), patient("patient-2")))

        assert changed.attendees == changed.participants
        assert changed.room is not None
        assert changed.room != emptied.room


class TestReport:
    def test_it_says_what_was_done_and_whose_visit_now_lacks_somebody(self, service: Service) -> None:
        past = service.create(schedule=schedule(start_date=NOON))
        service.clock.advance(seconds=7200)
        upcoming = {service.create().id, service.create().id}

        erasure = service.erase()

        assert (erasure.stopped_by, erasure.teleconsultations) == (None, 3)
        assert set(erasure.upcoming) == upcoming
        assert (erasure.provider_users, erasure.profile_removed) == (1, True)
        assert past.id not in erasure.upcoming

    @pytest.mark.parametrize(
        ("now", "upcoming"),
        [(END, True), (END + timedelta(seconds=899), True), (END + timedelta(seconds=900), False)],
        ids=str,
    )
    def test_a_visit_is_upcoming_until_its_door_has_closed(
        self, service: Service, visit: Teleconsultation, now: object, *, upcoming: bool
    ) -> None:
        service.clock.now = now  # type: ignore[assignment]

        assert service.erase().upcoming == ([visit.id] if upcoming else [])

    def test_a_second_run_finds_nothing(self, service: Service, visit: Teleconsultation) -> None:
        service.erase()

        assert service.erase() == Erasure(resume_from=visit.id)

    def test_it_can_be_printed_without_naming_anybody(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        assert PATIENT not in repr(service.erase())


class TestOneRunIsNotEnough:
    @pytest.fixture
    def visits(self, service: Service) -> list[str]:
        return sorted(service.create().id for _ in range(5))

    @pytest.mark.parametrize("size", [1, 2, 3, 200])
    def test_time_runs_out_and_the_next_run_goes_on(
        self, service: Service, visits: list[str], monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        monkeypatch.setattr(erase, "PAGE_SIZE", size)
        seconds = iter([RESERVE_SECONDS] * 3 + [RESERVE_SECONDS - 0.001])

        first = service.erase(remaining_seconds=lambda: next(seconds))
        second = service.erase(resume_from=first.resume_from)

        assert (first.stopped_by, first.resume_from, first.upcoming) == ("time", visits[2], visits[:3])
        assert (first.provider_users, first.profile_removed) == (0, False)
        assert (second.stopped_by, second.upcoming) == (None, visits[3:])
        assert traces(service) == []

    @pytest.mark.parametrize(
        ("effect", "error", "stopped_by"),
        [
            ("replace", StorageUnavailableError("down"), "storage"),
            ("unregister", ProviderUnavailableError(provider_code="ServerError"), "provider: ServerError"),
            ("delete_user", StorageUnavailableError("down"), "storage"),
        ],
    )
    def test_what_does_not_work_now_is_reported_and_done_later(
        self, service: Service, visits: list[str], effect: str, error: Exception, stopped_by: str
    ) -> None:
        service.effects.before(effect, failing(error))

        first = service.erase()
        second = service.erase(resume_from=first.resume_from)

        assert (first.stopped_by, second.stopped_by) == (stopped_by, None)
        assert traces(service) == []
        assert {*first.upcoming, *second.upcoming} == {*visits}

    def test_a_visit_that_somebody_changes_meanwhile_is_read_again(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        later = START + timedelta(days=1)
        service.effects.before("replace", lambda: update(service, visit.id, start_date=later))

        erasure = service.erase()

        stored = service.stored(visit.id)
        assert (erasure.stopped_by, erasure.teleconsultations, erasure.upcoming) == (None, 1, [visit.id])
        assert (stored.schedule.start_date, traces(service)) == (later, [])

    def test_a_visit_that_never_comes_to_rest_ends_the_run(
        self, service: Service, visit: Teleconsultation
    ) -> None:
        for day in range(CONFLICT_ATTEMPTS):
            start_date = START + timedelta(days=day + 1)
            # Each change is an effect of its own, which the next one must not come before.
            service.effects.before("replace", changing(service, visit.id, start_date=start_date))
            service.effects.before("replace", lambda: None)

        first = service.erase()
        second = service.erase(resume_from=first.resume_from)

        assert (first.stopped_by, first.teleconsultations, first.resume_from) == ("conflict", 0, None)
        assert (second.stopped_by, traces(service)) == (None, [])

    @pytest.mark.parametrize("change", ["create", "update"])
    def test_a_room_that_is_being_made_does_not_bring_the_person_back(
        self, service: Service, visit: Teleconsultation, change: str
    ) -> None:
        seen: list[Erasure] = []
        service.effects.after("create_room", lambda: seen.append(service.erase()))

        with pytest.raises(ConflictError):
            service.create() if change == "create" else service.update(visit.id, duration_seconds=7200)

        assert [erasure.stopped_by for erasure in seen] == [None]
        assert traces(service) == []

    def test_who_is_named_anew_meanwhile_is_found_by_the_next_run(self, service: Service) -> None:
        waiting = service.create((doctor(),), number=2)
        seen: list[Erasure] = []
        service.effects.after("create_room", lambda: seen.append(service.erase()))

        service.update(waiting.id, invitees=(doctor(), patient()))
        again = service.erase()

        assert [erasure.teleconsultations for erasure in seen] == [0]
        assert (again.upcoming, traces(service)) == ([waiting.id], [])


class TestDying:
    """Killed before and after every effect; which effects there are, an undisturbed run says itself."""

    PEOPLE = (doctor(), patient())

    def prepared(self) -> Service:
        service = Service()
        service.create(self.PEOPLE)
        service.create((doctor("patient-1"), patient("patient-2")))
        service.create((patient(),), number=2)
        service.delete(service.create(self.PEOPLE).id)
        service.effects.forget()
        return service

    def effects(self) -> Iterator[tuple[str, int]]:
        """Name each effect of an undisturbed run, with how many of its name come before it."""
        service = self.prepared()
        service.erase()
        for position, name in enumerate(service.effects.log):
            yield name, service.effects.log[:position].count(name)

    def test_a_run_has_these_effects(self) -> None:
        assert [name for name, _ in self.effects()] == ["replace"] * 4 + ["unregister"] * 2 + ["delete_user"]

    def test_wherever_it_dies_a_repetition_finishes_it(self) -> None:
        for name, earlier in self.effects():
            for when in ("before", "after"):
                service, announced = self.prepared(), list[str]()
                upcoming = {one.id for one in service.teleconsultations.everything() if not one.deleted_at}
                plant: Callable[[str, Interruption], None] = getattr(service.effects, when)
                for _ in range(earlier):
                    plant(name, lambda: None)
                plant(name, failing(Died()))  # type: ignore[arg-type]

                with pytest.raises(Died):
                    service.erase(announce=announced.append)
                second = service.erase(announce=announced.append)

                cell = (name, earlier, when)
                assert (second.stopped_by, traces(service), cell) == (None, [], cell)
                assert ({*announced}, cell) == (upcoming, cell)
                assert ([one.version for one in service.teleconsultations.everything()], cell) == (
                    [3, 3, 2, 5],
                    cell,
                )


def update(service: Service, teleconsultation_id: str, **changes: object) -> None:
    service.update(teleconsultation_id, **changes)  # type: ignore[arg-type]


def changing(service: Service, teleconsultation_id: str, **changes: object) -> Interruption:
    return lambda: update(service, teleconsultation_id, **changes)


def vars_of(teleconsultation: Teleconsultation) -> object:
    """All that is stored, links too, which `repr` leaves out."""
    room = teleconsultation.room
    return (teleconsultation.participants, dict(room.links) if room else None)


def test_a_profile_alone_is_removed_too(service: Service) -> None:
    profile = User(external_id=PATIENT, groups=("patient",), full_name="Joe Smith")
    service.teleconsultations.save_users([profile])

    assert service.erase() == Erasure(resume_from=None, profile_removed=True)
