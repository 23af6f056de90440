"""Visits and people of another service, taken over once and as they are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from teleconsultation.domain.call import FactKind, ProviderEvent
from teleconsultation.domain.errors import ConflictError, ProviderError, ProviderUnavailableError
from teleconsultation.domain.model import CallSettings, Participant, Role, Room, Teleconsultation
from teleconsultation.domain.people import User
from teleconsultation.domain.room_plan import RecordingType
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.import_users import import_users
from teleconsultation.use_cases.import_visit import (
    FormerVisit,
    ImportRules,
    Outcome,
    VisitImport,
    import_visit,
)
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from teleconsultation.use_cases.receive import Reception
from tests.fakes import samples
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.service import RETENTION, Service
from tests.fakes.watch import NOON

ID = "62134f1e5f3d2a001c9b8a77"
ROOM = "room_theirs"
DOCTOR = Participant(
    external_id="auth0|doctor",
    bandyer_user_id="user_aaaaaaaaaaaa",
    role=Role.PLUS,
    groups=("doctor",),
    full_name="Anna Neri",
)
PATIENT = Participant(
    external_id="auth0|patient",
    bandyer_user_id="user_bbbbbbbbbbbb",
    role=Role.BASIC,
    groups=("patient",),
    full_name="Joe Smith",
    language="it",
)
BEFORE = NOON - timedelta(days=2)
LONG_AGO = NOON - RETENTION * 2


def _visit(**changes: Any) -> FormerVisit:
    visit = FormerVisit(
        id=ID,
        start_date=samples.START,
        end_date=samples.END,
        participants_number=2,
        participants=(DOCTOR, PATIENT),
        room_id=ROOM,
        created_at=BEFORE,
        updated_at=BEFORE + timedelta(hours=1),
    )
    return replace(visit, **changes)


def _over(**changes: Any) -> FormerVisit:
    return _visit(start_date=NOON - timedelta(days=1), end_date=NOON - timedelta(hours=23), **changes)


def _import(
    service: Service,
    visit: FormerVisit,
    *,
    writes: bool = True,
    clamps: bool = False,
    closes_past: bool = False,
) -> VisitImport:
    return import_visit(
        visit,
        rules=ImportRules(writes=writes, clamps=clamps, closes_past=closes_past),
        ports=service.ports,
        policy=service.policy,
        join_secrets=service.join_secrets,
        retention=RETENTION,
    )


def _user(person: Participant, **changes: Any) -> User:
    user = User(
        external_id=person.external_id,
        groups=person.groups,
        full_name=person.full_name,
        registered_roles=frozenset({person.role}),
        provider_user_ids={person.role: person.bandyer_user_id},
    )
    return replace(user, **changes)


@pytest.fixture
def foreign(service: Service) -> Service:
    """A service whose provider has the other service's users and room."""
    service.rooms.register([DOCTOR, PATIENT])
    links = {
        person.bandyer_user_id: f"https://provider.test/theirs/{person.role}" for person in (DOCTOR, PATIENT)
    }
    settings = CallSettings(recording="none", live=True, call_type="audio_video")
    service.rooms.add_foreign(Room(room_id=ROOM, duration_seconds=None, links=links, call_settings=settings))
    service.effects.forget()
    return service


