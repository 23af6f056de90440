"""Scenes in which functions need rights that no sample event needs."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.deployment.samples import Json, Sample, Stage, find, samples
from tests.fakes.provider_events import connection_body, deleted_room_body, made_room_body, signature
from tests.integration.api.test_events import VISIT_ID

# Longer than an intent is left alone, because its entry of the index lies as far ahead.
LATELY: Final = timedelta(minutes=15)
LONG_AGO: Final = timedelta(hours=1)

type Scene = Callable[[Stage], None]


@dataclass(frozen=True)
class Trial:
    """A sample sent in a scene, with a unique name."""

    name: str
    sample: Sample
    scene: Scene


def the_visit_stands(stage: Stage) -> None:
    """The state that the sample events expect."""
    stage.set_up()


def strangers_and_no_rooms(stage: Stage) -> None:
    """No person is stored, so users are saved; the room's creation fails, so the intent is undone."""
    stage.clear()
    stage.world.provider.fail("POST", "/room/create", "status:422")


def processes_died(stage: Stage) -> None:
    """Long ago a replaced room was not deleted, and another creation was not confirmed."""
    stage.set_up()
    update, create = find("update_participants"), find("create_teleconsultation")
    stage.world.provider.fail("DELETE", "/room", "status:500", times=20)
    stage.invoke(update.function, update.event)
    stage.world.provider.fail("*", "/room", "status:500", times=20)
    stage.invoke(create.function, create.event)
    stage.world.provider.recover()
    for item in stage.world.table.items():
        stage.world.table.put(_aged(item, now=datetime.now(UTC)))


def a_room_is_lost(stage: Stage) -> None:
    """The door is open, and the provider has no room for it any more."""
    stage.set_up()
    _start(stage, ago=LATELY)
    stage.world.provider.lose_rooms()


def a_door_opens_soon(stage: Stage) -> None:
    """The room is to be looked up, and is there."""
    stage.set_up()
    _start(stage, ago=-timedelta(minutes=20))


def somebody_connects(stage: Stage) -> None:
    """The event is signed just now, and names a room that no event has named before."""
    stage.clear()
    create = find("create_teleconsultation")
    stage.invoke(create.function, create.event)
    [room] = stage.world.provider.rooms()
    now = datetime.now(UTC)
    body = connection_body(
        room_id=room["room_id"], user_id=room["participants"][0]["user_id"], at=now.replace(microsecond=0)
    )
    _tell(stage, body, event=SIGNED.event, now=now)


def a_room_was_made(stage: Stage) -> None:
    """The provider tells of the room of a new visit."""
    stage.clear()
    create = find("create_teleconsultation")
    stage.invoke(create.function, create.event)
    [room] = stage.world.provider.rooms()
    now = datetime.now(UTC)
    body = made_room_body(room_id=room["room_id"], description=room["description"], links={}, at=now)
    _tell(stage, body, event=ROOM_MADE.event, now=now)


def a_room_was_deleted(stage: Stage) -> None:
    """The provider tells of the room of a visit that is to come, of which it has told nothing before."""
    stage.clear()
    create = find("create_teleconsultation")
    stage.invoke(create.function, create.event)
    [room] = stage.world.provider.rooms()
    now = datetime.now(UTC)
    body = deleted_room_body(room_id=room["room_id"], links={}, at=now)
    _tell(stage, body, event=ROOM_DELETED.event, now=now)


def _tell(stage: Stage, body: str, *, event: Json, now: datetime) -> None:
    key = stage.world.provider.simulator.api_key
    event["body"] = body
    event["headers"]["bandyer-signature"] = signature(body, key=key, at=now)


def somebody_was_taken_off(stage: Stage) -> None:
    """The visit waits for the person again, so it gets a new room with them."""
    stage.set_up()
    taken_off = find("remove_participant")
    stage.invoke(taken_off.function, taken_off.event)


def the_person_has_an_alias(stage: Stage) -> None:
    """The person was introduced with an alias, which the sample does not name any more."""
    stage.set_up()
    again, named = find("introduce_person_again"), find("introduce_person")
    stage.invoke(named.function, {**named.event, "pathParameters": again.event["pathParameters"]})


def calls_are_known(stage: Stage) -> None:
    """Something is known of a call of the person who is erased."""
    stage.set_up()
    fact = {"kind": "joined", "at": "2030-12-01T15:30:00.000Z", "session": "session_1"}
    known = {name: {"S": text} for name, text in fact.items()} | {"seat": {"N": "1"}}
    stage.world.table.put({"pk": {"S": f"CALL#{VISIT_ID}"}, "fact#1": {"M": known}})


def an_erasure_is_requested(stage: Stage) -> None:
    """The next run of the schedule has somebody to erase."""
    stage.set_up()
    request = find("request_erasure")
    stage.invoke(request.function, request.event)


