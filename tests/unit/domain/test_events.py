"""Which changes of a record are events, and which are the service's own business."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from teleconsultation.domain.call import Fact, FactKind
from teleconsultation.domain.events import (
    DoorCall,
    Event,
    EventType,
    News,
    door_event,
    news_of,
    news_of_facts,
)
from teleconsultation.domain.model import (
    BookingData,
    DoorTimes,
    Ending,
    Imported,
    JoinPass,
    Notice,
    Outcome,
    Provisioning,
    Room,
    Teleconsultation,
    UploadsReceipt,
    Waiting,
)
from tests.fakes.samples import DOOR, END, START, schedule, teleconsultation
from tests.fakes.watch import NOON

OPENS, CLOSES = DOOR.opens_at(schedule()), DOOR.closes_at(schedule())
LATER = NOON + timedelta(minutes=1)
RETRY = timedelta(hours=1)
IMPORTED = Imported(digest="d", updated_at=NOON, room_id=None)


def news(
    before: Teleconsultation | None,
    after: Teleconsultation | None,
    *,
    change_id: str = "w1",
    written_at: datetime = LATER,
) -> News:
    return news_of(before, after, change_id=change_id, written_at=written_at)


def types(events: Sequence[Event]) -> list[str]:
    return [event.type.value for event in events]


def changed_by_caller(before: Teleconsultation, **changes: object) -> Teleconsultation:
    return replace(before, version=before.version + 1, updated_at=LATER, **changes)  # type: ignore[arg-type]


def other_room(before: Teleconsultation) -> Room:
    assert before.room is not None
    return replace(before.room, room_id="room_2")


class TestCreated:
    def test_a_new_record_is_created(self) -> None:
        after = teleconsultation()

        [event] = news(None, after).events

        assert (event.type, event.teleconsultation_id, event.version) == (EventType.CREATED, after.id, 1)
        assert event.time == after.updated_at

    def test_an_intent_is_no_event_and_its_commit_is(self) -> None:
        committed = replace(teleconsultation(), version=2)
        intent = replace(
            committed,
            version=1,
            room=None,
            is_created=False,
            provisioning=Provisioning(attempt_id="a", started_at=NOON),
        )

        assert news(None, intent) == News()
        assert types(news(intent, committed).events) == ["teleconsultation.created"]

    def test_an_imported_visit_is_created_if_it_is_still_to_come(self) -> None:
        after = replace(teleconsultation(), imported=IMPORTED)

        assert types(news(None, after).events) == [EventType.CREATED]

    @pytest.mark.parametrize(
        ("changes", "written_at"), [({"deleted_at": NOON}, LATER), ({}, CLOSES), ({}, CLOSES + RETRY)]
    )
    def test_an_imported_visit_that_is_history_is_no_event(
        self, changes: dict[str, Any], written_at: datetime
    ) -> None:
        after = replace(teleconsultation(), imported=IMPORTED, **changes)

        assert news(None, after, written_at=written_at) == News()

    def test_an_intent_that_is_taken_up_again_is_no_event(self) -> None:
        intent = replace(teleconsultation(), room=None, is_created=False)

        assert news(intent, replace(intent, version=2)) == News()


class TestUpdated:
    @pytest.mark.parametrize(
        ("changes", "changed"),
        [
            ({"schedule": schedule(start_date=START + timedelta(hours=1))}, ["start_date", "end_date"]),
            ({"notice": Notice(text="ten minutes late", set_at=LATER)}, ["notice"]),
            ({"participants_number": 3}, ["participants"]),
            ({}, []),
        ],
        ids=["moved", "notice", "number", "a field of a later version"],
    )
    def test_a_callers_change_is_an_event_and_names_the_fields(
        self, changes: dict[str, object], changed: list[str]
    ) -> None:
        before = teleconsultation()

        [event] = news(before, changed_by_caller(before, **changes)).events

        assert (event.type, event.version, event.time) == (EventType.UPDATED, 2, LATER)
        assert event.data["changed"] == changed

    def test_the_booking_systems_reference_is_told_and_its_metadata_is_not(self) -> None:
        before = teleconsultation()
        booking = BookingData(reference="A-2030-117", metadata={"ward": "for Joe Smith"})

        [event] = news(before, changed_by_caller(before, booking=booking)).events

        assert event.data["reference"] == "A-2030-117"
        assert event.data["changed"] == ["reference", "metadata"]
        assert "Joe Smith" not in str(event.data)

    def test_an_erasure_is_an_event_though_it_leaves_the_time_of_the_last_change(self) -> None:
        before = teleconsultation()
        doctor, patient = before.participants
        after = replace(before, version=2, participants=(doctor, patient.erased()))

        [event] = news(before, after).events

        assert (event.type, event.data["changed"]) == (EventType.UPDATED, ["participants"])
        assert event.data["participantsKnown"] == 1

    def test_a_renewed_join_link_is_named_without_its_owner(self) -> None:
        doctor, patient = teleconsultation().participants
        old, new = (replace(patient, join_pass=JoinPass(nonce=n, digest=n)) for n in "ab")
        before = replace(teleconsultation(), participants=(doctor, old))
        after = changed_by_caller(before, participants=(doctor, new))

        [event] = news(before, after).events

        assert event.data["changed"] == ["renewJoinLinks"]
        assert "patient" not in str(event.data)

    @pytest.mark.parametrize(
        "changes",
        [
            {"provisioning": Provisioning(attempt_id="a", started_at=NOON)},
            {"rooms_to_delete": frozenset({"room_0"})},
            {"disabled_rooms": {"room_0": NOON}},
            {"settle_failures": 2},
            {"room": None, "rooms_to_disable": frozenset({"room_1"})},
        ],
        ids=["intent", "list", "disabled", "postponed", "ended with its door"],
    )
    def test_what_the_service_keeps_for_itself_is_no_event(self, changes: dict[str, object]) -> None:
        before = teleconsultation()

        after = replace(before, version=2, **changes)  # type: ignore[arg-type]

        assert news(before, after) == News()


class TestDeleted:
    def test_a_deletion_is_an_event_and_what_follows_it_is_none(self) -> None:
        before = teleconsultation()
        deleted = changed_by_caller(
            before, deleted_at=LATER, room=None, rooms_to_delete=frozenset({"room_1"})
        )

        [event] = news(before, deleted).events

        assert (event.type, event.time) == (EventType.DELETED, LATER)
        assert news(deleted, replace(deleted, version=3, rooms_to_delete=frozenset())) == News()

    def test_a_record_that_the_table_deletes_is_no_event(self) -> None:
        assert news(teleconsultation(), None) == News()


class TestRooms:
    def test_another_room_by_a_change_is_replaced(self) -> None:
        before = teleconsultation()

        events = news(before, changed_by_caller(before, room=other_room(before))).events

        assert types(events) == ["teleconsultation.updated", "room.replaced"]

    def test_another_room_without_a_callers_change_was_lost(self) -> None:
        before = teleconsultation()

        events = news(before, replace(before, version=2, room=other_room(before))).events

        assert types(events) == ["room.lost", "room.replaced"]
        assert "room_" not in str([event.data for event in events])


class TestIds:
    def test_the_same_change_has_the_same_ids(self) -> None:
        before = teleconsultation()
        after = replace(before, version=2, room=other_room(before))

        first, again = (news(before, after).events for _ in range(2))

        assert first == again
        assert len({event.id for event in first}) == 2

    def test_another_write_of_the_same_version_has_another_id(self) -> None:
        after = teleconsultation()

        [first] = news(None, after, change_id="w1").events
        [other] = news(None, after, change_id="w2").events

        assert first.id != other.id

    def test_an_id_fits_a_header_and_has_no_full_stop(self) -> None:
        [event] = news(None, teleconsultation()).events

        assert event.id.startswith("evt_")
        assert event.id.removeprefix("evt_").isalnum()


class TestDoor:
    def test_a_new_visit_has_a_call_for_each_of_its_doors_instants(self) -> None:
        after = teleconsultation()

        calls = news(None, after).door_calls

        assert [(call.type, call.at, call.door) for call in calls] == [
            (EventType.OPENED, OPENS, OPENS),
            (EventType.ENDED, CLOSES, CLOSES),
        ]

    def test_a_visit_that_waits_for_people_only_ends(self) -> None:
        calls = news(None, teleconsultation(participants_number=3, with_room=False)).door_calls

        assert [call.type for call in calls] == [EventType.ENDED]

    def test_a_list_that_is_completed_while_the_door_is_open_opens_it(self) -> None:
        before = teleconsultation(participants_number=3, with_room=False)
        now = OPENS + timedelta(minutes=2)

        calls = news(before, replace(before, version=2, participants_number=2), written_at=now).door_calls

        assert [(call.type, call.at) for call in calls] == [(EventType.OPENED, now)]

    def test_a_move_calls_again_and_a_notice_does_not(self) -> None:
        before = teleconsultation()
        moved = schedule(start_date=START + timedelta(hours=1))

        after = changed_by_caller(before, schedule=moved, door_times=DOOR.times_of(moved))

        assert [call.door for call in news(before, after).door_calls] == [
            OPENS + timedelta(hours=1),
            CLOSES + timedelta(hours=1),
        ]
        notice = Notice(text="late", set_at=LATER)
        assert news(before, changed_by_caller(before, notice=notice)).door_calls == ()

    def test_a_door_that_stays_open_opens_once_although_its_call_may_be_on_the_way(self) -> None:
        before = teleconsultation()
        [opening, _] = news(None, before).door_calls
        now = OPENS + timedelta(seconds=20)
        moved = schedule(start_date=START + timedelta(seconds=10))

        after = changed_by_caller(before, schedule=moved, door_times=DOOR.times_of(moved))

        assert door_event(opening, current=after) is None
        again, ending = news(before, after, written_at=now).door_calls
        assert ending.type is EventType.ENDED
        told, told_again = door_event(opening, current=before), door_event(again, current=after)
        assert told is not None
        assert told_again is not None
        assert (told_again.id, told_again.time) == (told.id, OPENS)

    def test_a_door_that_stays_open_is_not_called_for_once_more(self) -> None:
        before = replace(teleconsultation(), updated_at=OPENS + timedelta(seconds=20))
        now = START + timedelta(minutes=1)
        moved = schedule(start_date=START + timedelta(minutes=5))

        after = changed_by_caller(before, schedule=moved, door_times=DOOR.times_of(moved))

        assert [call.type for call in news(before, after, written_at=now).door_calls] == [EventType.ENDED]

    def test_a_visit_that_was_over_does_not_end_again(self) -> None:
        before = teleconsultation()
        now = END + timedelta(hours=3)
        moved = schedule(start_date=START - timedelta(hours=1))

        after = changed_by_caller(before, schedule=moved, door_times=DOOR.times_of(moved))

        assert news(before, after, written_at=now).door_calls == ()

    def test_a_record_of_an_early_version_has_no_calls(self) -> None:
        assert news(None, replace(teleconsultation(), door_times=None)).door_calls == ()


class TestDoorEvent:
    @staticmethod
    def call(current: Teleconsultation, kind: EventType = EventType.OPENED) -> DoorCall:
        instant = OPENS if kind is EventType.OPENED else CLOSES
        return DoorCall(type=kind, teleconsultation_id=current.id, at=instant, door=instant)

    @pytest.mark.parametrize("kind", [EventType.OPENED, EventType.ENDED])
    def test_it_tells_what_has_come_with_the_doors_instant(self, kind: EventType) -> None:
        current = teleconsultation()

        event = door_event(self.call(current, kind), current=current)

        assert event is not None
        assert (event.type, event.time) == (kind, self.call(current, kind).at)

    def test_its_id_is_that_of_the_instant_and_not_of_the_version(self) -> None:
        current = teleconsultation()

        events = [
            door_event(self.call(current), current=replace(current, version=version)) for version in (1, 5)
        ]

        first, again = events
        assert first is not None
        assert again is not None
        assert first.id == again.id

    @pytest.mark.parametrize(
        "changes",
        [
            {"deleted_at": NOON},
            {"is_created": False},
            {"participants_number": 3},
            {"door_times": DoorTimes(opens_at=NOON, closes_at=CLOSES)},
            {"door_times": None},
        ],
        ids=["deleted", "unfinished", "incomplete", "moved", "of an early version"],
    )
    def test_nothing_is_told_of_a_door_that_did_not_open(self, changes: dict[str, object]) -> None:
        current = teleconsultation()

        assert door_event(self.call(current), current=replace(current, **changes)) is None  # type: ignore[arg-type]

    def test_nothing_is_told_of_an_end_that_was_moved(self) -> None:
        current = replace(teleconsultation(), door_times=DoorTimes(opens_at=OPENS, closes_at=NOON))

        assert door_event(self.call(current, EventType.ENDED), current=current) is None


class TestWaiting:
    def test_somebody_who_begins_to_wait_is_an_event(self) -> None:
        before = teleconsultation()
        after = replace(before, waiting={1: Waiting(since=LATER, seen_at=LATER)})

        [event] = news(before, after).events

        assert (event.type, event.time, event.data["seat"]) == (EventType.PARTICIPANT_WAITING, LATER, 1)

    def test_a_renewed_sign_is_no_event(self) -> None:
        before = replace(teleconsultation(), waiting={1: Waiting(since=NOON, seen_at=NOON)})
        after = replace(before, waiting={1: Waiting(since=NOON, seen_at=LATER)})

        assert news(before, after) == News()

    def test_the_same_sign_has_the_same_id_and_another_one_another(self) -> None:
        before = teleconsultation()
        ids = [
            news(before, replace(before, waiting={1: Waiting(since=since, seen_at=LATER)}), change_id=change)
            .events[0]
            .id
            for since, change in ((NOON, "w1"), (NOON, "w2"), (LATER, "w2"))
        ]

        assert ids[0] == ids[1] != ids[2]


class TestAfterTheEnd:
    NO_SHOW = Ending(outcome=Outcome.NO_SHOW, absent_seats=(1,))

    def test_a_no_show_is_an_event_with_the_seats_that_did_not_come(self) -> None:
        before = teleconsultation()
        after = replace(before, version=2, room=None, ending=self.NO_SHOW)

        [event] = news(before, after).events

        assert (event.type, event.version, event.time) == (EventType.NO_SHOW, 2, LATER)
        assert event.data["seats"] == [1]

    @pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.NOT_HELD, Outcome.UNKNOWN])
    def test_every_other_end_is_none(self, outcome: Outcome) -> None:
        before = teleconsultation()

        assert news(before, replace(before, ending=Ending(outcome=outcome))).events == ()

    def test_a_no_show_is_told_once(self) -> None:
        before = replace(teleconsultation(), ending=self.NO_SHOW)

        assert news(before, replace(before, version=2, disabled_rooms={})).events == ()

    @pytest.mark.parametrize("deleted_at", [None, NOON])
    def test_files_that_are_all_gone_are_an_event(self, deleted_at: datetime | None) -> None:
        before = replace(teleconsultation(), deleted_at=deleted_at, uploads_due_at=NOON)
        receipt = UploadsReceipt(deleted=3, completed_at=NOON)
        after = replace(before, version=2, uploads_due_at=None, uploads=receipt)

        [event] = news(before, after).events

        assert (event.type, event.time) == (EventType.UPLOADS_DELETED, NOON)
        assert event.data["deleted"] == 3

    def test_files_of_which_some_are_left_are_none_yet(self) -> None:
        before = teleconsultation()
        after = replace(before, version=2, uploads=UploadsReceipt(deleted=3, completed_at=None))

        assert news(before, after).events == ()

    def test_files_that_are_gone_are_told_of_once(self) -> None:
        before = replace(teleconsultation(), uploads=UploadsReceipt(deleted=3, completed_at=NOON))

        assert news(before, replace(before, version=2, ending=Ending(outcome=Outcome.HELD))).events == ()

    def test_a_recording_is_told_with_its_session(self) -> None:
        fact = Fact(id="recording-s1", kind=FactKind.RECORDED, at=NOON, session_id="s1")

        [event] = news_of_facts([fact], teleconsultation_id="0" * 24, version=7).events

        assert (event.type, event.time) == (EventType.RECORDING_AVAILABLE, NOON)
        assert event.data == {"roomId": "0" * 24, "version": 7, "sessionId": "s1"}


class TestFacts:
    def test_new_facts_are_events_in_the_order_of_their_times(self) -> None:
        facts = [
            Fact(id="3", kind=FactKind.LEFT, at=LATER, session_id="s", seat=1),
            Fact(id="2", kind=FactKind.PAUSED, at=NOON, session_id="s"),
            Fact(id="1", kind=FactKind.JOINED, at=NOON, session_id="s", seat=1),
        ]

        events = news_of_facts(facts, teleconsultation_id="0" * 24, version=7).events

        assert types(events) == ["participant.joined", "participant.left"]
        assert [event.data for event in events] == [{"roomId": "0" * 24, "version": 7, "seat": 1}] * 2
        assert [event.version for event in events] == [7, 7]
