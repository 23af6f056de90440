"""Calls of doors: at once or by a delay where a queue can hold them back, by a schedule otherwise."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.events import DoorCall, EventType
from teleconsultation.publishing.door_clock import QueueClock, call_message, read_call
from teleconsultation.publishing.put_aside import PutAside
from tests.fakes.watch import NOON, Watch

ID = "5f0c9a1be2d34c7a8b6d0e1f"


def call(*, after: timedelta) -> DoorCall:
    return DoorCall(type=EventType.OPENED, teleconsultation_id=ID, at=NOON + after, door=NOON + after)


@pytest.fixture
def aws() -> SimpleNamespace:
    session = boto3.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="a")
    sqs, scheduler = session.client("sqs"), session.client("scheduler")
    stubs = SimpleNamespace(sqs=Stubber(sqs), scheduler=Stubber(scheduler))
    stubs.sqs.activate()
    stubs.scheduler.activate()
    stubs.clock = QueueClock(
        queue_url="https://sqs.test/doors",
        queue_arn="arn:aws:sqs:eu-west-1:123456789012:doors",
        group="doors",
        role_arn="arn:aws:iam::123456789012:role/doors",
        sqs=sqs,
        scheduler=scheduler,
        clock=Watch(),
        put_aside=PutAside(lambda: "https://sqs.test/doors", client=lambda: sqs),
    )
    return stubs


def schedule(of: DoorCall, *, name: str, at: str) -> dict[str, Any]:
    return {
        "Name": f"{ID}-opened-{name}",
        "GroupName": "doors",
        "ScheduleExpression": f"at({at})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": "arn:aws:sqs:eu-west-1:123456789012:doors",
            "RoleArn": "arn:aws:iam::123456789012:role/doors",
            "Input": json.dumps(call_message(of)),
        },
    }


@pytest.mark.parametrize(
    ("after", "delay"),
    [
        (timedelta(hours=-3), 0),
        (timedelta(seconds=1.2), 2),
        (timedelta(minutes=14, seconds=59), 899),
    ],
    ids=["past", "soon", "within the queue's time"],
)
def test_what_is_due_soon_waits_in_the_queue(aws: SimpleNamespace, after: timedelta, delay: int) -> None:
    due = call(after=after)
    aws.sqs.add_response(
        "send_message",
        {"MessageId": "1"},
        {
            "QueueUrl": "https://sqs.test/doors",
            "MessageBody": json.dumps(call_message(due)),
            "DelaySeconds": delay,
        },
    )

    aws.clock.call_at(due)

    aws.sqs.assert_no_pending_responses()


def test_what_is_due_later_has_a_schedule_that_does_not_come_early(aws: SimpleNamespace) -> None:
    due = call(after=timedelta(days=30, milliseconds=1))
    expected = schedule(due, name="20261231T120000001000", at="2026-12-31T12:00:01")
    aws.scheduler.add_response("create_schedule", {"ScheduleArn": "arn"}, expected)

    aws.clock.call_at(due)

    aws.scheduler.assert_no_pending_responses()


def test_a_call_that_is_set_again_late_replaces_no_schedule_of_a_later_change(aws: SimpleNamespace) -> None:
    moved, late = call(after=timedelta(hours=2)), call(after=timedelta(hours=1))
    for due, name, at in (
        (moved, "20261201T140000000000", "2026-12-01T14:00:00"),
        (late, "20261201T130000000000", "2026-12-01T13:00:00"),
    ):
        expected = schedule(due, name=name, at=at)
        aws.scheduler.add_response("create_schedule", {"ScheduleArn": "arn"}, expected)

    aws.clock.call_at(moved)
    aws.clock.call_at(late)

    aws.scheduler.assert_no_pending_responses()


def test_a_call_that_is_set_already_is_done(aws: SimpleNamespace) -> None:
    aws.scheduler.add_client_error("create_schedule", "ConflictException", http_status_code=409)

    aws.clock.call_at(call(after=timedelta(hours=1)))

    assert aws.clock._put_aside.taken_reasons() == []


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ServiceQuotaExceededException", "ValidationException"]
)
def test_a_schedule_that_is_not_taken_comes_to_the_queue_and_holds_nothing_up(
    aws: SimpleNamespace, code: str
) -> None:
    due = call(after=timedelta(days=30))
    aws.scheduler.add_client_error("create_schedule", code, http_status_code=400)
    aws.sqs.add_response(
        "send_message",
        {"MessageId": "1"},
        {
            "QueueUrl": "https://sqs.test/doors",
            "MessageBody": json.dumps(call_message(due)),
            "DelaySeconds": 900,
        },
    )

    aws.clock.call_at(due)

    aws.sqs.assert_no_pending_responses()
    assert aws.clock._put_aside.taken_reasons() == [f"scheduler: {code}"]


def test_a_scheduler_that_hangs_is_waited_for_once() -> None:
    clock, asked, queue = Watch(), list[str](), list[str]()

    class Scheduler:
        def create_schedule(self, **schedule: Any) -> None:
            asked.append(schedule["Name"])
            clock.advance(seconds=7)
            raise ReadTimeoutError(endpoint_url="https://scheduler.test")

    class Queue:
        def send_message(self, **message: Any) -> None:
            queue.append(message["MessageBody"])

    sqs: Any = Queue()
    scheduler: Any = Scheduler()
    put_aside = PutAside(lambda: "https://sqs.test/doors", client=lambda: sqs)
    doors = QueueClock(
        queue_url="https://sqs.test/doors",
        queue_arn="arn",
        group="doors",
        role_arn="arn",
        sqs=sqs,
        scheduler=scheduler,
        clock=clock,
        put_aside=put_aside,
    )
    calls = [call(after=timedelta(days=days)) for days in range(1, 101)]

    for one in calls:
        doors.call_at(one)

    assert len(asked) == 1
    assert [read_call(json.loads(message)) for message in queue] == calls


def test_a_call_that_neither_scheduler_nor_queue_takes_fails(aws: SimpleNamespace) -> None:
    aws.scheduler.add_client_error("create_schedule", "ThrottlingException", http_status_code=400)
    aws.sqs.add_client_error("send_message", "ServiceUnavailable", http_status_code=503)

    with pytest.raises(EventsUnavailableError):
        aws.clock.call_at(call(after=timedelta(hours=1)))


def test_a_call_is_read_as_it_was_sent() -> None:
    sent = call(after=timedelta(hours=1))

    assert read_call(json.loads(json.dumps(call_message(sent)))) == sent