class TestAdoption:
    def test_a_living_room_is_kept_with_its_people_and_links(self, foreign: Service) -> None:
        done = _import(foreign, _visit())

        stored = foreign.stored(ID)
        assert done == VisitImport(outcome=Outcome.ADOPTED, stored=stored)
        assert stored.room == foreign.rooms.rooms[ROOM]
        assert (stored.version, stored.created_at, stored.updated_at) == (
            1,
            BEFORE,
            BEFORE + timedelta(hours=1),
        )
        assert [replace(person, join_pass=None) for person in stored.participants] == [DOCTOR, PATIENT]
        assert foreign.effects.log == ["remember_owner", "add"]

    def test_everybody_gets_in_by_link_and_by_id(self, foreign: Service) -> None:
        _import(foreign, _visit())
        foreign.clock.now = samples.START

        data = foreign.join(ID, foreign.secrets(ID)[PATIENT.external_id])

        assert data.access_link == "https://provider.test/theirs/basic?display_name=Joe%20Smith&language=it"
        assert foreign.read(ID, user_id=DOCTOR.external_id).access_link is not None

    def test_a_person_without_a_name_gets_in_without_one(self, foreign: Service) -> None:
        nameless = replace(PATIENT, full_name="", language=None)
        _import(foreign, _visit(participants=(DOCTOR, nameless)))
        foreign.clock.now = samples.START

        data = foreign.read(ID, user_id=PATIENT.external_id)

        assert data.access_link == "https://provider.test/theirs/basic"

    def test_the_same_people_keep_room_and_users(self, foreign: Service) -> None:
        import_users([_user(DOCTOR), _user(PATIENT)], ports=foreign.ports)
        _import(foreign, _visit())
        foreign.effects.forget()
        ids = tuple(Invitee(external_id=each.external_id, field_path="") for each in (DOCTOR, PATIENT))

        changed = foreign.update(ID, invitees=ids)

        assert changed.room == foreign.rooms.rooms[ROOM]
        assert foreign.effects.log in ([], ["replace"])

    def test_dates_move_and_the_room_stays(self, foreign: Service) -> None:
        _import(foreign, _visit())

        moved = foreign.update(
            ID, start_date=samples.START + timedelta(days=1), end_date=samples.END + timedelta(days=1)
        )

        assert moved.room == foreign.rooms.rooms[ROOM]

    def test_the_room_ends_with_its_door_and_is_deleted_at_the_end(self, foreign: Service) -> None:
        _import(foreign, _visit())

        foreign.clock.now = samples.END + timedelta(hours=2)
        foreign.reconcile()
        after_door = (foreign.rooms.living, set(foreign.rooms.rooms))
        foreign.clock.now = samples.END + RETENTION - timedelta(hours=1)
        foreign.reconcile()

        assert after_door == (set(), {ROOM})
        assert foreign.rooms.rooms == {}

    def test_an_erasure_leaves_no_foreign_user(self, foreign: Service) -> None:
        import_users([_user(DOCTOR), _user(PATIENT)], ports=foreign.ports)
        _import(foreign, _visit())

        foreign.erase(PATIENT.external_id)

        assert foreign.rooms.users == {DOCTOR.bandyer_user_id}

    def test_a_link_of_somebody_else_is_left_out(self, foreign: Service) -> None:
        room = foreign.rooms.rooms[ROOM]
        foreign.rooms.rooms[ROOM] = replace(
            room, links={**room.links, "user_cccccccccccc": "https://provider.test/c"}
        )

        _import(foreign, _visit())

        assert foreign.stored(ID).room == room

    def test_a_room_in_use_is_adopted_too(self, foreign: Service) -> None:
        foreign.clock.now = samples.START + timedelta(minutes=5)
        foreign.rooms.running.add(ROOM)

        assert _import(foreign, _visit()).outcome is Outcome.ADOPTED

    @pytest.mark.parametrize(
        ("configured", "announced"), [("none", "manual"), ("manual", "manual"), ("automatic", "automatic")]
    )
    def test_it_is_announced_that_a_room_is_recorded(
        self, foreign: Service, configured: RecordingType, announced: str
    ) -> None:
        foreign.rooms.is_recording = True
        foreign.policy = replace(foreign.policy, recording_type=configured)

        _import(foreign, _visit())

        room = foreign.stored(ID).room
        assert room is not None
        assert room.call_settings == CallSettings(recording=announced, live=True, call_type="audio_video")

    def test_a_room_that_is_not_recorded_is_not_announced_as_such(self, foreign: Service) -> None:
        foreign.policy = replace(foreign.policy, recording_type="automatic")

        _import(foreign, _visit())

        assert foreign.stored(ID).room == foreign.rooms.rooms[ROOM]

    def test_the_providers_events_reach_the_visit_of_an_adopted_room(self, foreign: Service) -> None:
        event = ProviderEvent(
            kind=FactKind.JOINED,
            at=samples.START,
            room_id=ROOM,
            session_id="s1",
            user_id=PATIENT.bandyer_user_id,
        )
        foreign.receive(event)  # before the import nobody knows whose it is
        foreign.clock.now = samples.START
        _import(foreign, _visit())

        receipt = foreign.receive(event)

        assert (receipt.reception, receipt.teleconsultation_id) == (Reception.KEPT, ID)

    def test_an_erasure_leaves_no_hash_of_the_names(self, foreign: Service) -> None:
        _import(foreign, _visit())

        foreign.erase(PATIENT.external_id)

        imported = foreign.stored(ID).imported
        assert imported is not None
        assert imported.digest == ""
        assert _import(foreign, _visit()).outcome is Outcome.EDITED

    def test_an_import_again_forgets_who_waited_in_the_former_list(self, foreign: Service) -> None:
        _import(foreign, _visit())
        foreign.clock.now = samples.START - timedelta(minutes=20)
        foreign.wait(ID, user_id=PATIENT.external_id)

        _import(foreign, _visit(participants=(DOCTOR,), updated_at=BEFORE + timedelta(hours=5)))

        assert foreign.read(ID, user_id=DOCTOR.external_id).waiting_since == {}


