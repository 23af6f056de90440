"""A webhook of the provider: its signature, and the event in it.

https://docs.bandyer.com/Bandyer-RESTAPI/ (webhooks, version v1)
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

from teleconsultation.domain.call import FactKind, ProviderEvent, RoomMade, RoomTakenAway
from teleconsultation.domain.errors import InvalidRequestError, InvalidSignatureError
from teleconsultation.edge.http import Request

SIGNATURE_HEADER = "bandyer-signature"
MAX_AGE_SECONDS = 300
"""A signature is accepted for so long, and so much ahead of our clock."""

KINDS = {
    "on_user_connected": FactKind.JOINED,
    "on_user_disconnected": FactKind.LEFT,
    "on_session_started": FactKind.STARTED,
    "on_session_resumed": FactKind.RESUMED,
    "on_session_paused": FactKind.PAUSED,
    "on_session_ended": FactKind.ENDED,
}
"""The events that say something of a call. `make company` subscribes to these, and to those of rooms."""
ROOM_MADE = "on_room_created"
ROOM_TAKEN_AWAY = ("on_room_disabled", "on_room_deleted")

_SIGNATURE = re.compile(r"t=([0-9]{1,16}),v0=([0-9a-fA-F]{64})", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_PEOPLE = (FactKind.JOINED, FactKind.LEFT)
# A number this large is milliseconds: as seconds it would be in the year 5138.
_MILLISECONDS_FROM = 100_000_000_000


class Keys(Protocol):
    """The source of the provider's keys."""

    def known(self) -> Iterable[str]:
        """Return the keys as last read."""

    def renewed(self) -> Iterable[str]:
        """Return the keys, read again because a signature matched none; none if that was done just now."""


def verified_body(request: Request, *, keys: Keys, now: datetime) -> bytes:
    """Return the raw body of a webhook that the provider has signed just now.

    Raises:
        InvalidSignatureError: it has not; nothing of the body was read.
        TooLargeError: the body is too large.
    """
    try:
        body = request.raw_body()
    except InvalidRequestError:
        raise InvalidSignatureError("no readable body") from None
    signature = request.headers.get(SIGNATURE_HEADER, "")
    # The keys are read again for a wrong signature, because they may have been rotated.
    if not is_signed(body, signature=signature, keys=keys.known(), now=now) and not is_signed(
        body, signature=signature, keys=keys.renewed(), now=now
    ):
        raise InvalidSignatureError("no valid signature")
    return body


def is_signed(body: bytes, *, signature: str, keys: Iterable[str], now: datetime) -> bool:
    """Return whether the raw body was signed with one of the keys, a short time ago.

    The time is in seconds or in milliseconds: the vendor's samples have both.
    """
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None:
        return False
    moment, digest = found[1], found[2].lower()
    if abs(now.timestamp() - _seconds(int(moment))) > MAX_AGE_SECONDS:
        return False
    message = moment.encode() + b"." + body
    # All keys are tried, so that the time taken does not tell which one matched.
    matches = [
        hmac.compare_digest(digest, hmac.new(key.encode(), message, hashlib.sha256).hexdigest())
        for key in keys
    ]
    return any(matches)


def read_event(body: bytes) -> ProviderEvent | RoomMade | RoomTakenAway | None:
    """Return the event in a verified body; None if it concerns neither calls nor rooms, or cannot be read.

    Events of rooms carry links; nothing is read but the room's id and description.
    """
    try:
        document = json.loads(body)
        name = document["event"]
        kind = KINDS.get(name)
        data = document["data"]
        # Version v0 has some data as a JSON text.
        data = json.loads(data) if isinstance(data, str) else data
        if name == ROOM_MADE:
            return RoomMade(room_id=_id(data["room_id"]), description=_id(data["description"]))
        if name in ROOM_TAKEN_AWAY:
            return RoomTakenAway(room_id=_id(data["room_id"]))
        if kind is None:
            return None
        return ProviderEvent(
            kind=kind,
            at=_moment(document.get("timestamp", data.get("timestamp"))),
            room_id=_id(data["room_id"]),
            session_id=_id(data["session_id"]),
            user_id=_id(data["user_id"]) if kind in _PEOPLE else None,
        )
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime:  # noqa: ANN401 - a member of a JSON document
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("timestamp")
    # Milliseconds, as everything that is stored.
    return datetime.fromtimestamp(round(_seconds(value), 3), tz=UTC)


def _seconds(value: float) -> float:
    return value / 1000 if value >= _MILLISECONDS_FROM else value


def _id(value: Any) -> str:  # noqa: ANN401 - a member of a JSON document
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("id")
    return value
