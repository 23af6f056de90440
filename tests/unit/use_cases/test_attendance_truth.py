"""Attendance equals what took place, whatever becomes of the events on the way.

Joins and leaves happen in the simulator's own memory, which publishes events and keeps the record of the
room. The events are duplicated, dropped, forged, delayed and reordered. No socket is opened.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bandyer import CALL_EVENTS
from bandyer.rooms import RoomInfo
from local.bandyer_simulator.api.endpoint import Call as ApiCall
from local.bandyer_simulator.api.rooms import create_room, get_room
from local.bandyer_simulator.api.users import create_user
from local.bandyer_simulator.memory.live_calls import connect, disconnect, refreshed
from local.bandyer_simulator.memory.records import Company
from local.bandyer_simulator.memory.state import State
from local.bandyer_simulator.memory.webhooks import Hook, Switches
from local.bandyer_simulator.webhooks.sender import Sender
from teleconsultation.domain.call import Attendance
from teleconsultation.domain.errors import InvalidSignatureError
from teleconsultation.domain.model import Outcome, Teleconsultation
from teleconsultation.domain.room_plan import Connection
from teleconsultation.edge.http import Request
from teleconsultation.edge.provider_event import read_event, verified_body
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.samples import DOOR, END, START, doctor, patient
from tests.fakes.service import Service

KEY = "ak_of_the_company"
OPENS = START - timedelta(seconds=DOOR.early_join_seconds)
CLOSES = END + timedelta(seconds=DOOR.late_join_seconds)
SEATS = 3

type Fate = str
"""What becomes of one event."""


class Keys:
    """The key that events are verified with."""

    def known(self) -> tuple[str, ...]:
        return (KEY,)

    def renewed(self) -> tuple[str, ...]:
        return ()


class Clinic:
    """One visit of three, its room in the simulator, and the events on the way between them."""

    def __init__(self) -> None:
        self.service = Service()
        people = (doctor(), patient(), patient("patient-2"))
        self.visit: Teleconsultation = self.service.create(people)
        self.provider = State(
            api_key=KEY,
            public_url=lambda: "https://provider.test",
            clock=self.service.clock,
            company=Company(),
        )
        for person in self.visit.participants:
            self._api(create_user, id=person.bandyer_user_id, role=person.role.value)
        people_in_room = [{"user_id": person.bandyer_user_id} for person in self.visit.participants]
        made = self._api(create_room, participants=people_in_room, duration=7200)["room"]["room_id"]
        assert self.visit.room is not None
        # The visit's room and the simulator's become one.
        self.room = replace(self.provider.rooms.pop(made), room_id=self.visit.room.room_id)
        self.provider.rooms[self.room.room_id] = self.room
        for seat in self.room.participants:
            self.provider.link_tokens[seat.token] = (self.room.room_id, seat.user_id)
        hooks = (Hook(url="https://us.test", event=event, created_at=OPENS) for event in CALL_EVENTS)
        self.provider.webhooks.hooks["v1"] = tuple(hooks)
        self.sent: list[tuple[bytes, Mapping[str, str]]] = []
        self.truth: list[list[tuple[datetime, datetime]]] = [[] for _ in range(SEATS)]
        self._here: dict[int, Any] = {}

    def step(self, seat: int, seconds: int) -> None:
        """Let somebody come or go, and time pass."""
        now = self.service.clock()
        person = self.visit.participants[seat]
        with refreshed(self.provider):
            if seat in self._here:
                attendee, began = self._here.pop(seat)
                disconnect(self.provider, attendee=attendee)
                self.truth[seat].append((began, now))
            else:
                participant = next(
                    one for one in self.room.participants if one.user_id == person.bandyer_user_id
                )
                attendee = connect(
                    self.provider, room=self.room, participant=participant, name="", deliver=lambda _: None
                )
                self._here[seat] = (attendee, now)
        self.service.clock.advance(seconds=seconds)

    def leave(self) -> None:
        """Let everybody go."""
        for seat in list(self._here):
            self.step(seat, 1)

    def told(self) -> list[tuple[bytes, Mapping[str, str]]]:
        """Return the events that were published, as they are sent."""
        self.sent.clear()

        def post(_url: str, body: bytes, headers: Mapping[str, str]) -> int:
            self.sent.append((body, headers))
            return 200

        Sender(self.provider, post=post).send_due()
        return list(self.sent)

    def receive(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Take in one event as the function does; return whether its signature was accepted."""
        event = http_event("POST", body=body.decode(), headers=headers)
        request = Request(event, lambda_context())
        try:
            verified = verified_body(request, keys=Keys(), now=self.service.clock())
        except InvalidSignatureError:
            return False
        read = read_event(verified)
        assert read is not None
        self.service.receive(read)
        return True

    def close(self) -> Attendance:
        """Let the door close and the reconciler ask for the provider's record."""
        info = RoomInfo.from_json(
            json.loads(json.dumps(self._api(get_room, path={"room_id": self.room.room_id})))
        )
        self.service.rooms.connections[self.room.room_id] = tuple(
            Connection(
                session_id=session.session_id,
                user_id=activity.user_id,
                began_at=activity.began_at,
                ended_at=activity.ended_at,
            )
            for session in info.sessions or ()
            for activity in session.activities
        )
        self.service.clock.now = CLOSES
        self.service.reconcile()
        return self.service.attendance(self.visit.id)

    def _api(
        self, operation: Callable[[ApiCall], Any], *, path: Mapping[str, str] | None = None, **fields: Any
    ) -> Any:
        with refreshed(self.provider):
            return operation(ApiCall(self.provider, path or {}, fields))