class TestDeadRooms:
    @pytest.mark.parametrize("room_id", [None, "room_gone"])
    def test_a_visit_without_a_living_room_gets_one(self, foreign: Service, room_id: str | None) -> None:
        done = _import(foreign, _visit(room_id=room_id))

        stored = foreign.stored(ID)
        assert done == VisitImport(outcome=Outcome.ROOM_MADE, stored=stored)
        assert stored.room is not None
        assert stored.room.links.keys() == {DOCTOR.bandyer_user_id, PATIENT.bandyer_user_id}
        assert foreign.effects.log == ["add", "create_room", "replace"]

    def test_a_room_that_lacks_somebody_is_not_adopted(self, foreign: Service) -> None:
        third = replace(PATIENT, external_id="auth0|third", bandyer_user_id="user_cccccccccccc")

        done = _import(foreign, _visit(participants_number=3, participants=(DOCTOR, PATIENT, third)))

        assert done.outcome is Outcome.ROOM_MADE
        assert ROOM in foreign.rooms.living

    def test_one_that_is_never_finished_does_not_exist(self, foreign: Service) -> None:
        foreign.effects.before("create_room", killed)
        with pytest.raises(KilledError):
            _import(foreign, _visit(room_id=None))
        foreign.clock.advance(seconds=3600)

        foreign.reconcile()

        assert foreign.teleconsultations.everything() == ()

    def test_a_room_that_was_made_before_a_crash_is_used(self, foreign: Service) -> None:
        foreign.effects.after("create_room", killed)
        with pytest.raises(KilledError):
            _import(foreign, _visit(room_id=None))
        foreign.clock.advance(seconds=PROVISIONING_LEASE.total_seconds() + 1)

        _import(foreign, _visit(room_id=None))

        room = foreign.stored(ID).room
        assert room is not None
        assert set(foreign.rooms.marks) == {room.room_id}

    def test_a_refusal_leaves_nothing(self, foreign: Service) -> None:
        foreign.effects.before("create_room", failing(ProviderError()))

        with pytest.raises(ProviderError):
            _import(foreign, _visit(room_id=None))

        assert foreign.teleconsultations.everything() == ()