def _start(stage: Stage, *, ago: timedelta) -> None:
    """Move the visit, without its rules: PATCH would make a new room for one that has begun."""
    [item] = [item for item in stage.world.table.items() if item["pk"]["S"].startswith("TELECONSULTATION#")]
    start = datetime.now(UTC) - ago
    times = {
        "startDate": start,
        "endDate": start + timedelta(hours=1),
        "opensAt": start - timedelta(minutes=10),
        "closesAt": start + timedelta(hours=1, minutes=15),
        "unsettledSince": start - timedelta(minutes=40),
    }
    texts = {
        name: {"S": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        for name, at in times.items()
    }
    stage.world.table.put(item | texts)


def it_was_sent_before(stage: Stage) -> None:
    """The same request with the same key was completed just before."""
    stage.set_up()
    stage.invoke(KEYED.function, KEYED.event)


def the_endpoint_is_off(stage: Stage) -> None:
    """The endpoint has been switched off, so its event is parked."""
    stage.clear()
    stage.world.table.put({"pk": {"S": "ENDPOINT#billing"}, "disabledAt": {"S": "2026-12-01T12:00:00.000Z"}})


def _with_key(sample: Sample) -> Sample:
    headers = {**sample.event["headers"], "idempotency-key": "sample"}
    return replace(sample, event={**sample.event, "headers": headers})


def _with_message(sample: Sample, message: Json) -> Sample:
    [record] = sample.event["Records"]
    return replace(sample, event={"Records": [{**record, "body": json.dumps(message)}]})


def _told(sample: Sample) -> Json:
    """Return the message of a delivery without its endpoint."""
    [record] = sample.event["Records"]
    message: Json = json.loads(record["body"])
    del message["endpoint"]
    return message


UNDIRECTED: Final = _with_message(find("deliver_webhook"), _told(find("deliver_webhook")))
PUT_ASIDE: Final = _with_message(
    find("publish_events_door"), {"event": _told(find("deliver_webhook"))["body"]}
)
SIGNED: Final = deepcopy(find("receive_event"))
ROOM_MADE: Final = deepcopy(find("receive_event"))
ROOM_DELETED: Final = deepcopy(find("receive_event"))
KEYED: Final = _with_key(find("create_teleconsultation"))
SPECIAL: Final = (
    Trial("a room refused to strangers", find("create_teleconsultation"), strangers_and_no_rooms),
    Trial("a request repeated", KEYED, it_was_sent_before),
    Trial("a participant who comes back", find("add_participant"), somebody_was_taken_off),
    Trial("a person who loses an alias", find("introduce_person_again"), the_person_has_an_alias),
    Trial("a room that is lost", find("check_room_patient"), a_room_is_lost),
    Trial("an event for whoever the endpoints are", UNDIRECTED, the_visit_stands),
    Trial("an event that was put aside", PUT_ASIDE, the_visit_stands),
    Trial("an endpoint that is off", find("deliver_webhook"), the_endpoint_is_off),
    # The other events set schedules, which the emulator refuses whatever the rights (OF_ANOTHER_GROUP).
    Trial("a door that opens", find("publish_events_door"), the_visit_stands),
    Trial("somebody who connects", SIGNED, somebody_connects),
    Trial("a room that was made", ROOM_MADE, a_room_was_made),
    Trial("a room that was deleted", ROOM_DELETED, a_room_was_deleted),
    Trial("a person of whose call something is known", find("erase_person"), calls_are_known),
    Trial("an erasure that was requested", find("erase_person_requested"), an_erasure_is_requested),
    Trial("somebody who waits", find("note_presence_patient"), a_door_opens_soon),
    Trial("a room that is looked up", find("reconcile_rooms"), a_door_opens_soon),
)


def trials(function: str) -> list[Trial]:
    """Return a function's trials; those that need most rights come first."""
    after_deaths = [
        Trial(f"{sample.name} after deaths", sample, processes_died)
        for sample in samples()
        if "routeKey" not in sample.event
    ]
    usual = [Trial(sample.name, sample, the_visit_stands) for sample in samples()]
    return [trial for trial in (*SPECIAL, *after_deaths, *usual) if trial.sample.function == function]


def _aged(value: Json, *, now: datetime) -> Json:
    """Return a copy of an item with all times of the last minutes moved back."""
    if isinstance(value, dict):
        return {name: _aged(inner, now=now) for name, inner in value.items()}
    if isinstance(value, list):
        return [_aged(inner, now=now) for inner in value]
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    if moment.tzinfo is None or abs(now - moment) > LATELY:
        return value
    return (moment - LONG_AGO).isoformat(timespec="milliseconds").replace("+00:00", "Z")
