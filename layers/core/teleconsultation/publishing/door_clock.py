"""The port `DoorClock`: a queue for what is due soon, and EventBridge Scheduler for what is due later.

No write marks the instant at which a door opens. A schedule for each door costs nothing until it fires, comes
within a minute, and adds no write to the record.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.domain.events import DoorCall, EventType
from teleconsultation.domain.ports import Clock
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.publishing.put_aside import LONGEST_DELAY, PutAside
from teleconsultation.publishing.slow_failures import SlowFailures

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef
    from mypy_boto3_sqs import SQSClient

_SUFFIXES: Final = {EventType.OPENED: "opened", EventType.ENDED: "ended"}


class QueueClock:
    """Sends each call to a queue when it is due."""

    def __init__(
        self,
        *,
        queue_url: str,
        queue_arn: str,
        group: str,
        role_arn: str,
        sqs: "SQSClient",
        scheduler: "EventBridgeSchedulerClient",
        clock: Clock,
        put_aside: PutAside,
    ) -> None:
        """Keep the clients; `role_arn` is the role with which Scheduler writes to the queue."""
        self._queue_url = queue_url
        self._target = {"Arn": queue_arn, "RoleArn": role_arn}
        self._group = group
        self._sqs = sqs
        self._scheduler = scheduler
        self._clock = clock
        self._put_aside = put_aside
        self._slow_failures = SlowFailures(clock=clock)

    def call_at(self, call: DoorCall) -> None:
        """As `DoorClock.call_at`. A call that an earlier change has set comes nevertheless; it is compared
        with the record, as all are.

        If Scheduler refuses a schedule, whether for now or for ever, the call goes to the queue and comes too
        early. Whoever reads it sets it again.
        """
        wait = call.at - self._clock()
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            if wait < LONGEST_DELAY:
                self._sqs.send_message(
                    QueueUrl=self._queue_url,
                    MessageBody=json.dumps(call_message(call)),
                    DelaySeconds=max(0, math.ceil(wait.total_seconds())),
                )
                return
        except ClientError as error:
            raise EventsUnavailableError(f"door clock: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise EventsUnavailableError(f"door clock: {type(error).__name__}") from None
        try:
            self._slow_failures.run(lambda: self._schedule(call))
        except EventsUnavailableError as error:
            self._put_aside.put(call_message(call), delay=LONGEST_DELAY, reason=str(error))

    def _schedule(self, call: DoorCall) -> None:
        instant = call.at.astimezone(UTC)
        # Scheduler's expression has whole seconds; the call must not come before its instant.
        at = instant + timedelta(microseconds=999_999)
        schedule: CreateScheduleInputTypeDef = {
            # Each instant has a schedule of its own: if they replaced each other, a call that is set again
            # late would replace that of a later change.
            "Name": f"{call.teleconsultation_id}-{_SUFFIXES[call.type]}-{instant:%Y%m%dT%H%M%S%f}",
            "GroupName": self._group,
            "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {**self._target, "Input": json.dumps(call_message(call))},  # type: ignore[typeddict-item]
        }
        try:
            self._scheduler.create_schedule(**schedule)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "ConflictException":  # then it is set already
                raise EventsUnavailableError(f"scheduler: {code}") from None
        except BotoCoreError as error:
            raise EventsUnavailableError(f"scheduler: {type(error).__name__}") from None


def call_message(call: DoorCall) -> dict[str, str]:
    """Return the message of a call."""
    return {
        "type": call.type.value,
        "roomId": call.teleconsultation_id,
        "at": to_text(call.at),
        "door": to_text(call.door),
    }


def read_call(message: Mapping[str, Any]) -> DoorCall:
    """Return the call in a message.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return DoorCall(
        type=EventType(message["type"]),
        teleconsultation_id=message["roomId"],
        at=_instant(message["at"]),
        door=_instant(message["door"]),
    )


def _instant(text: str) -> datetime:
    return from_text(text)