class TestWhatIsNotUpcoming:
    def test_a_visit_that_is_over_leaves_its_room_alone(self, foreign: Service) -> None:
        done = _import(foreign, _over())
        foreign.clock.advance(seconds=3600)
        foreign.reconcile()

        assert done.outcome is Outcome.OVER
        assert foreign.stored(ID).room is None
        assert foreign.rooms.living == {ROOM}

    def test_a_visit_that_is_over_is_found(self, foreign: Service) -> None:
        _import(foreign, _over())

        assert foreign.read(ID, user_id=PATIENT.external_id).state == "ENDED"

    def test_its_room_is_closed_on_request_and_deleted_at_the_end(self, foreign: Service) -> None:
        done = _import(foreign, _over(), closes_past=True)

        closed = (done.outcome, done.closed_room, foreign.rooms.living)
        foreign.clock.now = foreign.stored(ID).schedule.end_date + RETENTION - timedelta(hours=1)
        foreign.reconcile()

        assert closed == (Outcome.OVER, ROOM, set())
        assert foreign.rooms.rooms == {}

    def test_it_is_closed_by_a_later_run_too(self, foreign: Service) -> None:
        _import(foreign, _over())

        again = [_import(foreign, _over(), closes_past=True) for _ in range(2)]

        assert [(each.outcome, each.closed_room) for each in again] == [(Outcome.UNCHANGED, ROOM)] * 2
        assert foreign.effects.log.count("disable_room") == 1

    def test_an_upcoming_room_is_not_closed(self, foreign: Service) -> None:
        for _ in range(2):
            assert _import(foreign, _visit(), closes_past=True).closed_room is None

        assert foreign.rooms.living == {ROOM}

    def test_a_cancelled_visit_says_so(self, foreign: Service) -> None:
        done = _import(foreign, _visit(deleted_at=NOON - timedelta(days=1), end_date=samples.START))

        assert done.outcome is Outcome.CANCELLED
        assert foreign.stored(ID).deleted_at == NOON - timedelta(days=1)
        assert foreign.effects.log == ["add"]

    @pytest.mark.parametrize(
        "visit",
        [
            _visit(deleted_at=NOON - timedelta(days=31)),
            _visit(start_date=LONG_AGO, end_date=LONG_AGO + timedelta(hours=1), updated_at=LONG_AGO),
        ],
        ids=["cancelled", "over"],
    )
    def test_what_would_be_gone_is_left_out(self, foreign: Service, visit: FormerVisit) -> None:
        assert _import(foreign, visit) == VisitImport(outcome=Outcome.EXPIRED)
        assert foreign.effects.log == []

    def test_the_room_of_one_that_is_not_kept_is_closed_on_request(self, foreign: Service) -> None:
        visit = _visit(start_date=LONG_AGO, end_date=LONG_AGO + timedelta(hours=1), updated_at=LONG_AGO)

        done = _import(foreign, visit, closes_past=True)

        assert done == VisitImport(outcome=Outcome.EXPIRED, closed_room=ROOM)
        assert foreign.rooms.living == set()

    def test_an_incomplete_visit_waits(self, foreign: Service) -> None:
        done = _import(foreign, _visit(participants_number=3, room_id=None))

        assert done.outcome is Outcome.INCOMPLETE
        assert foreign.stored(ID).room is None
        assert foreign.effects.log == ["add"]


class TestWhatCannotBeImported:
    @pytest.mark.parametrize(
        ("visit", "outcome"),
        [
            (_visit(end_date=samples.START + timedelta(seconds=299)), Outcome.WRONG_DURATION),
            (_visit(end_date=samples.START - timedelta(hours=1)), Outcome.WRONG_DURATION),
            (_visit(end_date=samples.START + timedelta(hours=25)), Outcome.WRONG_DURATION),
            (_visit(end_date=None, room_id=None), Outcome.NO_END),
            (_visit(end_date=None), Outcome.NO_END),
            (_visit(participants_number=1, participants=(DOCTOR,)), Outcome.WRONG_NUMBER),
            (_visit(participants_number=26), Outcome.WRONG_NUMBER),
            (
                _visit(participants=(PATIENT, replace(PATIENT, external_id="b", bandyer_user_id="b"))),
                Outcome.NO_PLUS_USER,
            ),
            (
                _visit(
                    start_date=datetime(1970, 1, 1, tzinfo=NOON.tzinfo),
                    end_date=datetime(1970, 1, 1, 1, tzinfo=NOON.tzinfo),
                ),
                Outcome.WRONG_DATE,
            ),
        ],
    )
    def test_it_is_reported_and_nothing_happens(
        self, foreign: Service, visit: FormerVisit, outcome: Outcome
    ) -> None:
        assert _import(foreign, visit) == VisitImport(outcome=outcome)
        assert foreign.effects.log == []

    @pytest.mark.parametrize(("minutes", "becomes"), [(-60, 5), (4, 5), (1500, 1440)])
    def test_a_duration_out_of_bounds_is_clamped_on_request(
        self, foreign: Service, minutes: int, becomes: int
    ) -> None:
        _import(foreign, _visit(end_date=samples.START + timedelta(minutes=minutes)), clamps=True)

        assert foreign.stored(ID).schedule.duration_seconds == becomes * 60

    def test_a_missing_end_is_that_of_the_room(self, foreign: Service) -> None:
        foreign.rooms.rooms[ROOM] = replace(foreign.rooms.rooms[ROOM], duration_seconds=1800)

        _import(foreign, _visit(end_date=None))

        assert foreign.stored(ID).schedule.end_date == samples.START + timedelta(minutes=30)


