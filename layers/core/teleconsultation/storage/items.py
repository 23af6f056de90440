"""The table's items in DynamoDB's JSON: how records are written and read."""

from collections.abc import Iterable
from datetime import datetime

from teleconsultation.domain.model import (
    BookingData,
    CallSettings,
    DoorTimes,
    Ending,
    HistoryEntry,
    Imported,
    JoinPass,
    Notice,
    Outcome,
    Participant,
    Provisioning,
    Role,
    Room,
    Teleconsultation,
    UploadsReceipt,
    Waiting,
)
from teleconsultation.domain.schedule import EndSpelling, Schedule
from teleconsultation.domain.timestamps import from_text, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from teleconsultation.domain.idempotency import IdempotencyRecord
    from teleconsultation.domain.people import User
    from teleconsultation.domain.walk import Walk

type Item = dict[str, Any]

INDEX_PARTITIONS = (*"0123456789abcdef", "yes")
"""The partitions of the sparse index `Unsettled`, so that no single one takes all writes: a record is in the
one named by its id's last character. `yes` is the one partition of earlier versions.
"""


_WAITING = "waiting#"


def teleconsultation_key(teleconsultation_id: str) -> Item:
    """Return the primary key of a teleconsultation."""
    return {"pk": {"S": f"TELECONSULTATION#{teleconsultation_id}"}}


def request_key(key_digest: str) -> Item:
    """Return the primary key of an idempotency record."""
    return {"pk": {"S": f"REQUEST#{key_digest}"}}


def walk_key() -> Item:
    """Return the primary key of the reconciler's position."""
    return {"pk": {"S": "WALK"}}


def user_key(external_id: str) -> Item:
    """Return the primary key of a user."""
    return {"pk": {"S": f"USER#{external_id}"}}


def alias_key(alias: str) -> Item:
    """Return the primary key of an alias."""
    return {"pk": {"S": f"ALIAS#{alias}"}}


def teleconsultation_item(teleconsultation: Teleconsultation) -> Item:
    """Return a teleconsultation's item, without the write id and the expiry, which the repository adds."""
    item: Item = (
        teleconsultation_key(teleconsultation.id)
        | {waiting_name(seat): waiting_value(waiting) for seat, waiting in teleconsultation.waiting.items()}
        | {
            "id": {"S": teleconsultation.id},
            "version": {"N": str(teleconsultation.version)},
            "startDate": _instant(teleconsultation.schedule.start_date),
            "endDate": _instant(teleconsultation.schedule.end_date),
            "endGivenAs": {"S": teleconsultation.schedule.end_spelling.value},
            "participantsNumber": {"N": str(teleconsultation.participants_number)},
            "participants": {
                "L": [{"M": _participant_map(person)} for person in teleconsultation.participants]
            },
            "createdAt": _instant(teleconsultation.created_at),
            "updatedAt": _instant(teleconsultation.updated_at),
            "isCreated": {"BOOL": teleconsultation.is_created},
        }
        | _booking_attributes(teleconsultation.booking)
        | _list_attributes(teleconsultation)
    )
    if teleconsultation.door_times is not None:
        item["opensAt"] = _instant(teleconsultation.door_times.opens_at)
        item["closesAt"] = _instant(teleconsultation.door_times.closes_at)
    if teleconsultation.room is not None:
        item["room"] = {"M": _room_map(teleconsultation.room)}
    if teleconsultation.provisioning is not None:
        item["provisioning"] = {
            "M": {
                "attemptId": {"S": teleconsultation.provisioning.attempt_id},
                "startedAt": _instant(teleconsultation.provisioning.started_at),
            }
        }
    item |= _ended_rooms_attributes(teleconsultation)
    if teleconsultation.settle_failures:
        item["settleFailures"] = {"N": str(teleconsultation.settle_failures)}
    if teleconsultation.notice is not None:
        item["notice"] = {
            "M": {
                "text": {"S": teleconsultation.notice.text},
                "setAt": _instant(teleconsultation.notice.set_at),
            }
        }
    if teleconsultation.deleted_at is not None:
        item["deletedAt"] = _instant(teleconsultation.deleted_at)
    if teleconsultation.history:
        item["history"] = {"L": [{"M": _history_map(entry)} for entry in teleconsultation.history]}
    return item | _imported_attribute(teleconsultation.imported)


