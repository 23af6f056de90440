"""What must be true of a world: at any moment for those who read, and in the end for everybody."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from teleconsultation.domain.events import EventType
from teleconsultation.domain.model import Room, Teleconsultation
from teleconsultation.storage.changes import read_news
from teleconsultation.storage.items import read_user_item
from tests.fakes.stream import item_record
from tests.faults.world import FOREIGN_ROOM, Items, World, stored

OF_ENDS: Final = frozenset({EventType.NO_SHOW, EventType.RECORDING_AVAILABLE, EventType.UPLOADS_DELETED})

type View = Counter[str]
"""What readers can see of a table, ids of what is new left out, since every try draws its own."""


def view(items: Items, *, known: Collection[str]) -> View:
    """Return what readers see; `known` are the ids that were there before the disturbance."""
    return Counter(_seen(one, known=known) for one in stored(items) if one.is_created)


def _seen(one: Teleconsultation, *, known: Collection[str]) -> str:
    people = tuple(
        # A sitter's id is random, as a pass is.
        (
            replace(person, join_pass=None, sitter_id=None),
            person.external_id,
            person.full_name,
            person.join_pass is not None,
        )
        for person in one.participants
    )
    room = one.room and (one.room.duration_seconds, sorted(one.room.links))
    id_ = one.id if one.id in known else "new"
    return str((id_, one.schedule, one.participants_number, people, room, one.deleted_at is not None))


class Announcements:
    """Which events of the end of a visit follow from what was written, from one look at the table to the
    next, as its stream would tell.
    """

    def __init__(self, items: Items) -> None:
        self._items = items
        self._told: Counter[EventType] = Counter()

    def invented(self, items: Items, *, possible: Collection[EventType]) -> Iterator[str]:
        """Look again, and say what was announced that is not possible, or more than once."""
        for pk, item in items.items():
            if item != (before := self._items.get(pk)):
                events = read_news(item_record({"pk": {"S": pk}}, before, item)).events
                self._told.update(event.type for event in events if event.type in OF_ENDS)
        self._items = items
        if invented := self._told - Counter(possible):
            yield f"announced without a reason: {sorted(invented.elements())}"

    def lost(self, *, expected: Collection[EventType]) -> Iterator[str]:
        """Say what is expected and was not announced."""
        if lost := Counter(expected) - self._told:
            yield f"never announced: {sorted(lost.elements())}"


def check_world(world: World, *, allowed: Sequence[View], known: Collection[str], settled: bool) -> list[str]:
    """Say what is wrong with a world in which readers may see any of the `allowed` views.

    `settled`: nothing may be unfinished any more, on neither side.
    """
    items = world.items()
    problems = list(wrong_for_readers(world, items))
    if view(items, known=known) not in allowed:
        problems.append("readers see neither the state before nor the state after")
    if settled:
        problems += left_behind(world, items)
    return problems


def wrong_for_readers(world: World, items: Items) -> Iterator[str]:
    """Say what is wrong for whoever reads, at any moment."""
    for one in stored(items):
        is_over = one.door_times is not None and world.clock() >= one.door_times.closes_at
        if one.is_created and one.room is not None and not is_over:
            yield from _wrong_with_room(world, one.room)
    for pk, item in items.items():
        if pk.startswith("USER#") and not read_user_item(item).registered_roles <= _roles(world):
            yield "a user is taken for registered in a role that the provider knows nobody in"


def _wrong_with_room(world: World, room: Room) -> Iterator[str]:
    for user_id, link in room.links.items():
        token = urlsplit(link).path.rpartition("/")[2]
        with world.provider.lock:
            led = world.provider.live_link(token)
        if led is None:
            yield "a participant's link is dead"
        elif (led[0].room_id, led[1].user_id) != (room.room_id, user_id):
            yield "a participant's link leads elsewhere"


def _roles(world: World) -> set[str]:
    with world.provider.lock:
        return {user.role for user in world.provider.users.values()}


def left_behind(world: World, items: Items) -> Iterator[str]:
    """Say what somebody still has to finish or to undo."""
    everything = stored(items)
    if any(not one.is_created or one.provisioning for one in everything):
        yield "an intent is left"
    if any(one.rooms_to_delete or one.rooms_to_disable for one in everything):
        yield "a room is left to be ended"
    with world.provider.lock:
        shared_in = {upload.room_id for upload in world.provider.uploads.values()}
        existing = {room_id for room_id, room in world.provider.rooms.items() if not room.deleted}
    if any(shared_in & one.ended_rooms for one in everything if one.uploads_due_at is None):
        yield "a file is left of a visit from which none is due"
    if shared_in - existing:
        yield "a file is left of a room that is deleted"
    if world.due():
        yield "the index names something that is due"
    live = world.live_rooms()
    referenced = {one.room.room_id for one in everything if one.room}
    if lost := referenced - live:
        yield f"{len(lost)} rooms of items do not exist"
    if orphans := live - referenced - {FOREIGN_ROOM}:
        yield f"{len(orphans)} rooms exist of which no item knows"
    if FOREIGN_ROOM in world.provider.rooms and FOREIGN_ROOM not in live:
        yield "a room of another program was deleted"
