"""What is written to the table is what is read from it."""

import string
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.model import (
    JoinPass,
    Participant,
    Provisioning,
    Role,
    Room,
    Teleconsultation,
    User,
    new_teleconsultation_id,
)
from teleconsultation.domain.schedule import Schedule
from teleconsultation.storage.items import (
    read_teleconsultation_item,
    read_user_item,
    teleconsultation_item,
    teleconsultation_key,
    user_item,
    user_key,
)
from tests.fakes.samples import teleconsultation, user

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
)
rooms = st.builds(
    Room,
    room_id=texts,
    duration_seconds=st.none() | durations,
    links=st.dictionaries(texts, texts, max_size=3),
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
    provisioning=st.none() | st.builds(Provisioning, attempt_id=texts, started_at=instants),
    rooms_to_delete=st.frozensets(texts, max_size=3),
    deleted_at=st.none() | instants,
)
users = st.builds(
    User,
    external_id=texts,
    groups=groups,
    full_name=texts,
    language=languages,
    registered_roles=st.frozensets(roles),
)


@given(original=teleconsultations)
def test_a_teleconsultation_survives_the_table(original: Teleconsultation) -> None:
    assert read_teleconsultation_item(teleconsultation_item(original)) == original


@given(original=users)
def test_a_user_survives_the_table(original: User) -> None:
    assert read_user_item(user_item(original)) == original


@given(original=teleconsultations)
def test_no_attribute_is_one_the_table_refuses(original: Teleconsultation) -> None:
    def check(value: dict[str, object]) -> None:
        [(kind, content)] = value.items()
        assert kind in {"S", "N", "M", "L", "SS"}
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