def _ended_rooms_attributes(teleconsultation: Teleconsultation) -> Item:
    item: Item = {}
    if teleconsultation.rooms_to_delete:
        item["roomsToDelete"] = {"SS": sorted(teleconsultation.rooms_to_delete)}
    if teleconsultation.rooms_to_disable:
        item["roomsToDisable"] = {"SS": sorted(teleconsultation.rooms_to_disable)}
    if teleconsultation.disabled_rooms:
        item["disabledRooms"] = {
            "M": {room_id: _instant(at) for room_id, at in teleconsultation.disabled_rooms.items()}
        }
    if teleconsultation.past_rooms:
        item["pastRooms"] = {"SS": sorted(teleconsultation.past_rooms)}
    if teleconsultation.uploads_due_at is not None:
        item["uploadsDueAt"] = _instant(teleconsultation.uploads_due_at)
    if teleconsultation.uploads is not None:
        item["uploads"] = {"M": _uploads_map(teleconsultation.uploads)}
    return item | _ending_attributes(teleconsultation)


def _ending_attributes(teleconsultation: Teleconsultation) -> Item:
    item: Item = {}
    ending = teleconsultation.ending
    if ending is not None:
        item["outcome"] = {"S": ending.outcome.value}
        if ending.absent_seats:
            item["absentSeats"] = {"L": [{"N": str(seat)} for seat in ending.absent_seats]}
    if teleconsultation.recordings_due_at is not None:
        item["recordingsDueAt"] = _instant(teleconsultation.recordings_due_at)
    return item


def start_day(start_date: datetime) -> str:
    """Return the partition of the index `ByDay`: the day in UTC."""
    return to_text(start_date)[: len("2026-12-01")]


def waiting_name(seat: int) -> str:
    """Return the name of the attribute that says whether a seat's participant waits."""
    return f"{_WAITING}{seat}"


def waiting_value(waiting: Waiting) -> Item:
    """Return the value of that attribute."""
    return {"M": {"since": _instant(waiting.since), "seenAt": _instant(waiting.seen_at)}}


def index_entry(teleconsultation_id: str, *, settles_at: datetime | None) -> Item:
    """Return the attributes that put an item into the sparse index, from which it is settled then; none if
    that is None.

    `unsettledSince` is the name that earlier versions gave the range key. DynamoDB cannot rename it.
    """
    if settles_at is None:
        return {}
    return {"unsettled": {"S": teleconsultation_id[-1]}, "unsettledSince": _instant(settles_at)}


