"""A whole deployment that a test can disturb, put back, and look at from all sides.

Real handlers in processes of their own, over HTTP to an emulator of DynamoDB and to the Bandyer simulator.
The simulator stands in this process, so that its memory can be put back in no time, and shares the world's
clock.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any
from uuid import uuid4

from deployment.template.application import Template
from deployment.template.intrinsics import ResourceValue
from local.asgi_server import AsgiServer
from local.bandyer_simulator.app import DEFAULT_PATH_PREFIX, create_app
from local.bandyer_simulator.memory.records import Session, Stay, Upload
from local.bandyer_simulator.memory.state import State
from local.emulator import AwsEmulator
from local.gateway.invoker import runtime_environment
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.timestamps import to_text
from teleconsultation.storage.items import Item, read_teleconsultation_item
from teleconsultation.storage.repository import UNSETTLED_INDEX, WRITE_BATCH_SIZE
from tests.fakes.api_gateway import http_event, routed_event
from tests.fakes.resources import EVENT_RESOURCES
from tests.fakes.watch import NOON, Watch
from tests.faults.process_pool import PROJECT_ROOT, Answer, Ask, Process, ProcessPool
from tests.faults.tap import UNDISTURBED, Plan

API_KEY = "ak_faults"
CONSENT_VERSION = "2026-11"
FOREIGN_ROOM = "room_of_another_program"
RECONCILE = Ask(function="reconcile_rooms")

type Items = Mapping[str, Item]
"""The items of a table by key."""

_MEMORY = ("users", "rooms", "sessions", "uploads", "link_tokens", "revoked_tokens")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that a world holds, to be put back later."""

    now: datetime
    items: Items
    provider: Mapping[str, Any]


class World:
    """One table, one provider, one clock, and a process that lives as long as the world."""

    def __init__(
        self,
        *,
        emulator: AwsEmulator,
        processes: ProcessPool,
        environment: Mapping[str, str],
        simulator: Any,
        clock: Watch,
    ) -> None:
        self.clock = clock
        self.provider: State = simulator.state.simulator
        self._faults = simulator.state.faults
        self._pool = processes
        self.environment = environment
        self.dynamodb = emulator.client("dynamodb")
        self.secrets_manager = emulator.client("secretsmanager")
        self._table = environment["TABLE_NAME"]
        self._living = processes.fork(environment)

    def process(self, plan: Plan = UNDISTURBED) -> Process:
        """Return a new process of this deployment."""
        return self._pool.fork(self.environment, plan=plan)

    def run(self, ask: Ask) -> Answer:
        """Invoke a function in the process that nothing happens to."""
        return self._living.run(ask, now=self.clock())

    def disturb(self, ask: Ask, *, plan: Plan) -> Answer:
        """Invoke a function in a process of its own, in which things go wrong as planned."""
        with self.process(plan) as process:
            answer = process.run(ask, now=self.clock())
        # What the provider still holds back would come as a surprise to the next cell.
        self._faults.clear()
        return answer

    def snapshot(self) -> Snapshot:
        """Return all there is."""
        with self.provider.lock:
            memory = {name: getattr(self.provider, name).copy() for name in _MEMORY}
        return Snapshot(now=self.clock(), items=self.items(), provider=memory)

    def restore(self, snapshot: Snapshot) -> None:
        """Be as then."""
        self.clock.now = snapshot.now
        with self.provider.lock:
            self.provider.reset()
            for name, content in snapshot.provider.items():
                getattr(self.provider, name).update(content)
        present = self.items()
        writes: list[Any] = [
            {"DeleteRequest": {"Key": {"pk": {"S": pk}}}} for pk in present if pk not in snapshot.items
        ] + [{"PutRequest": {"Item": item}} for pk, item in snapshot.items.items() if present.get(pk) != item]
        for batch in batched(writes, WRITE_BATCH_SIZE, strict=False):
            unprocessed = self.dynamodb.batch_write_item(RequestItems={self._table: list(batch)})
            assert not unprocessed["UnprocessedItems"]

    def clear(self) -> None:
        """Be as on the first day."""
        self.restore(Snapshot(now=NOON, items={}, provider={}))

    def items(self) -> Items:
        """Return all items of the table by key."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        return {item["pk"]["S"]: item for page in pages for item in page["Items"]}

    def due(self) -> list[str]:
        """Return the keys in the index that are due now."""
        page = self.dynamodb.scan(TableName=self._table, IndexName=UNSETTLED_INDEX)
        now = to_text(self.clock())
        return [item["pk"]["S"] for item in page["Items"] if item["unsettledSince"]["S"] <= now]

    def live_rooms(self) -> set[str]:
        """Return the ids of the rooms whose links work."""
        with self.provider.lock:
            return {
                room.room_id
                for room in self.provider.rooms.values()
                if not room.deleted and not room.disabled
            }

    def lose_rooms(self) -> None:
        """Delete all rooms at the provider, as another program of the company may."""
        with self.provider.lock:
            for room_id, room in self.provider.rooms.items():
                self.provider.rooms[room_id] = replace(room, deleted=True)

    def share_files(self, count: int) -> None:
        """Let somebody share so many files in each room that there is."""
        with self.provider.lock:
            for room_id in list(self.provider.rooms):
                for number in range(count):
                    upload = Upload(
                        key=f"faults/simulator/{room_id}/{number}",
                        upload_type="file_upload",
                        user_id=next(iter(self.provider.users)),
                        session_id="session_1",
                        room_id=room_id,
                        created_at=self.clock(),
                    )
                    self.provider.uploads[upload.key] = upload

    def hold_calls_of_one(self) -> None:
        """Let the first person of each room have been alone in a recorded call there for ten minutes."""
        with self.provider.lock:
            for room_id, room in self.provider.rooms.items():
                person, length = room.participants[0].user_id, timedelta(minutes=10)
                stay = Stay(user_id=person, started_at=self.clock() - length, stopped_at=self.clock())
                self.provider.rooms[room_id] = replace(room, recording=True)
                self.provider.sessions[f"session_{room_id}"] = Session(
                    session_id=f"session_{room_id}",
                    room_id=room_id,
                    connected_participants=(person,),
                    created_at=stay.started_at,
                    duration_seconds=int(length.total_seconds()),
                    stays=(stay,),
                )

    def add_foreign_room(self) -> None:
        """Put a room into the provider's account that some other program made."""
        with self.provider.lock:
            some = next(iter(self.provider.rooms.values()))
            self.provider.rooms[FOREIGN_ROOM] = replace(some, room_id=FOREIGN_ROOM, description="theirs")

    def close(self) -> None:
        """Let the process end."""
        self._living.close()


