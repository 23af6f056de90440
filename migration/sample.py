"""Make up a dump of 200 visits, with every form that the original's documents had and all that may be wrong
with them. The same instant gives the same dump.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from teleconsultation.domain.timestamps import to_text

VISITS: Final = 200
DOCTORS: Final = 12
PATIENTS: Final = 60
LINK_ORIGIN: Final = "https://sandbox.bandyer.com"

type Json = dict[str, Any]


def write_sample(folder: Path, *, now: datetime) -> None:
    """Write the files of a dump that was made at `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "visits.jsonl").write_bytes(_lines(_visits(now)) + _BROKEN_VISITS)
    (folder / "users.jsonl").write_bytes(_lines(_users()) + _BROKEN_USERS)
    (folder / "people.jsonl").write_bytes(_lines(_people()))


def _lines(documents: Iterator[Json]) -> bytes:
    return b"".join(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for document in documents
    )


def _hex(*parts: object, length: int) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────

_NAMES: Final = ("Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Gaia", "Hugo", "Irene", "Luca")


def _external_id(kind: str, number: int) -> str:
    return f"auth0|{_hex(kind, number, length=24)}"


def _user_id(kind: str, number: int) -> str:
    return f"user_{_hex('user', kind, number, length=12)}"


def _name(kind: str, number: int) -> str:
    return f"{_NAMES[number % len(_NAMES)]} {'Medici' if kind == 'doctor' else 'Rossi'} {number}"


def _users() -> Iterator[Json]:
    """Yield the user map. `auth0Id` is the name until 1.1."""
    for kind, count in (("doctor", DOCTORS), ("patient", PATIENTS)):
        for number in range(count):
            yield {
                "_id": {"$oid": _hex("map", kind, number, length=24)},
                "__STATE__": "PUBLIC",
                "bandyerId": _user_id(kind, number),
                "auth0Id" if number % 10 == 9 else "receivedUserId": _external_id(kind, number),
            }
    # A row that is not in use, one person with two users, and one user with two people.
    yield {"bandyerId": "user_unused000000", "receivedUserId": "auth0|unused", "__STATE__": "TRASH"}
    yield {"bandyerId": "user_double000000", "receivedUserId": _external_id("patient", 0)}
    yield {"bandyerId": "user_shared000000", "receivedUserId": "auth0|shared-1"}
    yield {"bandyerId": "user_shared000000", "receivedUserId": "auth0|shared-2"}


_BROKEN_USERS: Final = (
    b'{"bandyerId":"user_without_owner"}\n{"bandyerId":"../x","receivedUserId":"auth0|x"}\n'
)


def _people() -> Iterator[Json]:
    """Yield the directory: all doctors, and every second patient."""
    for number in range(DOCTORS):
        yield _person("doctor", number)
    for number in range(0, PATIENTS, 2):
        yield _person("patient", number)


def _person(kind: str, number: int) -> Json:
    return {"userExternalId": _external_id(kind, number), "groups": [kind], "fullName": _name(kind, number)}


# ── Visits ──────────────────────────────────────────────────────────────────────────────────────────────


class _Visit:
    """One made-up visit, which a quirk may bend."""

    def __init__(self, number: int, *, start: datetime, minutes: float = 60, now: datetime) -> None:
        self.number = number
        self.start = start
        self.end = start + timedelta(minutes=minutes)
        self.made = min(start, now) - timedelta(days=7)
        self.people = [("doctor", number % DOCTORS), ("patient", number % PATIENTS)]
        self.room = f"room_{_hex('room', number, length=12)}"

    def document(self, **changes: object) -> Json:
        """Return the document; a change of None takes a field away."""
        standalone = self.number % 2 == 0
        document: Json = {
            "_id": self.id,
            "__STATE__": "PUBLIC",
            "creatorId": "public",
            "createdAt": self.made,
            "updaterId": "public",
            "updatedAt": self.made + timedelta(hours=1),
            "startDate": self.start,
            "endDate": self.end,
            "participantsNumber": len(self.people),
            "participants": [self.seat(kind, number, standalone=standalone) for kind, number in self.people],
            "bandyerRoomId": self.room,
            "teleconsultationState": "NOT_RUNNING",
        }
        document |= changes
        return {name: value for name, value in document.items() if value is not None}

    @property
    def id(self) -> str:
        """The ObjectId, which begins with the seconds of its making."""
        return f"{int(self.made.timestamp()):08x}{_hex('visit', self.number, length=16)}"

    def seat(self, kind: str, number: int, *, standalone: bool, **changes: object) -> Json:
        """Return a participant. In auth mode the original stored neither groups nor names."""
        spelling = "bandyerId" if self.number % 5 == 0 else "userBandyerId"
        seat: Json = {
            spelling: _user_id(kind, number),
            "accessLinkURL": f"{LINK_ORIGIN}/eu/direct-rest-call-handler/"
            f"{_hex('link', self.number, kind, number, length=20)}",
        }
        if standalone:
            seat |= {"groups": [kind], "fullName": _name(kind, number), "language": "it"}
        return seat | changes

    def unlinked(self) -> list[Json]:
        """Return the participants before there is a room."""
        return [
            {**self.seat(kind, person, standalone=True), "accessLinkURL": None}
            for kind, person in self.people
        ]


def _visits(now: datetime) -> Iterator[Json]:
    forms = cycle((_canonical, _relaxed, _exported))
    calendar = _Calendar(now)
    for document in (*_upcoming(calendar), *_not_upcoming(calendar), *_odd(calendar)):
        yield next(forms)(document)


class _Calendar:
    """Makes visits, each with the next number."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._number = 0

    def visit(self, *, days: float, minutes: float = 60) -> _Visit:
        """Return a visit that begins so many days from now."""
        self._number += 1
        return _Visit(self._number, start=self.now + timedelta(days=days), minutes=minutes, now=self.now)


def _upcoming(calendar: _Calendar) -> Iterator[Json]:
    # With a living room: six of them are open now, the others in the next weeks.
    for _ in range(6):
        yield calendar.visit(days=-1 / 144).document()
    for day in range(104):
        yield calendar.visit(days=1 + day / 4).document()
    # The room is gone.
    for day in range(15):
        yield calendar.visit(days=2 + day).document(teleconsultationState="CLOSED")
    # Incomplete: somebody is still unknown, so there is no room.
    for day in range(7):
        one = calendar.visit(days=3 + day)
        yield one.document(participantsNumber=3, participants=one.unlinked(), bandyerRoomId=None)
    # Somebody whom the user map does not have, or gives to two people.
    for user_id in ("user_nobody000000", "user_shared000000", "user_nobody000000"):
        one = calendar.visit(days=4)
        seats = [one.seat("doctor", 0, standalone=True), {"userBandyerId": user_id}]
        yield one.document(participants=seats)


def _not_upcoming(calendar: _Calendar) -> Iterator[Json]:
    # Over, and the room still open: the original never closed one.
    for day in range(30):
        yield calendar.visit(days=-2 - day).document()
    # Over for longer than anybody keeps it.
    for day in range(10):
        yield calendar.visit(days=-900 - day).document()
    # Cancelled: lately, and long ago.
    for days in (-1, -2, -3, -4, -5):
        one = calendar.visit(days=10)
        yield one.document(__STATE__="TRASH", updatedAt=calendar.now + timedelta(days=days))
    for _ in range(2):
        yield calendar.visit(days=-400).document(__STATE__="TRASH")
    # Drafts, and what was deleted for good.
    for state in ("DRAFT", "DRAFT", "DRAFT", "DELETED", "DELETED"):
        yield calendar.visit(days=5).document(__STATE__=state)


def _odd(calendar: _Calendar) -> Iterator[Json]:
    # Too short, and too long.
    for minutes in (4, 1, 28 * 60):
        yield calendar.visit(days=6, minutes=minutes).document()
    # No end, as in 1.x: the duration has it, the room has it, nobody has it.
    one = calendar.visit(days=7)
    yield one.document(endDate=None, duration=1800)
    yield calendar.visit(days=7).document(endDate=None)
    one = calendar.visit(days=7)
    yield one.document(endDate=None, bandyerRoomId=None, participants=one.unlinked())
    # Nobody may organise the call, and the room is gone.
    one = calendar.visit(days=8)
    one.people = [("patient", 1), ("patient", 2)]
    yield one.document(teleconsultationState="CLOSED")
    # One person alone.
    one = calendar.visit(days=8)
    one.people = [("doctor", 1)]
    yield one.document(bandyerRoomId=None, participants=one.unlinked())
    # Participants nested, and named by the caller's id, as the original's diagram draws them.
    one = calendar.visit(days=9)
    data = [
        {"userExternalId": _external_id(kind, person), "group": kind, "fullName": _name(kind, person)}
        for kind, person in one.people
    ]
    yield one.document(participants={"number": 2, "data": data}, participantsNumber=None, bandyerRoomId=None)
    # Participants as ids alone.
    one = calendar.visit(days=9)
    yield one.document(participants=[_user_id(kind, person) for kind, person in one.people])
    # The same person twice, which the original did not notice.
    one = calendar.visit(days=9)
    seats = [one.seat(kind, person, standalone=False) for kind, person in one.people]
    yield one.document(participants=[*seats, seats[1]], participantsNumber=3)
    # Names and languages that nobody can use as they are.
    one = calendar.visit(days=10)
    odd = {"fullName": "Maria\nLuisa " + "de la " * 30, "language": "it_IT", "groups": ["nurse"]}
    seats = [
        one.seat("doctor", 2, standalone=True, language=""),
        one.seat("patient", 2, standalone=True, **odd),
    ]
    yield one.document(participants=seats)
    # Few fields, as the first versions wrote them.
    yield calendar.visit(days=10).document(
        __STATE__=None,
        createdAt=None,
        updatedAt=None,
        creatorId=None,
        updaterId=None,
        participantsNumber=None,
    )


_BROKEN_VISITS: Final = (
    b'{"_id":{"$oid":"62134f1e5f3d2a001c9b8a77"},"startDate":"soon","participants":[]}\n'
    b'{"_id":"not-an-object-id","startDate":{"$date":"2027-01-01T10:00:00Z"}}\n'
    b'{"_id":{"$oid":"62134f1e5f3d2a001c9b8a78"}}\n'
    b'{"_id":{"$oid":"62134f1e5f3d2a001c9b8a79"},"__STATE__":"LOST","startDate":{"$date":"2027-01-01T10:00:00Z"}}\n'
    b'{"_id":{"$oid":"62134f1e5f3d2a001c9b8a7a"},"startDate":{"$date":"2027-01-01T10:00:00Z"},"participants":[{}]}\n'
    b'{"_id": \n'
    b'{"fullName":"Jos\xe9"}\n'
    b'[{"_id":{"$oid":"62134f1e5f3d2a001c9b8a7b"}}]\n'
    b"\n"
)


# ── Forms ───────────────────────────────────────────────────────────────────────────────────────────────


def _canonical(document: Mapping[str, Any]) -> Json:
    """Return a document in canonical extended JSON."""

    def value(item: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(item, datetime):
            return {"$date": {"$numberLong": str(int(item.timestamp() * 1000))}}
        if isinstance(item, int):
            return {"$numberInt": str(item)}
        return _inside(item, value)

    return {**{name: value(item) for name, item in document.items()}, "_id": {"$oid": document["_id"]}}


def _relaxed(document: Mapping[str, Any]) -> Json:
    """Return a document in relaxed extended JSON."""

    def value(item: Any) -> Any:  # noqa: ANN401 - JSON
        return {"$date": to_text(item)} if isinstance(item, datetime) else _inside(item, value)

    return {**{name: value(item) for name, item in document.items()}, "_id": {"$oid": document["_id"]}}


def _exported(document: Mapping[str, Any]) -> Json:
    """Return a document as the CRUD Service exports it: dates and ids are texts."""

    def value(item: Any) -> Any:  # noqa: ANN401 - JSON
        return to_text(item) if isinstance(item, datetime) else _inside(item, value)

    return {name: value(item) for name, item in document.items()}


def _inside(item: Any, value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(item, list):
        return [value(entry) for entry in item]
    if isinstance(item, dict):
        return {name: value(entry) for name, entry in item.items()}
    return item
