"""One event for one endpoint: sent, sent later, or kept for an operator."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from teleconsultation.domain.delivery import (
    ATTEMPT_OFFSETS,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    Delivery,
    EndpointState,
    next_attempt_at,
    pause_after,
)
from teleconsultation.use_cases.deliver import Attempt, Fate, Outcome, deliver
from tests.fakes.effects import Effects, KilledError, killed
from tests.fakes.watch import NOON, Watch

DAY = timedelta(days=1)


class InMemoryStates:
    """As `ports.EndpointStates`."""

    def __init__(self, effects: Effects | None = None) -> None:
        self.stored: dict[str, EndpointState] = {}
        self._effects = effects or Effects()

    def get(self, endpoint_id: str) -> EndpointState:
        return self.stored.get(endpoint_id, EndpointState())

    def failed(self, endpoint_id: str, *, at: datetime, paused_until: datetime | None) -> None:
        with self._effects.of("failed"):
            before = self.get(endpoint_id)
            self.stored[endpoint_id] = replace(
                before,
                failing_since=before.failing_since or at,
                failures=before.failures + (paused_until is not None),
                paused_until=paused_until or before.paused_until,
            )

    def disable(self, endpoint_id: str, *, at: datetime) -> None:
        with self._effects.of("disable"):
            self.stored[endpoint_id] = replace(self.get(endpoint_id), disabled_at=at)

    def succeeded(self, endpoint_id: str) -> None:
        with self._effects.of("succeeded"):
            if self.get(endpoint_id).disabled_at is None:
                self.stored.pop(endpoint_id, None)


@dataclass
class Endpoint:
    """An endpoint with the answers that a test gives it."""

    answer: Callable[[], Attempt]
    effects: Effects = field(default_factory=Effects)
    received: list[str] = field(default_factory=list)

    def send(self, event_id: str) -> Attempt:
        with self.effects.of("send"):
            answer = self.answer()
            if answer.status is not None and 200 <= answer.status < 300:
                self.received.append(event_id)
        return answer


def says(status: int | None, retry_after: str | None = None) -> Callable[[], Attempt]:
    return lambda: Attempt(status=status, retry_after=retry_after)


def an_event(number: int = 1, *, endpoint_id: str = "billing", queued_at: datetime = NOON) -> Delivery:
    return Delivery(endpoint_id=endpoint_id, event_id=f"evt_{number}", body="{}", queued_at=queued_at)


def attempt(
    endpoint: Endpoint,
    *,
    states: InMemoryStates,
    clock: Watch,
    delivery: Delivery | None = None,
    chance: float = 0.5,
) -> Outcome:
    one = delivery or an_event()
    return deliver(
        one, send=lambda: endpoint.send(one.event_id), states=states, clock=clock, chance=lambda: chance
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_answer_of_success_delivers(status: int) -> None:
    states = InMemoryStates()

    outcome = attempt(Endpoint(says(status)), states=states, clock=Watch())

    assert (outcome.fate, states.stored) == (Fate.DELIVERED, {})


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 400, 401, 404, 409, 500, 501])
def test_any_other_answer_is_a_failure_of_this_event_alone(status: int) -> None:
    states, clock = InMemoryStates(), Watch()

    outcome = attempt(Endpoint(says(status)), states=states, clock=clock)
    other = attempt(Endpoint(says(200)), states=states, clock=clock, delivery=an_event(2))

    assert (outcome.fate, outcome.after_seconds) == (Fate.LATER, 5)
    assert other.fate is Fate.DELIVERED


@pytest.mark.parametrize("status", [None, 429, 502, 503, 504])
def test_no_answer_or_one_that_asks_for_less_pauses_the_endpoint(status: int | None) -> None:
    states, clock = InMemoryStates(), Watch()
    hanging = Endpoint(says(status))

    attempt(hanging, states=states, clock=clock)
    waiting = attempt(hanging, states=states, clock=clock, delivery=an_event(2))
    elsewhere = attempt(
        Endpoint(says(200)), states=states, clock=clock, delivery=an_event(3, endpoint_id="archive")
    )

    assert hanging.effects.log == ["send"]
    assert (waiting.fate, waiting.was_sent) == (Fate.LATER, False)
    assert 30 <= waiting.after_seconds <= 38
    assert elsewhere.fate is Fate.DELIVERED


def test_pauses_grow_and_end_with_the_first_success() -> None:
    states, clock = InMemoryStates(), Watch()
    endpoint = Endpoint(says(None))
    pauses = []
    for _ in range(8):
        attempt(endpoint, states=states, clock=clock)
        until = states.get("billing").paused_until
        assert until is not None
        pauses.append(until - clock())
        clock.now = until
    endpoint.answer = says(200)

    attempt(endpoint, states=states, clock=clock)

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (pause_after(1), LONGEST_PAUSE)
    assert states.stored == {}


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        ("0", 5),
        ("Tue, 01 Dec 2026 12:02:00 GMT", 120),
        ("Mon, 30 Nov 2026 12:00:00 GMT", 5),
        ("99999999999999999999", int(LONGEST_WAIT.total_seconds())),
        ("soon", 5),
        ("-1", 5),
        ("\uff11\uff12\uff10", 5),
    ],
)
def test_what_the_endpoint_asks_for_is_kept(retry_after: str, seconds: int) -> None:
    outcome = attempt(Endpoint(says(500, retry_after)), states=InMemoryStates(), clock=Watch())

    assert outcome.after_seconds == seconds


def test_an_endpoint_that_is_gone_is_switched_off_and_its_events_are_kept() -> None:
    states, clock = InMemoryStates(), Watch()
    gone = Endpoint(says(410))

    first = attempt(gone, states=states, clock=clock)
    next_one = attempt(gone, states=states, clock=clock, delivery=an_event(2))

    assert (first.fate, first.was_disabled) == (Fate.PARKED, True)
    assert (next_one.fate, next_one.was_sent, next_one.was_disabled) == (Fate.PARKED, False, False)
    assert gone.effects.log == ["send"]


class TestSchedule:
    def test_without_jitter_it_is_the_suggested_one_with_attempts_between_the_longest_pauses(self) -> None:
        at, attempts = NOON, [timedelta()]
        while (following := next_attempt_at(NOON, now=at, chance=0.5)) is not None:
            at = following
            attempts.append(at - NOON)

        assert set(attempts) >= {timedelta(), *ATTEMPT_OFFSETS}
        assert attempts[1:4] == [
            timedelta(seconds=5),
            timedelta(minutes=5, seconds=5),
            timedelta(minutes=35, seconds=5),
        ]
        assert max(b - a for a, b in pairwise(attempts)) <= LONGEST_WAIT
        assert attempts[-1] == ATTEMPT_OFFSETS[-1]

    @pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
    def test_jitter_moves_an_attempt_by_a_tenth_at_most(self, chance: float) -> None:
        after = next_attempt_at(NOON, now=NOON + timedelta(seconds=6), chance=chance)

        assert after is not None
        assert abs(after - NOON - timedelta(minutes=5, seconds=5)) <= timedelta(seconds=30)

    def test_after_the_last_attempt_a_dead_endpoint_is_switched_off(self) -> None:
        states, clock = InMemoryStates(), Watch()
        endpoint = Endpoint(says(None))
        attempt(endpoint, states=states, clock=clock)
        clock.now = NOON + ATTEMPT_OFFSETS[-1] + timedelta(hours=3)

        outcome = attempt(endpoint, states=states, clock=clock)

        assert (outcome.fate, outcome.was_disabled) == (Fate.PARKED, True)

    def test_one_event_that_is_never_taken_switches_nothing_off(self) -> None:
        states, clock = InMemoryStates(), Watch()
        endpoint = Endpoint(says(400))
        attempt(endpoint, states=states, clock=clock)
        attempt(Endpoint(says(200)), states=states, clock=clock, delivery=an_event(2))
        clock.now = NOON + ATTEMPT_OFFSETS[-1] + timedelta(hours=3)

        outcome = attempt(endpoint, states=states, clock=clock)

        assert (outcome.fate, outcome.was_disabled) == (Fate.PARKED, False)


@dataclass
class Queue:
    """A FIFO queue with a group for each visit, read one message at a time, on a clock that jumps."""

    clock: Watch
    states: InMemoryStates
    endpoints: dict[str, Endpoint]
    waiting: list[tuple[str, Delivery, datetime]] = field(default_factory=list)
    parked: list[Delivery] = field(default_factory=list)

    def put(self, group: str, delivery: Delivery) -> None:
        self.waiting.append((group, delivery, self.clock()))

    def run(self, *, until: datetime) -> None:
        while True:
            heads: dict[str, int] = {}
            for position, (group, _, _) in enumerate(self.waiting):
                heads.setdefault(group, position)
            if not heads:
                return
            position = min(heads.values(), key=lambda one: self.waiting[one][2])
            group, delivery, due = self.waiting[position]
            if due > until:
                return
            self.clock.now = max(self.clock.now, due)
            try:
                outcome = attempt(
                    self.endpoints[delivery.endpoint_id],
                    states=self.states,
                    clock=self.clock,
                    delivery=delivery,
                )
            except KilledError:
                # The queue's own time, after which a message that nobody finished comes again.
                self.waiting[position] = (group, delivery, self.clock() + timedelta(minutes=3))
                continue
            if outcome.fate is Fate.LATER:
                again = self.clock() + timedelta(seconds=outcome.after_seconds)
                self.waiting[position] = (group, delivery, again)
                continue
            if outcome.fate is Fate.PARKED:
                self.parked.append(delivery)
            del self.waiting[position]


def _queue(*, billing: Callable[[], Attempt]) -> Queue:
    clock, effects = Watch(), Effects()
    return Queue(
        clock=clock,
        states=InMemoryStates(effects),
        endpoints={"billing": Endpoint(billing, effects=effects), "archive": Endpoint(says(204))},
    )


def test_an_endpoint_that_is_down_for_a_day_gets_everything_afterwards_in_order() -> None:
    queue = _queue(billing=says(None))
    for number in range(200):
        visit = number % 20
        queued_at = NOON + timedelta(minutes=5 * number)
        queue.run(until=queued_at)
        queue.clock.now = queued_at
        queue.put(f"visit {visit}", an_event(number, queued_at=queued_at))
    queue.run(until=NOON + DAY)
    billing = queue.endpoints["billing"]
    assert billing.received == []
    billing.answer = says(204)

    queue.run(until=NOON + 3 * DAY)

    assert sorted(billing.received) == sorted(f"evt_{number}" for number in range(200))
    for visit in range(20):
        of_visit = [one for one in billing.received if int(one.removeprefix("evt_")) % 20 == visit]
        assert of_visit == [f"evt_{number}" for number in range(visit, 200, 20)]
    assert queue.parked == []


def test_an_endpoint_that_hangs_costs_the_others_almost_nothing() -> None:
    seconds_lost: list[float] = []
    queue = _queue(billing=says(None))

    def hang() -> Attempt:
        seconds_lost.append(15)
        return Attempt(status=None)

    queue.endpoints["billing"].answer = hang
    for number in range(500):
        queue.put(f"b{number}", an_event(number))
        queue.put(f"a{number}", an_event(number, endpoint_id="archive"))

    queue.run(until=NOON + timedelta(hours=1))

    assert len(queue.endpoints["archive"].received) == 500
    # One sender is held for less than 5 % of the hour, however many events wait.
    assert sum(seconds_lost) < 0.05 * 3600


def test_wherever_the_sender_dies_each_event_arrives_in_order(subtests: pytest.Subtests) -> None:
    answers = [says(None), says(500), says(204), says(503, "9")]

    def story(disturb: Callable[[Effects], None]) -> Queue:
        turns = [answer for answer in answers for _ in range(2)]

        def answer() -> Attempt:
            return (turns.pop(0) if turns else says(204))()

        queue = _queue(billing=answer)
        disturb(queue.endpoints["billing"].effects)
        for number in range(4):
            queue.put("visit", an_event(number))
        queue.run(until=NOON + 3 * DAY)
        return queue

    effects = list(story(lambda _: None).endpoints["billing"].effects.log)
    assert {"send", "failed", "succeeded"} <= set(effects)
    for place in ("before", "after"):
        for number, name in enumerate(effects):
            with subtests.test(f"killed {place} {name} ({number})"):

                def disturb(
                    of: Effects, *, name: str = name, number: int = number, place: str = place
                ) -> None:
                    arm = of.before if place == "before" else of.after
                    for _ in range(effects[:number].count(name)):
                        arm(name, lambda: None)
                    arm(name, killed)

                queue = story(disturb)

                received = queue.endpoints["billing"].received
                assert list(dict.fromkeys(received)) == [f"evt_{number}" for number in range(4)]
                assert (queue.waiting, queue.parked) == ([], [])
