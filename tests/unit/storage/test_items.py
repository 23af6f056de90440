"""What is written to the table is what is read from it."""

import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    new_teleconsultation_id,
)
from teleconsultation.domain.people import User
from teleconsultation.domain.schedule import Schedule
from teleconsultation.storage.items import (
    INDEX_PARTITIONS,
    Item,
    index_entry,
    read_teleconsultation_item,
    read_user_item,
    read_walk_item,
    teleconsultation_item,
    teleconsultation_key,
    user_item,
    user_key,
)
from tests.fakes.samples import teleconsultation, user
from tests.fakes.watch import NOON

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
languages = st.none() | st.sampled_from(["it", "es-419"])
roles = st.sampled_from(Role)
groups = st.lists(texts, max_size=3).map(tuple)
instants = st.datetimes(
    min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - hypothesis adds the offset
    max_value=datetime(2999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000))
durations = st.integers(min_value=300, max_value=86_400)
schedules = st.builds(
    Schedule.of, start_date=instants, duration_seconds=durations, end_date=st.none()
) | st.builds(Schedule.of, start_date=instants, duration_seconds=durations).map(
    lambda schedule: Schedule.of(start_date=schedule.start_date, end_date=schedule.end_date)
)
participants = st.builds(
    Participant,
    external_id=texts,
    bandyer_user_id=texts,
    role=roles,
    groups=groups,
    full_name=texts,
    language=languages,
    join_pass=st.none() | st.builds(JoinPass, nonce=texts, digest=texts),
    sitter_id=st.none() | texts,
)
rooms = st.builds(
    Room,
    room_id=texts,
    duration_seconds=st.none() | durations,
    links=st.dictionaries(texts, texts, max_size=3),
    call_settings=st.none()
    | st.builds(
        CallSettings,
        recording=st.sampled_from(["none", "manual", "automatic"]),
        live=st.booleans(),
        call_type=st.none() | texts,
    ),
    reported_gone_at=st.none() | instants,
)
teleconsultations = st.builds(
    Teleconsultation,
    id=st.builds(new_teleconsultation_id),
    version=st.integers(min_value=1, max_value=10**12),
    schedule=schedules,
    participants_number=st.integers(min_value=2, max_value=25),
    participants=st.lists(participants, max_size=3).map(tuple),
    created_at=instants,
    updated_at=instants,
    room=st.none() | rooms,
    past_rooms=st.frozensets(texts, max_size=3),
    uploads_due_at=st.none() | instants,
    uploads=st.none()
    | st.builds(UploadsReceipt, deleted=st.integers(0, 10**6), completed_at=st.none() | instants),
    ending=st.none()
    | st.builds(
        Ending,
        outcome=st.sampled_from(Outcome),
        absent_seats=st.lists(st.integers(0, 24), max_size=3).map(tuple),
    ),
    recordings_due_at=st.none() | instants,
    provisioning=st.none() | st.builds(Provisioning, attempt_id=texts, started_at=instants),
    rooms_to_delete=st.frozensets(texts, max_size=3),
    rooms_to_disable=st.frozensets(texts, max_size=3),
    disabled_rooms=st.dictionaries(texts, instants, max_size=2),
    settle_failures=st.integers(min_value=0, max_value=99),
    is_created=st.booleans(),
    door_times=st.none() | st.builds(DoorTimes, opens_at=instants, closes_at=instants),
    notice=st.none() | st.builds(Notice, text=texts, set_at=instants),
    booking=st.builds(
        BookingData, reference=st.none() | texts, metadata=st.dictionaries(texts, texts, max_size=3)
    ),
    deleted_at=st.none() | instants,
    history=st.lists(
        st.builds(
            HistoryEntry,
            number=st.integers(1, 10**6),
            at=instants,
            action=texts,
            by=st.none() | texts,
            fields=st.lists(texts, max_size=2).map(tuple),
            digest=texts,
        ),
        max_size=2,
    ).map(tuple),
    imported=st.none() | st.builds(Imported, digest=texts, updated_at=instants, room_id=st.none() | texts),
)
ON_ANY_MACHINE = settings(suppress_health_check=[HealthCheck.too_slow])
"""How long a loaded machine takes to build a record says nothing about the record."""
users = st.builds(
    User,
    external_id=texts,
    groups=groups,
    full_name=texts,
    language=languages,
    registered_roles=st.frozensets(roles),
    provider_user_ids=st.dictionaries(roles, texts),
)


