"""Write what has changed since the import as the original's documents, for the way back."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from migration.connection import Connection, explained_errors
from migration.private_files import write_lines
from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.domain.timestamps import to_text

PAGE_SIZE: Final = 200


def export_changes(folder: Path, *, connection: Connection) -> tuple[int, int]:
    """Write `visits.jsonl` and `users.jsonl`, and return how many lines each has.

    They hold the visits that were made, changed or deleted here, or whose room is another one now, as the
    original would have stored them; `mongoimport --mode=upsert` puts them back. The people are those of these
    visits.

    Raises:
        MigrationError: the table does not answer, or a file cannot be written.
    """
    with explained_errors():
        changed = [one for one in _all(connection) if is_exported(one)]
        folder.mkdir(parents=True, exist_ok=True)
        visits = write_lines(folder / "visits.jsonl", map(visit_document, changed))
        people = {person.bandyer_user_id: person.external_id for one in changed for person in one.attendees}
        users = write_lines(
            folder / "users.jsonl",
            (
                {"bandyerId": user_id, "receivedUserId": external_id, "__STATE__": "PUBLIC"}
                for user_id, external_id in people.items()
            ),
        )
    return visits, users


def is_exported(record: Teleconsultation) -> bool:
    """Return whether the original has this visit otherwise, or not at all."""
    if not record.is_created:
        return False
    if record.imported is None:
        return record.deleted_at is None
    room_id = None if record.room is None else record.room.room_id
    return record.is_changed_since_import or room_id != record.imported.room_id


def visit_document(record: Teleconsultation) -> Mapping[str, Any]:
    """Return a visit in relaxed extended JSON, without the people who were erased."""
    erased = len(record.participants) - len(record.attendees)
    room = {} if record.room is None else {"bandyerRoomId": record.room.room_id}
    return {
        "_id": {"$oid": record.id},
        "__STATE__": "PUBLIC" if record.deleted_at is None else "TRASH",
        "createdAt": {"$date": to_text(record.created_at)},
        "updatedAt": {"$date": to_text(record.updated_at)},
        "startDate": {"$date": to_text(record.schedule.start_date)},
        "endDate": {"$date": to_text(record.schedule.end_date)},
        "participantsNumber": record.participants_number - erased,
        "participants": [_seat(person, record=record) for person in record.attendees],
        **room,
    }


def _seat(person: Participant, *, record: Teleconsultation) -> Mapping[str, Any]:
    link = None if record.room is None else record.room.links.get(person.bandyer_user_id)
    return {
        "userBandyerId": person.bandyer_user_id,
        "groups": list(person.groups),
        "fullName": person.full_name,
        **({} if person.language is None else {"language": person.language}),
        **({} if link is None else {"accessLinkURL": link}),
    }


def _all(connection: Connection) -> Iterator[Teleconsultation]:
    after = None
    while page := connection.ports.teleconsultations.page(after=after, size=PAGE_SIZE):
        yield from page
        after = page[-1].id