class TestRepetition:
    @pytest.mark.parametrize(
        "visit",
        [_visit(), _visit(room_id=None), _over(), _visit(participants_number=3), _visit(deleted_at=NOON)],
        ids=["adopted", "made", "over", "incomplete", "cancelled"],
    )
    def test_the_same_visit_is_imported_once(self, foreign: Service, visit: FormerVisit) -> None:
        stored = _import(foreign, visit).stored
        foreign.effects.forget()

        again = _import(foreign, visit)

        assert again == VisitImport(outcome=Outcome.UNCHANGED, stored=stored)
        assert foreign.effects.log == []

    def test_what_changed_there_meanwhile_is_taken_over(self, foreign: Service) -> None:
        first = _import(foreign, _visit()).stored
        later = _visit(start_date=samples.START + timedelta(minutes=30), updated_at=NOON)

        again = _import(foreign, later)

        stored = foreign.stored(ID)
        assert again == VisitImport(outcome=Outcome.ADOPTED, stored=stored)
        assert stored.schedule.start_date == samples.START + timedelta(minutes=30)
        assert first is not None
        assert (stored.version, stored.participants, stored.rooms_to_disable) == (
            2,
            first.participants,
            frozenset(),
        )

    def test_a_room_that_was_replaced_there_is_replaced_here(self, foreign: Service) -> None:
        _import(foreign, _visit())
        new = replace(foreign.rooms.rooms.pop(ROOM), room_id="room_new")
        foreign.rooms.rooms["room_new"] = new

        _import(foreign, _visit(room_id="room_new", updated_at=NOON))

        assert foreign.stored(ID).room == new

    def test_a_cancellation_there_is_one_here(self, foreign: Service) -> None:
        _import(foreign, _visit())

        done = _import(foreign, _visit(updated_at=NOON, deleted_at=NOON))

        assert done.outcome is Outcome.CANCELLED
        assert foreign.stored(ID).room is None

    @pytest.mark.parametrize("edit", ["change", "delete", "erase"])
    def test_an_edit_here_is_never_overwritten(self, foreign: Service, edit: str) -> None:
        _import(foreign, _visit())
        if edit == "change":
            foreign.update(ID, notice="A delay of ten minutes")
        elif edit == "delete":
            foreign.delete(ID)
        else:
            foreign.erase(PATIENT.external_id)
        edited = foreign.stored(ID)

        for visit in (_visit(), _visit(updated_at=NOON + timedelta(hours=1))):
            assert _import(foreign, visit) == VisitImport(outcome=Outcome.EDITED, stored=edited)

    def test_a_visit_made_here_is_never_overwritten(self, foreign: Service) -> None:
        made = foreign.create()

        assert _import(foreign, _visit(id=made.id)).outcome is Outcome.EDITED

    def test_what_the_reconciler_did_is_no_edit(self, foreign: Service) -> None:
        _import(foreign, _visit())
        foreign.clock.now = samples.END + timedelta(hours=2)
        foreign.reconcile()

        assert _import(foreign, _visit()).outcome is Outcome.UNCHANGED

    def test_a_change_between_read_and_write_wins(self, foreign: Service) -> None:
        _import(foreign, _visit())

        def edit() -> None:
            foreign.update(ID, notice="A delay")

        foreign.effects.before("replace", edit)

        with pytest.raises(ConflictError):
            _import(foreign, _visit(updated_at=NOON))

        assert foreign.stored(ID).notice is not None


class TestDryRun:
    @pytest.mark.parametrize(
        ("visit", "outcome"),
        [
            (_visit(), Outcome.ADOPTED),
            (_visit(room_id=None), Outcome.ROOM_MADE),
            (_visit(participants_number=3), Outcome.INCOMPLETE),
            (_over(), Outcome.OVER),
            (_visit(deleted_at=NOON), Outcome.CANCELLED),
        ],
    )
    def test_it_says_what_would_be_and_changes_nothing(
        self, foreign: Service, visit: FormerVisit, outcome: Outcome
    ) -> None:
        done = _import(foreign, visit, writes=False, closes_past=True)

        assert done.outcome is outcome
        assert done.closed_room == (ROOM if outcome is Outcome.OVER else None)
        assert foreign.effects.log == []

    def test_a_provider_that_cannot_answer_is_an_error(self, foreign: Service) -> None:
        foreign.effects.before("find_room", failing(ProviderUnavailableError()))

        with pytest.raises(ProviderUnavailableError):
            _import(foreign, _visit(), writes=False)