def read_teleconsultation_item(item: Item) -> Teleconsultation:
    """Return the teleconsultation in an item, which an earlier version may have written."""
    provisioning = item["provisioning"]["M"] if "provisioning" in item else None
    return Teleconsultation(
        id=item["id"]["S"],
        version=int(item["version"]["N"]),
        schedule=Schedule(
            start_date=from_text(item["startDate"]["S"]),
            end_date=from_text(item["endDate"]["S"]),
            end_spelling=EndSpelling(item["endGivenAs"]["S"]),
        ),
        participants_number=int(item["participantsNumber"]["N"]),
        participants=tuple(_participant(entry["M"]) for entry in item["participants"]["L"]),
        created_at=from_text(item["createdAt"]["S"]),
        updated_at=from_text(item["updatedAt"]["S"]),
        is_created=item["isCreated"]["BOOL"] if "isCreated" in item else _was_created(item),
        door_times=DoorTimes(
            opens_at=from_text(item["opensAt"]["S"]), closes_at=from_text(item["closesAt"]["S"])
        )
        if "opensAt" in item
        else None,
        room=_room(item["room"]["M"]) if "room" in item else None,
        provisioning=Provisioning(
            attempt_id=provisioning["attemptId"]["S"], started_at=from_text(provisioning["startedAt"]["S"])
        )
        if provisioning
        else None,
        rooms_to_delete=frozenset(item.get("roomsToDelete", {}).get("SS", ())),
        rooms_to_disable=frozenset(item.get("roomsToDisable", {}).get("SS", ())),
        disabled_rooms={
            room_id: from_text(at["S"]) for room_id, at in item.get("disabledRooms", {}).get("M", {}).items()
        },
        past_rooms=frozenset(item.get("pastRooms", {}).get("SS", ())),
        uploads_due_at=from_text(item["uploadsDueAt"]["S"]) if "uploadsDueAt" in item else None,
        uploads=_uploads(item["uploads"]["M"]) if "uploads" in item else None,
        ending=Ending(
            outcome=Outcome(item["outcome"]["S"]),
            absent_seats=tuple(int(seat["N"]) for seat in item.get("absentSeats", {}).get("L", ())),
        )
        if "outcome" in item
        else None,
        recordings_due_at=from_text(item["recordingsDueAt"]["S"]) if "recordingsDueAt" in item else None,
        settle_failures=int(item.get("settleFailures", {}).get("N", "0")),
        notice=_notice(item["notice"]["M"]) if "notice" in item else None,
        booking=BookingData(
            reference=item.get("reference", {}).get("S"),
            metadata={name: value["S"] for name, value in item.get("metadata", {}).get("M", {}).items()},
        ),
        waiting={
            int(name.removeprefix(_WAITING)): Waiting(
                since=from_text(value["M"]["since"]["S"]), seen_at=from_text(value["M"]["seenAt"]["S"])
            )
            for name, value in item.items()
            if name.startswith(_WAITING)
        },
        deleted_at=from_text(item["deletedAt"]["S"]) if "deletedAt" in item else None,
        imported=_imported(item["importedFrom"]["M"]) if "importedFrom" in item else None,
        history=tuple(_history_entry(entry["M"]) for entry in item.get("history", {}).get("L", ())),
    )


def _history_map(entry: HistoryEntry) -> Item:
    attributes: Item = {
        "number": {"N": str(entry.number)},
        "at": _instant(entry.at),
        "action": {"S": entry.action},
        "digest": {"S": entry.digest},
    }
    if entry.by is not None:
        attributes["by"] = {"S": entry.by}
    if entry.fields:
        attributes["fields"] = _strings(entry.fields)
    return attributes


def _history_entry(attributes: Item) -> HistoryEntry:
    return HistoryEntry(
        number=int(attributes["number"]["N"]),
        at=from_text(attributes["at"]["S"]),
        action=attributes["action"]["S"],
        by=attributes["by"]["S"] if "by" in attributes else None,
        fields=tuple(name["S"] for name in attributes.get("fields", {}).get("L", ())),
        digest=attributes["digest"]["S"],
    )


def _imported_attribute(imported: Imported | None) -> Item:
    if imported is None:
        return {}
    attributes: Item = {"digest": {"S": imported.digest}, "updatedAt": _instant(imported.updated_at)}
    if imported.room_id is not None:
        attributes["roomId"] = {"S": imported.room_id}
    return {"importedFrom": {"M": attributes}}


def _imported(attributes: Item) -> Imported:
    return Imported(
        digest=attributes["digest"]["S"],
        updated_at=from_text(attributes["updatedAt"]["S"]),
        room_id=attributes["roomId"]["S"] if "roomId" in attributes else None,
    )


def _list_attributes(teleconsultation: Teleconsultation) -> Item:
    return {
        "startDay": {"S": start_day(teleconsultation.schedule.start_date)},
        "namedNumber": {"N": str(len(teleconsultation.participants))},
    }


def _booking_attributes(booking: BookingData) -> Item:
    attributes: Item = {}
    if booking.reference is not None:
        attributes["reference"] = {"S": booking.reference}
    if booking.metadata:
        attributes["metadata"] = {"M": {name: {"S": value} for name, value in booking.metadata.items()}}
    return attributes


def _uploads_map(receipt: UploadsReceipt) -> Item:
    attributes: Item = {"deleted": {"N": str(receipt.deleted)}}
    if receipt.completed_at is not None:
        attributes["completedAt"] = _instant(receipt.completed_at)
    return attributes


def _uploads(attributes: Item) -> UploadsReceipt:
    return UploadsReceipt(
        deleted=int(attributes["deleted"]["N"]),
        completed_at=from_text(attributes["completedAt"]["S"]) if "completedAt" in attributes else None,
    )


