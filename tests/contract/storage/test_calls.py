"""What every storage of calls does, whatever it is made of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.call import Call, Fact, FactKind, RoomRecord, Stay
from teleconsultation.domain.ports import Calls, RoomOwner
from teleconsultation.storage import calls as storage_calls
from tests.fakes import calls as fake_calls
from tests.fakes.watch import NOON, Watch

VISIT = "0" * 24
LATER = NOON + timedelta(days=30)
JOINED = Fact(id="a1", kind=FactKind.JOINED, at=NOON, session_id="s1", seat=0)
LEFT = Fact(id="b2", kind=FactKind.LEFT, at=NOON + timedelta(milliseconds=5), session_id="s1", seat=1)
STARTED = Fact(id="c3", kind=FactKind.STARTED, at=NOON, session_id="s1")
RECORD = RoomRecord(
    session_ids=frozenset({"s1", "s2"}),
    is_recorded=True,
    stays=(
        Stay(session_id="s1", seat=0, began_at=NOON, ended_at=LATER),
        Stay(session_id="s1", seat=1, began_at=NOON, ended_at=None),
    ),
)


@pytest.mark.parametrize("owner", [RoomOwner(teleconsultation_id=VISIT), RoomOwner(teleconsultation_id=None)])
def test_an_owner_is_remembered_until_the_end(calls: Calls, clock: Watch, owner: RoomOwner) -> None:
    before = calls.owner("room_1")
    calls.remember_owner("room_1", owner, until=LATER)
    known = calls.owner("room_1")
    clock.now = LATER

    assert (before, known, calls.owner("room_1")) == (None, owner, None)


def test_of_a_visit_without_calls_nothing_is_known(calls: Calls) -> None:
    assert calls.get(VISIT) == Call()


def test_facts_are_kept_and_each_counts_once(calls: Calls) -> None:
    news = [
        calls.add_fact(VISIT, fact, version=1, expires_at=LATER) for fact in (JOINED, LEFT, STARTED, JOINED)
    ]

    assert news == [True, True, True, False]
    assert set(calls.get(VISIT).facts) == {JOINED, LEFT, STARTED}


def test_a_call_has_an_upper_limit_of_facts(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storage_calls, fake_calls):
        monkeypatch.setattr(module, "MAX_FACTS", 3)
    for number in range(3):
        calls.add_fact(VISIT, replace(JOINED, id=f"f{number}"), version=1, expires_at=LATER)

    assert not calls.add_fact(VISIT, JOINED, version=1, expires_at=LATER)
    assert len(calls.get(VISIT).facts) == 3


def test_the_limit_holds_back_no_recording(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storage_calls, fake_calls):
        monkeypatch.setattr(module, "MAX_FACTS", 1)
    recording = Fact(id="recording-s1", kind=FactKind.RECORDED, at=NOON, session_id="s1")
    calls.add_fact(VISIT, JOINED, version=1, expires_at=LATER)

    news = [calls.add_fact(VISIT, recording, version=1, expires_at=LATER) for _ in range(2)]

    assert news == [True, False]
    assert set(calls.get(VISIT).facts) == {JOINED, recording}


def test_records_are_kept_beside_the_facts_and_replaced(calls: Calls) -> None:
    calls.add_fact(VISIT, JOINED, version=1, expires_at=LATER)
    for is_certain, record in ((False, replace(RECORD, stays=())), (True, RECORD)):
        calls.close(
            VISIT, records={"room_1": record}, is_certain=is_certain, closed_at=NOON, expires_at=LATER
        )
    calls.close(VISIT, records={}, is_certain=True, closed_at=LATER, expires_at=LATER)

    assert calls.get(VISIT) == Call(
        facts=(JOINED,), records={"room_1": RECORD}, closed_at=LATER, is_certain=True
    )


def test_an_older_run_does_not_overwrite_a_newer_record(calls: Calls) -> None:
    calls.close(VISIT, records={"room_1": RECORD}, is_certain=True, closed_at=LATER, expires_at=LATER)

    calls.close(
        VISIT,
        records={"room_1": replace(RECORD, stays=())},
        is_certain=False,
        closed_at=NOON,
        expires_at=LATER,
    )

    assert calls.get(VISIT) == Call(records={"room_1": RECORD}, closed_at=LATER, is_certain=True)


def test_who_sits_in_a_seat_is_forgotten_and_who_sat_there_before_is_not(calls: Calls) -> None:
    facts = [
        replace(JOINED, id=sitter_id, sitter_id=sitter_id, seat=seat)
        for sitter_id, seat in (("first", 0), ("second", 0), ("second-moved", 1))
    ]
    for fact in facts:
        calls.add_fact(VISIT, fact, version=1, expires_at=LATER)
    stays = tuple(replace(RECORD.stays[0], sitter_id=fact.sitter_id) for fact in facts)
    record = replace(RECORD, stays=stays)
    calls.close(VISIT, records={"room_1": record}, is_certain=True, closed_at=NOON, expires_at=LATER)

    calls.forget_seat(VISIT, 0, sitter_id="second")

    call = calls.get(VISIT)
    assert set(call.facts) == {facts[0], facts[2]}
    assert call.records["room_1"].stays == (stays[0], stays[2])


def test_a_seat_is_forgotten_and_the_others_are_not(calls: Calls) -> None:
    for fact in (JOINED, LEFT, STARTED):
        calls.add_fact(VISIT, fact, version=1, expires_at=LATER)
    calls.close(VISIT, records={"room_1": RECORD}, is_certain=True, closed_at=NOON, expires_at=LATER)

    for _ in range(2):
        calls.forget_seat(VISIT, 0, sitter_id=None)

    call = calls.get(VISIT)
    assert set(call.facts) == {LEFT, STARTED}
    assert call.records["room_1"] == replace(RECORD, stays=RECORD.stays[1:])


def test_of_a_visit_without_calls_nothing_is_forgotten(calls: Calls) -> None:
    calls.forget_seat(VISIT, 0, sitter_id=None)

    assert calls.get(VISIT) == Call()
