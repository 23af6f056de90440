"""The requests that are disturbed, each in a world made ready for it; a new kind is a new entry."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from local.gateway.exchange import Json
from migration.rehearsal import CLOSED
from teleconsultation.domain.events import EventType
from teleconsultation.domain.lifetime import RUN_EVERY, SETTLE_AFTER
from teleconsultation.use_cases.call_records import FIRST_RECORDING_LOOK
from teleconsultation.use_cases.walk import WALK_EVERY
from tests.fakes.api_gateway import http_event
from tests.fakes.provider_events import connection_body, deleted_room_body, made_room_body, signature
from tests.fakes.watch import NOON
from tests.faults.importing import importing, seed, write_dump
from tests.faults.process_pool import Ask
from tests.faults.tap import Plan, Step, When
from tests.faults.world import (
    API_KEY,
    FOREIGN_ROOM,
    RECONCILE,
    World,
    addition,
    change,
    consent,
    creation,
    deletion,
    uploads_deletion,
)

DAY_SECONDS = 86_400
TOMORROW = (NOON + timedelta(days=1)).isoformat()
LATER = (NOON + timedelta(days=2)).isoformat()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One request, and how its world comes to be ready for it."""

    name: str
    prepare: Callable[[World], Ask]
    repeats_safely: bool = True
    """Whether two of the request are one. A POST without a key is not."""
    pause: timedelta = SETTLE_AFTER + WALK_EVERY
    """How much later the reconciler recovers."""
    begins_broken: bool = False
    """Whether readers meet dead links until the request has succeeded."""
    heals_itself: bool = False
    """Whether a repetition leaves nothing for the reconciler to do."""
    asks_for_a_run: bool = False
    """Whether its success is that the reconciler has something to do."""
    announces: tuple[EventType, ...] = ()
    """What follows of the events that tell of the end of a visit, each once."""
    announces_later: tuple[EventType, ...] = ()
    """What else the recovery may come to, each once, or a later run."""


def person(name: str, *, group: str = "patient") -> Json:
    """Return somebody as a request names them."""
    return {"userExternalId": name, "groups": [group], "fullName": f"Name of {name}"}


def visit(*names: str, number: int | None = None) -> Json:
    """Return the body of a POST for a doctor and these patients, for an hour tomorrow."""
    data = [person("doctor", group="doctor"), *map(person, names)]
    participants = {"number": number or len(data), "data": data}
    return {"participants": participants, "start_date": TOMORROW, "duration_in_seconds": 3600}


VISIT = visit("patient")
LONGER: Json = {"duration_in_seconds": 7200}
NEW_ROOM: Json = {"newRoom": True}
MOVED: Json = {"start_date": LATER}
ANOTHER_PATIENT: Json = {
    "participants": {"number": 2, "data": [person("doctor", group="doctor"), person("another")]}
}
ONE_MORE_EXPECTED: Json = {"participants": {"number": 3, "data": ANOTHER_PATIENT["participants"]["data"]}}


def made(world: World, body: Json = VISIT) -> str:
    """Create a teleconsultation in peace and return its id."""
    answer = world.run(creation(body))
    assert answer.status == 201, answer
    return str(answer.result["headers"]["location"].rpartition("/")[2])


def _among_strangers(*, key: str | None = None, body: Json = VISIT) -> Callable[[World], Ask]:
    return lambda world: creation(body, key=key)


def _among_acquaintances(*, key: str | None = None) -> Callable[[World], Ask]:
    def prepare(world: World) -> Ask:
        made(world)
        return creation(VISIT, key=key)

    return prepare


def _standing(ask: Callable[[str], Ask], *, body: Json = VISIT) -> Callable[[World], Ask]:
    return lambda world: ask(made(world, body))


def _while_open(ask: Callable[[str], Ask]) -> Callable[[World], Ask]:
    def prepare(world: World) -> Ask:
        id_ = made(world)
        world.clock.advance(seconds=DAY_SECONDS)
        return ask(id_)

    return prepare


def _when_a_door_has_closed(world: World) -> Ask:
    made(world)
    world.clock.advance(seconds=DAY_SECONDS + 1800)
    world.hold_calls_of_one()
    world.clock.advance(seconds=5 * 1800)
    return RECONCILE


def _when_a_recording_is_there(world: World) -> Ask:
    assert world.run(_when_a_door_has_closed(world)).result is not None
    world.clock.advance(seconds=FIRST_RECORDING_LOOK.total_seconds())
    return RECONCILE


