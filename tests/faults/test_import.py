"""The rehearsal: the sample is imported into a whole deployment, and lives there as if it had been booked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from migration.documents import MappedUser, VisitDocument
from migration.dump import Dump
from migration.importing import JOIN_LINKS_FILE, Report, import_dump
from migration.sample import write_sample
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.erase import erase_person
from teleconsultation.use_cases.import_visit import ImportRules, Outcome
from tests.fakes.consents import InMemoryConsents
from tests.faults.importing import connection_of, seed
from tests.faults.world import RECONCILE, Snapshot, World, change, stored

STEP = timedelta(hours=20)
"""Less than the last day of a record, on which its rooms are deleted."""
RULES = ImportRules(writes=True, clamps=False, closes_past=False)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory, world: World) -> Path:
    folder = tmp_path_factory.mktemp("import") / "dump"
    write_sample(folder, now=world.clock())
    return folder


@pytest.fixture(scope="module")
def import_once(world: World, dump: Path) -> tuple[Report, Snapshot]:
    """The sample, imported into a world whose provider has its users and rooms."""
    world.clear()
    seed(world, dump)
    return _import(world, dump), world.snapshot()


@pytest.fixture
def imported(world: World, import_once: tuple[Report, Snapshot]) -> Iterator[Report]:
    """The report of the import; the world is as the import has left it."""
    report, after = import_once
    world.restore(after)
    yield report
    world.clear()


def _import(world: World, dump: Path) -> Report:
    connection = connection_of(world, clock=world.clock)
    return import_dump(dump, connection=connection, rules=RULES, say=lambda _: None)


def _adopted(world: World, dump: Path) -> list[Teleconsultation]:
    """Return the records that have the room that the dump says."""
    rooms = {visit.id: visit.room_id for visit in Dump(dump).visits() if isinstance(visit, VisitDocument)}
    return [one for one in stored(world.items()) if one.room and one.room.room_id == rooms[one.id]]


def test_every_adopted_link_leads_into_its_room(world: World, dump: Path, imported: Report) -> None:
    adopted = _adopted(world, dump)

    assert len(adopted) == imported.visits[Outcome.ADOPTED.value] == 116
    for one in adopted:
        assert one.room is not None
        for user_id, link in one.room.links.items():
            led = world.provider.live_link(link.rpartition("/")[2])
            assert led is not None
            assert (led[0].room_id, led[1].user_id) == (one.room.room_id, user_id)
    assert (dump / JOIN_LINKS_FILE).exists()


def test_the_same_people_keep_their_room_and_their_users(world: World, dump: Path, imported: Report) -> None:
    adopted = next(one for one in _adopted(world, dump) if one.schedule.start_date > world.clock())
    users = set(world.provider.users)

    ids = [person.external_id for person in adopted.participants]
    answer = world.run(change(adopted.id, {"participants": ids}))

    assert answer.status == 204
    [now] = [one for one in stored(world.items()) if one.id == adopted.id]
    assert now.room == adopted.room
    assert set(world.provider.users) == users


def test_an_erasure_leaves_no_foreign_user(world: World, dump: Path, imported: Report) -> None:
    [somebody, *_] = [user for user in Dump(dump).users() if isinstance(user, MappedUser)]
    assert somebody.provider_user_id in world.provider.users

    connection = connection_of(world, clock=world.clock)

    erasure = erase_person(
        somebody.external_id,
        resume_from=None,
        ports=connection.ports,
        consents=InMemoryConsents(),
        door=connection.policy.door,
        remaining_seconds=lambda: 900.0,
        announce=lambda _: None,
    )

    assert (erasure.stopped_by, erasure.provider_users) == (None, 1)
    assert somebody.provider_user_id not in world.provider.users
    assert somebody.external_id not in str(world.items())


def test_rooms_end_with_their_doors_and_are_deleted_at_the_end(
    world: World, dump: Path, imported: Report
) -> None:
    adopted = {one.room.room_id for one in _adopted(world, dump) if one.room}
    past = world.live_rooms() - {one.room.room_id for one in stored(world.items()) if one.room}
    ends = sorted(one.schedule.end_date for one in _adopted(world, dump))
    retention = connection_of(world, clock=world.clock).retention

    world.clock.now = ends[-1] + timedelta(hours=2)
    world.run(RECONCILE)
    after_doors = world.live_rooms()
    world.clock.now = ends[0] + retention - STEP
    while world.clock.now < ends[-1] + retention:
        world.run(RECONCILE)
        world.clock.now += STEP

    assert adopted & after_doors == set()
    # Those of past visits belong to the other service until somebody closes them.
    assert past <= after_doors
    with world.provider.lock:
        kept = {room_id for room_id, room in world.provider.rooms.items() if not room.deleted}
    assert adopted & kept == set()


def test_a_second_import_finds_nothing_to_do(world: World, dump: Path, imported: Report) -> None:
    before = world.items()

    again = _import(world, dump)

    assert again.visits[Outcome.UNCHANGED.value] == sum(
        imported.visits[outcome.value]
        for outcome in (
            Outcome.ADOPTED,
            Outcome.ROOM_MADE,
            Outcome.INCOMPLETE,
            Outcome.OVER,
            Outcome.CANCELLED,
        )
    )
    assert world.items() == before