def _notice(attributes: Item) -> Notice:
    return Notice(text=attributes["text"]["S"], set_at=from_text(attributes["setAt"]["S"]))


def _was_created(item: Item) -> bool:
    """Return whether a creation was finished, in an item of a version that did not store it: a complete
    teleconsultation had a room as soon as it was created.
    """
    is_complete = len(item["participants"]["L"]) == int(item["participantsNumber"]["N"])
    return "deletedAt" in item or "room" in item or not is_complete


def indexed_id(key: Item) -> str:
    """Return the id of the teleconsultation in an entry of the index."""
    pk: str = key["pk"]["S"]
    return pk.removeprefix("TELECONSULTATION#")


def idempotency_item(record: "IdempotencyRecord") -> Item:
    """Return an idempotency record's item, without the write id and the expiry, which the repository adds."""
    return request_key(record.key_digest) | {
        "keyDigest": {"S": record.key_digest},
        "fingerprint": {"S": record.fingerprint},
        "teleconsultationId": {"S": record.teleconsultation_id},
        "heldUntil": _instant(record.held_until),
    }


def read_idempotency_item(item: Item) -> "IdempotencyRecord":
    """Return the idempotency record in an item."""
    from teleconsultation.domain.idempotency import IdempotencyRecord  # noqa: PLC0415 - not needed by GET

    return IdempotencyRecord(
        key_digest=item["keyDigest"]["S"],
        fingerprint=item["fingerprint"]["S"],
        teleconsultation_id=item["teleconsultationId"]["S"],
        held_until=from_text(item["heldUntil"]["S"]),
    )


def walk_item(walk: "Walk") -> Item:
    """Return the item of the reconciler's position."""
    item: Item = walk_key() | {
        "startedAt": _instant(walk.started_at),
        "position": {"N": str(walk.position)},
        "dueAt": _instant(walk.due_at),
        "auditDueAt": _instant(walk.audit_due_at),
    }
    if walk.back_to is not None:
        item["backTo"] = _instant(walk.back_to)
    if walk.oldest_open is not None:
        item["oldestOpen"] = _instant(walk.oldest_open)
    return item


def read_walk_item(item: Item) -> "Walk | None":
    """Return the reconciler's position in an item, or None if an earlier version wrote it, whose walks had no
    end.
    """
    if "startedAt" not in item:
        return None
    from teleconsultation.domain.walk import Walk  # noqa: PLC0415 - not needed by GET

    return Walk(
        started_at=from_text(item["startedAt"]["S"]),
        back_to=from_text(item["backTo"]["S"]) if "backTo" in item else None,
        position=int(item["position"]["N"]),
        oldest_open=from_text(item["oldestOpen"]["S"]) if "oldestOpen" in item else None,
        due_at=from_text(item["dueAt"]["S"]),
        audit_due_at=from_text(item["auditDueAt"]["S"]),
    )


def user_item(user: "User") -> Item:
    """Return a user's item."""
    item: Item = user_key(user.external_id) | {
        "externalId": {"S": user.external_id},
        "groups": _strings(user.groups),
        "fullName": {"S": user.full_name},
    }
    if user.language is not None:
        item["language"] = {"S": user.language}
    if user.registered_roles:
        item["registeredRoles"] = {"SS": sorted(user.registered_roles)}
    if user.provider_user_ids:
        item["providerUserIds"] = {
            "M": {role.value: {"S": user_id} for role, user_id in user.provider_user_ids.items()}
        }
    if user.looked_up_at is not None:
        item["lookedUpAt"] = _instant(user.looked_up_at)
    if user.aliases:
        item["aliases"] = {"SS": sorted(user.aliases)}
    return item


def read_user_item(item: Item) -> "User":
    """Return the user in an item."""
    from teleconsultation.domain.people import User  # noqa: PLC0415 - not needed by GET

    return User(
        external_id=item["externalId"]["S"],
        groups=tuple(group["S"] for group in item["groups"]["L"]),
        full_name=item["fullName"]["S"],
        language=item["language"]["S"] if "language" in item else None,
        registered_roles=frozenset(Role(role) for role in item.get("registeredRoles", {}).get("SS", ())),
        provider_user_ids={
            Role(role): user_id["S"] for role, user_id in item.get("providerUserIds", {}).get("M", {}).items()
        },
        aliases=frozenset(item.get("aliases", {}).get("SS", ())),
        looked_up_at=from_text(item["lookedUpAt"]["S"]) if "lookedUpAt" in item else None,
    )