def _while_files_are_shared(world: World) -> Ask:
    id_ = made(world)
    world.clock.advance(seconds=DAY_SECONDS)
    # Written while the door is open, so that nothing is due before it closes.
    assert world.run(change(id_, {"notice": "We are late."})).status == 204
    world.share_files(2)
    return uploads_deletion(id_)


def _when_files_are_due(world: World) -> Ask:
    made(world)
    world.clock.advance(seconds=DAY_SECONDS + 3 * 3600)
    world.share_files(2)
    assert world.run(RECONCILE).result is not None  # ends the room
    world.clock.advance(seconds=2 * 3600)
    return RECONCILE


def _when_a_visit_with_files_was_deleted(world: World) -> Ask:
    id_ = made(world)
    world.clock.advance(seconds=DAY_SECONDS)
    world.share_files(2)
    assert world.run(deletion(id_)).status == 204
    return RECONCILE


def _when_a_room_is_lost(world: World) -> Ask:
    made(world)
    world.lose_rooms()
    # Before the door opens, with time for the recovery.
    world.clock.advance(seconds=DAY_SECONDS - 40 * 60)
    return RECONCILE


def _when_somebody_connects(world: World) -> Ask:
    made(world)
    [room] = world.provider.rooms.values()
    now = world.clock()
    return _told(world, connection_body(room_id=room.room_id, user_id=room.participants[0].user_id, at=now))


def _when_a_room_was_made(world: World) -> Ask:
    made(world)
    [room] = world.provider.rooms.values()
    assert room.description is not None
    return _told(
        world,
        made_room_body(room_id=room.room_id, description=room.description, links={}, at=world.clock()),
    )


def _when_a_room_is_said_to_be_deleted(world: World) -> Ask:
    """It lives, so that the event alone must replace nothing."""
    made(world)
    [room] = world.provider.rooms.values()
    return _told(world, deleted_room_body(room_id=room.room_id, links={}, at=world.clock()))


def _told(world: World, body: str) -> Ask:
    now = world.clock()
    event = http_event("POST", body=body, headers={"bandyer-signature": signature(body, key=API_KEY, at=now)})
    return Ask(function="receive_event", event=event)


def _after_disasters(world: World) -> Ask:
    """Leave every kind of leftover behind, among things that are none of the reconciler's business."""
    made(world)  # stands, and must go on standing
    made(world, visit(number=2))  # waits for a patient

    replace_old = Step("DELETE /room/delete", 1, at_provider=True, is_effect=True)
    make_room = Step("POST /room/create", 1, at_provider=True, is_effect=True)

    def dies(ask: Ask, when: When, step: Step) -> None:
        assert world.disturb(ask, plan=Plan(death_at=step, death=when)).died

    dies(creation(VISIT), "before", make_room)  # an intent without a room
    dies(creation(VISIT), "after", make_room)  # an intent with a room
    dies(change(made(world), LONGER), "before", make_room)  # a change that got nowhere
    dies(change(made(world), LONGER), "after", make_room)  # a change whose room nobody stored
    dies(change(made(world), LONGER), "before", replace_old)  # a change whose old room still stands
    dies(deletion(made(world)), "before", replace_old)  # a deletion that deleted no room
    dies(deletion(made(world)), "after", replace_old)  # one that did, and never noted it
    overtaken = made(world)
    dies(change(overtaken, LONGER), "after", make_room)  # a room of which no item knows any more
    world.clock.advance(seconds=61)
    assert world.run(change(overtaken, ANOTHER_PATIENT)).status == 204
    world.add_foreign_room()
    world.clock.advance(seconds=timedelta(hours=2).total_seconds())
    return RECONCILE


def _import(*, is_alive: bool) -> Callable[[World], Ask]:
    """Return the import of one visit of another service, with a living room or one that is gone."""
    people = {"user_doctor": ("auth0|doctor", "doctor"), "user_patient": ("auth0|patient", "patient")}
    visit = {
        "_id": "62134f1e5f3d2a001c9b8a77",
        "startDate": TOMORROW,
        "duration": 3600,
        "updatedAt": NOON.isoformat(),
        "participants": [
            {"bandyerId": user_id, "groups": [group], "fullName": external_id}
            for user_id, (external_id, group) in people.items()
        ],
        "bandyerRoomId": FOREIGN_ROOM,
        "teleconsultationState": "NOT_RUNNING" if is_alive else CLOSED,
    }
    users = [
        {"bandyerId": user_id, "receivedUserId": external_id} for user_id, (external_id, _) in people.items()
    ]
    files = {"visits.jsonl": json.dumps(visit), "users.jsonl": "\n".join(map(json.dumps, users))}

    def prepare(world: World) -> Ask:
        with TemporaryDirectory() as folder:
            write_dump(Path(folder), files)
            seed(world, Path(folder))
        return importing(files)

    return prepare