def stored(items: Items) -> list[Teleconsultation]:
    """Return the teleconsultations among the items, unfinished ones too."""
    return [
        read_teleconsultation_item(item) for pk, item in items.items() if pk.startswith("TELECONSULTATION#")
    ]


def creation(body: object, *, key: str | None = None) -> Ask:
    """Return a POST."""
    headers = {} if key is None else {"idempotency-key": key}
    return Ask(function="create_teleconsultation", event=http_event("POST", body=body, headers=headers))


def change(id_: str, body: object, *, if_match: str | None = None) -> Ask:
    """Return a PATCH."""
    headers = {} if if_match is None else {"if-match": if_match}
    event = http_event("PATCH", teleconsultation_id=id_, body=body, headers=headers)
    return Ask(function="update_teleconsultation", event=event)


def addition(id_: str, body: object) -> Ask:
    """Return a POST that adds one participant."""
    route = "/teleconsultation/{id}/participants/data"
    event = routed_event("POST", route, parameters={"id": id_}, body=body)
    return Ask(function="add_participant", event=event)


def consent(id_: str, *, of: str) -> Ask:
    """Return the request by which a participant agrees."""
    event = http_event(
        "POST",
        teleconsultation_id=id_,
        body={"version": CONSENT_VERSION},
        claims={"sub": of},
        end="/consent",
    )
    return Ask(function="give_consent", event=event)


def deletion(id_: str) -> Ask:
    """Return a DELETE."""
    return Ask(function="delete_teleconsultation", event=http_event("DELETE", teleconsultation_id=id_))


def uploads_deletion(id_: str) -> Ask:
    """Return a DELETE of the files of the calls."""
    event = http_event("DELETE", teleconsultation_id=id_, end="/uploads")
    return Ask(function="delete_uploads", event=event)


@contextmanager
def running_world(*, emulator: AwsEmulator, processes: ProcessPool) -> Iterator[World]:
    """Give a world of its own until the block ends: a fresh table, a fresh provider, one secret."""
    name = f"faults-{uuid4().hex}"
    clock = Watch()
    with ExitStack() as stack:
        simulator = create_app(api_key=API_KEY, public_url=lambda: server.url, clock=clock)
        server = AsgiServer(simulator, http_protocol=simulator.state.connections.protocol())
        stack.enter_context(server)
        environment = _environment(name, emulator=emulator, provider_url=server.url)
        world = World(
            emulator=emulator, processes=processes, environment=environment, simulator=simulator, clock=clock
        )
        stack.callback(simulator.state.faults.clear)
        stack.callback(world.close)
        yield world


def _environment(name: str, *, emulator: AwsEmulator, provider_url: str) -> Mapping[str, str]:
    """Return the environments of all functions in one, as template.yaml gives them."""
    template = Template(PROJECT_ROOT / "template.yaml")
    parameters = {
        "OidcIssuer": "https://issuer.test",
        "OidcAudience": "teleconsultation",
        "BandyerBaseUrl": provider_url,
        "BandyerPathPrefix": DEFAULT_PATH_PREFIX,
        "FrameOrigins": provider_url,
        "ConsentVersion": CONSENT_VERSION,
        "DeleteUploads": "true",
    }
    table = template.properties("TeleconsultationsTable", kind="AWS::DynamoDB::Table", parameters=parameters)
    table_arn = emulator.create_table(name, properties=table)
    secret_arn = emulator.create_secret(name, content={"apiKey": API_KEY, "userIdKey": "a key"})
    application = template.application(
        parameters=parameters,
        resources={
            "TeleconsultationsTable": ResourceValue(name, attributes={"Arn": table_arn}),
            "BandyerSecret": ResourceValue(secret_arn, attributes={"Id": secret_arn}),
            "SiteDistribution": ResourceValue("local", attributes={"DomainName": "visits.example"}),
            **EVENT_RESOURCES,
        },
    )
    environment: dict[str, str] = {}
    for function in application.functions.values():
        environment |= runtime_environment(function, extra=emulator.environment())
    return environment