@ON_ANY_MACHINE
@given(original=teleconsultations)
def test_a_teleconsultation_survives_the_table(original: Teleconsultation) -> None:
    assert read_teleconsultation_item(teleconsultation_item(original)) == original


def old(original: Teleconsultation) -> Item:
    """Return the item that a version wrote which did not store whether a creation was finished."""
    item = teleconsultation_item(original)
    return {name: value for name, value in item.items() if name not in {"isCreated", "opensAt", "closesAt"}}


@pytest.mark.parametrize(
    ("original", "is_created"),
    [
        (teleconsultation(), True),
        (teleconsultation(participants_number=3, with_room=False), True),
        (replace(teleconsultation(with_room=False), deleted_at=NOON), True),
        (teleconsultation(with_room=False), False),
    ],
    ids=["complete", "partial", "deleted", "unfinished"],
)
def test_an_item_of_an_earlier_version_is_read_too(original: Teleconsultation, *, is_created: bool) -> None:
    read = read_teleconsultation_item(old(original))

    assert read == replace(original, is_created=is_created, door_times=None)


def test_a_visit_whose_room_has_ended_is_still_created() -> None:
    ended = replace(teleconsultation(), room=None, disabled_rooms={"room_1": NOON})

    read = read_teleconsultation_item(teleconsultation_item(ended))

    assert read.is_created


def test_a_walk_of_an_earlier_version_is_none() -> None:
    item = {"pk": {"S": "WALK"}, "position": {"N": "100"}, "dueAt": {"S": "2026-12-01T12:00:00.000Z"}}

    assert read_walk_item(item) is None


@pytest.mark.parametrize("digit", string.hexdigits[:16])
def test_each_record_is_in_a_partition_that_is_queried(digit: str) -> None:
    entry = index_entry(f"{'0' * 23}{digit}", settles_at=NOON)

    assert entry["unsettled"]["S"] in INDEX_PARTITIONS


def test_no_partition_of_the_index_takes_more_records_than_another() -> None:
    entries = [index_entry(f"{'0' * 23}{digit}", settles_at=NOON) for digit in string.hexdigits[:16]]

    assert len({entry["unsettled"]["S"] for entry in entries}) == len(entries)


def test_a_record_with_nothing_due_is_not_in_the_index() -> None:
    assert index_entry("0" * 24, settles_at=None) == {}


@given(original=users)
def test_a_user_survives_the_table(original: User) -> None:
    assert read_user_item(user_item(original)) == original


@ON_ANY_MACHINE
@given(original=teleconsultations)
def test_no_attribute_is_one_the_table_refuses(original: Teleconsultation) -> None:
    def check(value: dict[str, object]) -> None:
        [(kind, content)] = value.items()
        assert kind in {"S", "N", "M", "L", "SS", "BOOL"}
        if kind == "SS":
            assert content  # an empty set cannot be stored
        if isinstance(content, dict):
            for inner in content.values():
                check(inner)
        if kind == "L":
            assert isinstance(content, list)
            for inner in content:
                check(inner)

    check({"M": teleconsultation_item(original)})


def test_keys_lie_in_two_spaces_and_stand_in_the_items() -> None:
    stored = teleconsultation()

    assert teleconsultation_key(stored.id) == {"pk": {"S": f"TELECONSULTATION#{stored.id}"}}
    assert teleconsultation_item(stored)["pk"] == teleconsultation_key(stored.id)["pk"]
    assert user_key("TELECONSULTATION#x") == {"pk": {"S": "USER#TELECONSULTATION#x"}}
    assert user_item(user("u"))["pk"] == user_key("u")["pk"]


def test_instants_are_written_as_the_wire_writes_them() -> None:
    item = teleconsultation_item(teleconsultation())

    assert item["startDate"] == {"S": "2026-12-01T15:30:00.000Z"}
    assert set(item["startDate"]["S"]) <= set(string.digits + "-T:.Z")


def test_a_record_from_before_join_links_has_participants_without_a_pass() -> None:
    item = teleconsultation_item(teleconsultation())

    assert "joinPass" not in str(item)
    assert [person.join_pass for person in read_teleconsultation_item(item).participants] == [None, None]
