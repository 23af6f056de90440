"""The items of calls in DynamoDB's JSON.

Each fact and each room's record is an attribute of its own, so that writes of different ones never meet.
"""

from collections.abc import Mapping
from datetime import datetime

from teleconsultation.domain.call import Call, Fact, FactKind, RoomRecord, Stay
from teleconsultation.domain.ports import RoomOwner
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.storage.items import Item

FACT = "fact#"
RECORD = "room#"


def call_key(teleconsultation_id: str) -> Item:
    """Return the primary key of what is known of a teleconsultation's calls."""
    return {"pk": {"S": f"CALL#{teleconsultation_id}"}}


def owner_key(room_id: str) -> Item:
    """Return the primary key of what is known of a room's owner."""
    return {"pk": {"S": f"ROOM#{room_id}"}}


def owner_item(room_id: str, owner: RoomOwner) -> Item:
    """Return the item of a room's owner, without its expiry."""
    item = owner_key(room_id)
    if owner.teleconsultation_id is not None:
        item["teleconsultationId"] = {"S": owner.teleconsultation_id}
    return item


def read_owner_item(item: Item) -> RoomOwner:
    """Return the owner in an item."""
    return RoomOwner(
        teleconsultation_id=item["teleconsultationId"]["S"] if "teleconsultationId" in item else None
    )


def fact_name(fact_id: str) -> str:
    """Return the name of a fact's attribute."""
    return f"{FACT}{fact_id}"


def fact_value(fact: Fact) -> Item:
    """Return the value of a fact's attribute."""
    value: Item = {
        "kind": {"S": fact.kind.value},
        "at": {"S": to_text(fact.at)},
        "session": {"S": fact.session_id},
    }
    if fact.seat is not None:
        value["seat"] = {"N": str(fact.seat)}
    if fact.sitter_id is not None:
        value["sitter"] = {"S": fact.sitter_id}
    return {"M": value}


def record_name(room_id: str) -> str:
    """Return the name of the attribute of a room's record."""
    return f"{RECORD}{room_id}"


def record_value(record: RoomRecord) -> Item:
    """Return the value of the attribute of a room's record."""
    return {
        "M": {
            "sessions": {"L": [{"S": session_id} for session_id in sorted(record.session_ids)]},
            "stays": {"L": [_stay_map(stay) for stay in record.stays]},
            "isRecorded": {"BOOL": record.is_recorded},
        }
    }


def read_call_item(item: Item) -> Call:
    """Return the call in an item; a kind of fact that a later version wrote is left out."""
    kinds = {kind.value for kind in FactKind}
    return Call(
        facts=tuple(
            _fact(name.removeprefix(FACT), value["M"])
            for name, value in item.items()
            if name.startswith(FACT) and value["M"]["kind"]["S"] in kinds
        ),
        records=_records(item),
        closed_at=from_text(item["closedAt"]["S"]) if "closedAt" in item else None,
        is_certain=item.get("isCertain", {}).get("BOOL", False),
    )


def without_seat(
    item: Item, *, seat: int, sitter_id: str | None
) -> tuple[list[str], Mapping[str, RoomRecord]]:
    """Return the names of the facts of who sits in a seat, and the records as they are without them."""
    call = read_call_item(item)
    facts = [fact_name(fact.id) for fact in call.facts if fact.is_of(seat, sitter_id=sitter_id)]
    records = {room_id: record.without(seat, sitter_id=sitter_id) for room_id, record in call.records.items()}
    records = {room_id: record for room_id, record in records.items() if record != call.records[room_id]}
    return facts, records


def _records(item: Item) -> Mapping[str, RoomRecord]:
    return {
        name.removeprefix(RECORD): RoomRecord(
            session_ids=frozenset(session["S"] for session in value["M"]["sessions"]["L"]),
            stays=tuple(_stay(stay["M"]) for stay in value["M"]["stays"]["L"]),
            is_recorded=value["M"].get("isRecorded", {}).get("BOOL", False),
        )
        for name, value in item.items()
        if name.startswith(RECORD)
    }


def _fact(fact_id: str, value: Item) -> Fact:
    return Fact(
        id=fact_id,
        kind=FactKind(value["kind"]["S"]),
        at=from_text(value["at"]["S"]),
        session_id=value["session"]["S"],
        seat=int(value["seat"]["N"]) if "seat" in value else None,
        sitter_id=value["sitter"]["S"] if "sitter" in value else None,
    )


def _stay_map(stay: Stay) -> Item:
    value: Item = {
        "session": {"S": stay.session_id},
        "seat": {"N": str(stay.seat)},
        "beganAt": {"S": to_text(stay.began_at)},
    }
    if stay.ended_at is not None:
        value["endedAt"] = {"S": to_text(stay.ended_at)}
    if stay.sitter_id is not None:
        value["sitter"] = {"S": stay.sitter_id}
    return {"M": value}


def _stay(value: Item) -> Stay:
    ended: datetime | None = from_text(value["endedAt"]["S"]) if "endedAt" in value else None
    return Stay(
        session_id=value["session"]["S"],
        seat=int(value["seat"]["N"]),
        began_at=from_text(value["beganAt"]["S"]),
        ended_at=ended,
        sitter_id=value["sitter"]["S"] if "sitter" in value else None,
    )
