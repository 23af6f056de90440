"""Webhooks of the provider: signature and content."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bandyer import CALL_EVENTS, ROOM_EVENTS
from teleconsultation.domain.call import FactKind, ProviderEvent, RoomMade, RoomTakenAway
from teleconsultation.edge.provider_event import (
    KINDS,
    MAX_AGE_SECONDS,
    ROOM_MADE,
    ROOM_TAKEN_AWAY,
    is_signed,
    read_event,
)

# https://docs.bandyer.com/Bandyer-RESTAPI/ (webhooks, signature)
VECTOR_KEY = "ak_live_123456"
VECTOR_BODY = b'{"event":"test"}'
VECTOR = "t=1554193902,v0=6841e55cb12f2d9d1216c47097c75fd737a22a3a00c8d8f8d3d35fb2b613ce5b"
VECTOR_TIME = datetime.fromtimestamp(1554193902, tz=UTC)

JOINED: dict[str, Any] = {
    "event": "on_user_connected",
    "event_version": "1.0",
    "namespace": "user",
    "timestamp": 1796137200123,
    "data": {
        "room_id": "room_1",
        "session_id": "session_1",
        "user_id": "usr_a",
        "connected_users_count": 1,
    },
}
AT = datetime(2026, 12, 1, 15, 0, 0, 123000, tzinfo=UTC)


def signature(body: bytes, *, key: str, moment: str) -> str:
    digest = hmac.new(key.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v0={digest}"


def test_the_vendors_vector_is_valid() -> None:
    assert is_signed(VECTOR_BODY, signature=VECTOR, keys=[VECTOR_KEY], now=VECTOR_TIME)


def test_the_previous_key_is_valid_too() -> None:
    assert is_signed(VECTOR_BODY, signature=VECTOR, keys=["new", VECTOR_KEY], now=VECTOR_TIME)


@pytest.mark.parametrize("moment", ["1554193902000", "1554193902"])
def test_the_time_may_be_in_seconds_or_milliseconds(moment: str) -> None:
    signed = signature(VECTOR_BODY, key="k", moment=moment)

    assert is_signed(VECTOR_BODY, signature=signed, keys=["k"], now=VECTOR_TIME)


@pytest.mark.parametrize("seconds", [-MAX_AGE_SECONDS, MAX_AGE_SECONDS])
def test_a_signature_is_valid_for_five_minutes(seconds: int) -> None:
    edge = VECTOR_TIME + timedelta(seconds=seconds)
    beyond = edge + timedelta(seconds=1 if seconds > 0 else -1)

    assert is_signed(VECTOR_BODY, signature=VECTOR, keys=[VECTOR_KEY], now=edge)
    assert not is_signed(VECTOR_BODY, signature=VECTOR, keys=[VECTOR_KEY], now=beyond)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "v0=" + "0" * 64,
        VECTOR.replace("v0=6", "v0=7"),
        VECTOR.replace("t=1554193902", "t=1554193903"),
        VECTOR.replace("t=", "t=-"),
        VECTOR[:-1],
        VECTOR + ",v0=" + "0" * 64,
        "t=" + "9" * 400 + ",v0=" + "0" * 64,
    ],
)
def test_another_signature_is_not_valid(wrong: str) -> None:
    assert not is_signed(VECTOR_BODY, signature=wrong, keys=[VECTOR_KEY], now=VECTOR_TIME)


def test_another_body_or_key_is_not_valid() -> None:
    assert not is_signed(VECTOR_BODY + b" ", signature=VECTOR, keys=[VECTOR_KEY], now=VECTOR_TIME)
    assert not is_signed(VECTOR_BODY, signature=VECTOR, keys=["ak_live_123457"], now=VECTOR_TIME)
    assert not is_signed(VECTOR_BODY, signature=VECTOR, keys=[], now=VECTOR_TIME)


def test_a_connection_is_read() -> None:
    assert read_event(json.dumps(JOINED).encode()) == ProviderEvent(
        kind=FactKind.JOINED, at=AT, room_id="room_1", session_id="session_1", user_id="usr_a"
    )


def test_what_is_subscribed_to_is_read() -> None:
    assert KINDS.keys() == set(CALL_EVENTS)
    assert {ROOM_MADE, *ROOM_TAKEN_AWAY} == set(ROOM_EVENTS)


LINK = "https://provider.test/call/a-living-link"
MADE: dict[str, Any] = JOINED | {
    "event": "on_room_created",
    "data": {
        "room_id": "room_1",
        "description": "visit.seal",
        "participants": [{"user": "usr_a", "url": LINK}],
    },
}


def test_of_a_room_that_was_made_no_link_is_read() -> None:
    event = read_event(json.dumps(MADE).encode())

    assert event == RoomMade(room_id="room_1", description="visit.seal")
    assert "seal" not in repr(event)


@pytest.mark.parametrize(
    ("name", "links"), [("on_room_disabled", "disabled_links"), ("on_room_deleted", "deleted_links")]
)
def test_a_room_that_was_taken_away_is_read(name: str, links: str) -> None:
    data = {"room_id": "room_1", links: [{"user_id": "usr_a", "link": LINK}]}

    assert read_event(json.dumps(JOINED | {"event": name, "data": data}).encode()) == RoomTakenAway(
        room_id="room_1"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("on_session_started", FactKind.STARTED),
        ("on_session_resumed", FactKind.RESUMED),
        ("on_session_paused", FactKind.PAUSED),
        ("on_session_ended", FactKind.ENDED),
    ],
)
def test_an_event_of_a_session_has_nobody(name: str, kind: FactKind) -> None:
    event = read_event(json.dumps(JOINED | {"event": name}).encode())

    assert isinstance(event, ProviderEvent)
    assert (event.kind, event.user_id) == (kind, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": 1796137200.123},
        {"data": json.dumps(JOINED["data"])},
        {"timestamp": "2026-12-01T15:00:00.123Z"},
    ],
)
def test_other_spellings_are_read(changes: dict[str, Any]) -> None:
    event = read_event(json.dumps(JOINED | changes).encode())

    assert isinstance(event, ProviderEvent)
    assert event.at == AT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'"text"',
        b"\xff",
        b"[" * 100_000,
        json.dumps(JOINED | {"event": "on_room_new_feedback"}).encode(),
        json.dumps(MADE | {"data": {"room_id": "room_1"}}).encode(),
        json.dumps(MADE | {"data": {**MADE["data"], "description": "of another program"}}).encode(),
        json.dumps(MADE | {"data": {**MADE["data"], "room_id": None}}).encode(),
        json.dumps(JOINED | {"event": ["on_user_connected"]}).encode(),
        json.dumps(JOINED | {"data": []}).encode(),
        json.dumps(JOINED | {"data": {**JOINED["data"], "room_id": "a b"}}).encode(),
        json.dumps(JOINED | {"data": {**JOINED["data"], "session_id": None}}).encode(),
        json.dumps(JOINED | {"data": {**JOINED["data"], "user_id": "u" * 129}}).encode(),
        json.dumps(JOINED | {"timestamp": True}).encode(),
        json.dumps(JOINED | {"timestamp": 10**400}).encode(),
        json.dumps(JOINED | {"timestamp": float("nan")}).encode(),
        json.dumps(JOINED | {"timestamp": "soon"}).encode(),
    ],
)
def test_what_is_no_event_of_ours_is_passed_over(body: bytes) -> None:
    assert read_event(body) is None