SCENARIOS = (
    Scenario(name="POST", prepare=_among_strangers(), repeats_safely=False),
    Scenario(name="POST, known users", prepare=_among_acquaintances(), repeats_safely=False),
    Scenario(name="POST with key", prepare=_among_strangers(key="a-key"), heals_itself=True),
    Scenario(name="POST with key, known users", prepare=_among_acquaintances(key="a-key"), heals_itself=True),
    Scenario(
        name="POST with key, incomplete",
        prepare=_among_strangers(key="a-key", body=visit(number=2)),
        heals_itself=True,
    ),
    Scenario(name="PATCH that keeps the room", prepare=_standing(lambda id_: change(id_, MOVED))),
    Scenario(name="PATCH to another duration", prepare=_standing(lambda id_: change(id_, LONGER))),
    Scenario(name="PATCH to other people", prepare=_standing(lambda id_: change(id_, ANOTHER_PATIENT))),
    Scenario(
        name="PATCH that completes",
        prepare=_standing(lambda id_: change(id_, ANOTHER_PATIENT), body=visit(number=2)),
    ),
    Scenario(
        name="POST of the last participant",
        prepare=_standing(lambda id_: addition(id_, person("patient")), body=visit(number=2)),
    ),
    Scenario(
        name="PATCH that makes incomplete", prepare=_standing(lambda id_: change(id_, ONE_MORE_EXPECTED))
    ),
    Scenario(name="DELETE", prepare=_standing(deletion), heals_itself=True),
    Scenario(
        name="PATCH to a new room while the door is open",
        prepare=_while_open(lambda id_: change(id_, NEW_ROOM)),
    ),
    Scenario(
        name="PATCH that moves away while the door is open",
        prepare=_while_open(lambda id_: change(id_, MOVED)),
    ),
    Scenario(
        name="event of the provider",
        prepare=_when_somebody_connects,
        heals_itself=True,
        # Its signature is still valid then.
        pause=timedelta(minutes=2),
    ),
    Scenario(
        name="event that a room was made",
        prepare=_when_a_room_was_made,
        heals_itself=True,
        pause=timedelta(minutes=2),
    ),
    Scenario(
        name="event that a living room was deleted",
        prepare=_when_a_room_is_said_to_be_deleted,
        asks_for_a_run=True,
        pause=timedelta(minutes=2),
    ),
    Scenario(
        name="consent",
        prepare=_standing(lambda id_: consent(id_, of="patient")),
        heals_itself=True,
    ),
    Scenario(name="import, with its room", prepare=_import(is_alive=True), heals_itself=True),
    Scenario(name="import, with a new room", prepare=_import(is_alive=False)),
    Scenario(name="reconciler", prepare=_after_disasters, heals_itself=True),
    Scenario(
        name="reconciler, a door has closed",
        prepare=_when_a_door_has_closed,
        heals_itself=True,
        announces=(EventType.NO_SHOW,),
        announces_later=(EventType.UPLOADS_DELETED, EventType.RECORDING_AVAILABLE),
    ),
    Scenario(
        name="DELETE of the files",
        prepare=_while_files_are_shared,
        heals_itself=True,
        # If nobody repeats it, the files are deleted when they are due.
        announces_later=(EventType.UPLOADS_DELETED,),
    ),
    Scenario(
        name="reconciler, files are due",
        prepare=_when_files_are_due,
        heals_itself=True,
        announces=(EventType.UPLOADS_DELETED,),
    ),
    Scenario(
        name="reconciler, a visit with files was deleted",
        prepare=_when_a_visit_with_files_was_deleted,
        heals_itself=True,
        announces=(EventType.UPLOADS_DELETED,),
    ),
    Scenario(
        name="reconciler, a room is lost",
        prepare=_when_a_room_is_lost,
        pause=SETTLE_AFTER + RUN_EVERY,
        heals_itself=True,
        begins_broken=True,
    ),
    Scenario(
        name="reconciler, a recording is there",
        prepare=_when_a_recording_is_there,
        heals_itself=True,
        announces=(EventType.UPLOADS_DELETED, EventType.RECORDING_AVAILABLE),
    ),
)