class TestUsers:
    def test_a_person_is_known_afterwards(self, foreign: Service) -> None:
        changed = [import_users([_user(DOCTOR), _user(PATIENT)], ports=foreign.ports) for _ in range(2)]

        assert changed == [2, 0]
        assert foreign.teleconsultations.users([DOCTOR.external_id]) == {DOCTOR.external_id: _user(DOCTOR)}

    def test_what_a_request_has_sent_stays(self, foreign: Service) -> None:
        sent = _user(PATIENT, full_name="Joe Q. Smith", language="en", provider_user_ids={})
        foreign.teleconsultations.save_users([sent])

        import_users([_user(PATIENT, registered_roles=frozenset(Role))], ports=foreign.ports)

        stored = foreign.teleconsultations.users([PATIENT.external_id])[PATIENT.external_id]
        assert stored == replace(sent, registered_roles=frozenset(Role))

    def test_what_is_missing_is_added(self, foreign: Service) -> None:
        foreign.teleconsultations.save_users(
            [_user(PATIENT, full_name="", registered_roles=frozenset(), provider_user_ids={})]
        )

        import_users([_user(PATIENT, language="it")], ports=foreign.ports)

        stored = foreign.teleconsultations.users([PATIENT.external_id])[PATIENT.external_id]
        assert stored == _user(PATIENT, language="it")


VISITS = (
    _visit(),
    _visit(id="a" * 24, room_id="room_gone"),
    _visit(id="b" * 24, participants_number=3),
    _visit(id="c" * 24, deleted_at=NOON),
    _over(id="d" * 24, room_id="room_past"),
    _visit(id="e" * 24, room_id=None, updated_at=NOON),
)


def _prepared() -> Service:
    """Return a service that imported an earlier state of the last visit, and whose provider has all rooms."""
    service = Service()
    service.rooms.register([DOCTOR, PATIENT])
    for room_id in (ROOM, "room_past"):
        links = {person.bandyer_user_id: "https://provider.test/theirs" for person in (DOCTOR, PATIENT)}
        service.rooms.add_foreign(Room(room_id=room_id, duration_seconds=None, links=links))
    _import(service, replace(VISITS[-1], updated_at=BEFORE))
    service.effects.forget()
    return service


def _import_all(service: Service) -> list[Outcome]:
    import_users([_user(DOCTOR), _user(PATIENT)], ports=service.ports)
    return [_import(service, visit, closes_past=True).outcome for visit in VISITS]


def _effects() -> Iterator[tuple[str, int]]:
    service = _prepared()
    _import_all(service)
    for index, name in enumerate(service.effects.log):
        yield name, service.effects.log[:index].count(name)


def _seen(service: Service) -> list[Any]:
    """Return what readers and the provider have, without what is random or counted."""
    known = service.teleconsultations.users([DOCTOR.external_id, PATIENT.external_id])
    records: list[Teleconsultation] = sorted(service.teleconsultations.everything(), key=lambda one: one.id)
    return [
        known,
        *(
            (
                one.id,
                one.schedule,
                [(person.external_id, person.join_pass is not None) for person in one.participants],
                one.room
                and (one.room.room_id if one.room.room_id == ROOM else "made", one.room.links.keys()),
                one.is_created,
                one.deleted_at,
                one.imported,
                one.provisioning,
                set(one.disabled_rooms) & {"room_past"},
            )
            for one in records
        ),
        service.rooms.users,
        len(service.rooms.living),
    ]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "nth"), list(_effects()))
def test_killed_at_any_effect_and_run_again_it_comes_to_the_same(name: str, nth: int, when: str) -> None:
    undisturbed = _prepared()
    _import_all(undisturbed)
    undisturbed.clock.advance(seconds=PROVISIONING_LEASE.total_seconds() + 1)
    undisturbed.reconcile()
    service = _prepared()
    interrupt = service.effects.before if when == "before" else service.effects.after
    for _ in range(nth):
        interrupt(name, lambda: None)
    interrupt(name, killed)

    with pytest.raises(KilledError):
        _import_all(service)
    service.clock.advance(seconds=PROVISIONING_LEASE.total_seconds() + 1)
    _import_all(service)

    service.clock.advance(seconds=3600)
    service.reconcile()
    undisturbed.clock.advance(seconds=3600)
    undisturbed.reconcile()
    assert _seen(service) == _seen(undisturbed)
