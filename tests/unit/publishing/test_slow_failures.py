"""What hangs is waited for once, and a batch of many changes ends."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing.put_aside import PatientReceiver, PutAside, read_event
from teleconsultation.publishing.slow_failures import LEFT_ALONE_FOR, SLOW, SlowFailures
from tests.fakes.watch import Watch

INSTANT = timedelta(milliseconds=1)


class Bus:
    """A bus that takes its time to fail."""

    def __init__(self, clock: Watch) -> None:
        self.clock = clock
        self.fails_after: timedelta | None = None
        self.asked = 0

    def put(self, _events: Sequence[Mapping[str, Any]] = ()) -> None:
        self.asked += 1
        if self.fails_after is not None:
            self.clock.now += self.fails_after
            raise EventsUnavailableError("event bus: ReadTimeoutError")


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def bus(clock: Watch) -> Bus:
    return Bus(clock)


@pytest.fixture
def run(bus: Bus, clock: Watch) -> Callable[[], None]:
    failures = SlowFailures(clock=clock)
    return lambda: failures.run(bus.put)


def test_what_failed_slowly_is_left_alone_for_ten_seconds(
    bus: Bus, run: Callable[[], None], clock: Watch
) -> None:
    bus.fails_after = SLOW
    for _ in range(3):
        with pytest.raises(EventsUnavailableError, match="ReadTimeoutError"):
            run()
    assert bus.asked == 1
    bus.fails_after = None
    clock.now += LEFT_ALONE_FOR - INSTANT
    with pytest.raises(EventsUnavailableError):
        run()
    clock.now += INSTANT

    run()
    run()

    assert bus.asked == 3


def test_what_refuses_at_once_is_asked_each_time(bus: Bus, run: Callable[[], None]) -> None:
    bus.fails_after = SLOW - INSTANT
    for _ in range(2):
        with pytest.raises(EventsUnavailableError):
            run()

    assert bus.asked == 2


def test_a_bus_that_hangs_costs_a_batch_one_wait_and_no_event(bus: Bus, clock: Watch) -> None:
    queue: list[str] = []

    class Queue:
        def send_message(self, *, MessageBody: str, **_more: object) -> None:  # noqa: N803 - boto3's
            queue.append(MessageBody)

    put_aside = PutAside(lambda: "https://sqs.test/doors", client=lambda: cast("Any", Queue()))
    receiver = PatientReceiver(bus.put, put_aside=put_aside, clock=clock)
    bus.fails_after = timedelta(seconds=7)
    began_at = clock.now

    for number in range(100):
        receiver.put([{"id": f"evt_{number}"}])

    assert clock.now - began_at == timedelta(seconds=7)
    assert [read_event(json.loads(one)) for one in queue] == [
        {"id": f"evt_{number}"} for number in range(100)
    ]
    assert put_aside.taken_reasons() == ["event bus: ReadTimeoutError"] * 100