def true_seconds(spans: list[tuple[datetime, datetime]]) -> int:
    return sum((end - begin for begin, end in spans), timedelta()) // timedelta(seconds=1)


def was_held(truth: list[list[tuple[datetime, datetime]]]) -> bool:
    return any(
        max(first[0], second[0]) < min(first[1], second[1])
        for one, other in combinations(truth, 2)
        for first in one
        for second in other
    )


def true_outcome(truth: list[list[tuple[datetime, datetime]]]) -> Outcome:
    if was_held(truth):
        return Outcome.HELD
    came = [bool(spans) for spans in truth]
    return Outcome.NO_SHOW if any(came) and not all(came) else Outcome.NOT_HELD


steps = st.lists(st.tuples(st.integers(0, SEATS - 1), st.integers(1, 120)), max_size=14)
fates = st.sampled_from(["once", "twice", "dropped", "forged", "late"])


@settings(deadline=None, max_examples=150)
@given(
    steps=steps, fates=st.lists(fates, min_size=60, max_size=60), shuffle=st.randoms(use_true_random=False)
)
def test_attendance_equals_the_truth_after_the_close(
    steps: list[tuple[int, int]], fates: list[Fate], shuffle: Any
) -> None:
    clinic = Clinic()
    clinic.service.clock.now = OPENS + timedelta(minutes=1)
    for seat, seconds in steps:
        clinic.step(seat, seconds)
    clinic.leave()
    events = clinic.told()
    late = []
    shuffle.shuffle(events)
    for (body, headers), fate in zip(events, fates, strict=False):
        if fate == "forged":
            assert not clinic.receive(body + b" ", headers)
        elif fate == "late":
            late.append((body, headers))
        elif fate != "dropped":
            for _ in range(2 if fate == "twice" else 1):
                assert clinic.receive(body, headers)

    attendance = clinic.close()
    before_late = attendance
    for body, headers in late:
        # It is signed anew with each repetition; here the clock is put back instead.
        closed, clinic.service.clock.now = clinic.service.clock.now, OPENS + timedelta(minutes=30)
        clinic.receive(body, headers)
        clinic.service.clock.now = closed
    after_late = clinic.service.attendance(clinic.visit.id)

    assert attendance.is_final
    assert attendance.outcome is true_outcome(clinic.truth)
    assert [seat.seconds for seat in attendance.seats] == [true_seconds(spans) for spans in clinic.truth]
    assert [seat.first_at for seat in attendance.seats] == [
        min((begin for begin, _ in spans), default=None) for spans in clinic.truth
    ]
    assert [seat.last_at for seat in attendance.seats] == [
        max((end for _, end in spans), default=None) for spans in clinic.truth
    ]
    assert after_late == before_late
    ending = clinic.service.stored(clinic.visit.id).ending
    assert ending is not None
    assert ending.outcome is attendance.outcome
    is_no_show = ending.outcome is Outcome.NO_SHOW
    absent = tuple(seat for seat, spans in enumerate(clinic.truth) if not spans)
    assert ending.absent_seats == (absent if is_no_show else ())


@settings(deadline=None, max_examples=60)
@given(steps=steps, shuffle=st.randoms(use_true_random=False))
def test_without_loss_the_attendance_is_true_before_the_close_too(
    steps: list[tuple[int, int]], shuffle: Any
) -> None:
    clinic = Clinic()
    clinic.service.clock.now = OPENS + timedelta(minutes=1)
    for seat, seconds in steps:
        clinic.step(seat, seconds)
    clinic.leave()
    events = clinic.told()
    shuffle.shuffle(events)
    for body, headers in events:
        assert clinic.receive(body, headers)

    attendance = clinic.service.attendance(clinic.visit.id)

    assert [seat.seconds for seat in attendance.seats] == [true_seconds(spans) for spans in clinic.truth]
    assert (attendance.outcome is Outcome.HELD) is was_held(clinic.truth)


def test_no_event_with_a_bad_signature_is_accepted() -> None:
    clinic = Clinic()
    clinic.service.clock.now = OPENS
    clinic.provider.webhooks.switches = Switches(bad_signature=True)
    for seat in range(SEATS):
        clinic.step(seat, 10)
    clinic.leave()

    events = clinic.told()

    assert len(events) >= 2 * SEATS
    assert not any(clinic.receive(body, headers) for body, headers in events)
    assert clinic.service.calls.get(clinic.visit.id).facts == ()
