"""The chain of a history shows what was done to it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.history import MAX_ENTRIES, Action, is_intact, with_entry
from teleconsultation.domain.model import HistoryEntry, Teleconsultation
from tests.fakes.samples import teleconsultation
from tests.fakes.watch import NOON

CLIENT = "0123456789abcdef"

type History = tuple[HistoryEntry, ...]


def changed(times: int) -> Teleconsultation:
    one = with_entry(teleconsultation(), action=Action.CREATED, at=NOON, by=CLIENT)
    for number in range(1, times):
        at = NOON + timedelta(minutes=number)
        one = with_entry(one, action=Action.UPDATED, at=at, by=CLIENT, fields=["notice"])
    return one


def test_entries_are_numbered_and_say_who_did_what_and_when() -> None:
    first, second = changed(2).history

    assert (first.number, first.action, first.by, first.at, first.fields) == (1, "created", CLIENT, NOON, ())
    assert (second.number, second.action, second.fields) == (2, "updated", ("notice",))


def test_the_hash_is_the_one_that_the_contract_describes() -> None:
    one = changed(2)
    first, second = one.history

    told = [first.digest, one.id, 2, "2026-12-01T12:01:00.000Z", "updated", CLIENT, ["notice"]]
    text = json.dumps(told, separators=(",", ":"))
    assert second.digest == hashlib.sha256(text.encode()).hexdigest()


def test_only_the_latest_entries_are_kept_and_still_fit() -> None:
    one = changed(MAX_ENTRIES + 2)

    assert [one.history[0].number, one.history[-1].number] == [3, MAX_ENTRIES + 2]
    assert is_intact(one.history, teleconsultation_id=one.id)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_history_that_nobody_touched_is_intact(times: int) -> None:
    one = changed(times)

    assert is_intact(one.history, teleconsultation_id=one.id)


def test_a_record_of_an_early_version_has_an_empty_one() -> None:
    assert is_intact((), teleconsultation_id="0" * 24)


@pytest.mark.parametrize(
    "tampered",
    [
        lambda history: (*history[:1], replace(history[1], by="fedcba9876543210"), *history[2:]),
        lambda history: (*history[:1], replace(history[1], at=NOON), *history[2:]),
        lambda history: (*history[:1], replace(history[1], fields=()), *history[2:]),
        lambda history: (replace(history[0], action="imported"), *history[1:]),
        lambda history: (*history[:1], *history[2:]),
        lambda history: (*history[:1], replace(history[2], number=2), *history[3:]),
        lambda history: (history[1], history[0], *history[2:]),
        lambda history: (*history, history[-1]),
        lambda history: tuple(replace(entry, number=entry.number - 1) for entry in history[1:]),
    ],
    ids=[
        "another client",
        "another time",
        "other fields",
        "another action",
        "taken out",
        "taken out and numbered anew",
        "exchanged",
        "repeated",
        "the first taken out and numbered anew",
    ],
)
def test_a_history_that_somebody_touched_is_not(tampered: Callable[[History], History]) -> None:
    one = changed(4)

    assert not is_intact(tampered(one.history), teleconsultation_id=one.id)


def test_a_history_of_another_visit_is_not() -> None:
    assert not is_intact(changed(2).history, teleconsultation_id="0" * 24)