def alias_item(alias: str, *, external_id: str) -> Item:
    """Return an alias's item."""
    return alias_key(alias) | {"alias": {"S": alias}, "externalId": {"S": external_id}}


def read_alias_item(item: Item) -> tuple[str, str] | None:
    """Return the alias in an item and whom it stands for, or None if it is another item."""
    return (item["alias"]["S"], item["externalId"]["S"]) if "alias" in item else None


def _participant_map(person: Participant) -> Item:
    attributes: Item = {
        "externalId": {"S": person.external_id},
        "bandyerUserId": {"S": person.bandyer_user_id},
        "role": {"S": person.role.value},
        "groups": _strings(person.groups),
        "fullName": {"S": person.full_name},
    }
    if person.language is not None:
        attributes["language"] = {"S": person.language}
    if person.alias is not None:
        attributes["alias"] = {"S": person.alias}
    if person.join_pass is not None:
        attributes["joinPass"] = {
            "M": {"nonce": {"S": person.join_pass.nonce}, "digest": {"S": person.join_pass.digest}}
        }
    if person.sitter_id is not None:
        attributes["sitterId"] = {"S": person.sitter_id}
    if person.is_erased:
        attributes["erased"] = {"BOOL": True}
    return attributes


def _participant(attributes: Item) -> Participant:
    join_pass = attributes["joinPass"]["M"] if "joinPass" in attributes else None
    return Participant(
        external_id=attributes["externalId"]["S"],
        bandyer_user_id=attributes["bandyerUserId"]["S"],
        role=Role(attributes["role"]["S"]),
        groups=tuple(group["S"] for group in attributes["groups"]["L"]),
        full_name=attributes["fullName"]["S"],
        language=attributes["language"]["S"] if "language" in attributes else None,
        alias=attributes["alias"]["S"] if "alias" in attributes else None,
        join_pass=JoinPass(nonce=join_pass["nonce"]["S"], digest=join_pass["digest"]["S"])
        if join_pass
        else None,
        sitter_id=attributes["sitterId"]["S"] if "sitterId" in attributes else None,
        is_erased=attributes.get("erased", {}).get("BOOL", False),
    )


def _room_map(room: Room) -> Item:
    attributes: Item = {
        "roomId": {"S": room.room_id},
        "links": {"M": {user_id: {"S": link} for user_id, link in room.links.items()}},
    }
    if room.duration_seconds is not None:
        attributes["durationSeconds"] = {"N": str(room.duration_seconds)}
    if room.call_settings is not None:
        attributes["callSettings"] = {"M": _call_settings_map(room.call_settings)}
    if room.reported_gone_at is not None:
        attributes["reportedGoneAt"] = _instant(room.reported_gone_at)
    return attributes


def _call_settings_map(settings: CallSettings) -> Item:
    attributes: Item = {"recording": {"S": settings.recording}, "live": {"BOOL": settings.live}}
    if settings.call_type is not None:
        attributes["callType"] = {"S": settings.call_type}
    return attributes


def _room(attributes: Item) -> Room:
    return Room(
        room_id=attributes["roomId"]["S"],
        duration_seconds=int(attributes["durationSeconds"]["N"]) if "durationSeconds" in attributes else None,
        links={user_id: link["S"] for user_id, link in attributes["links"]["M"].items()},
        call_settings=_call_settings(attributes["callSettings"]["M"])
        if "callSettings" in attributes
        else None,
        reported_gone_at=from_text(attributes["reportedGoneAt"]["S"])
        if "reportedGoneAt" in attributes
        else None,
    )


def _call_settings(attributes: Item) -> CallSettings:
    return CallSettings(
        recording=attributes["recording"]["S"],
        live=attributes["live"]["BOOL"],
        call_type=attributes["callType"]["S"] if "callType" in attributes else None,
    )


def _instant(instant: datetime) -> Item:
    return {"S": to_text(instant)}


def _strings(values: Iterable[str]) -> Item:
    return {"L": [{"S": value} for value in values]}
