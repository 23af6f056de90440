"""Publish what the table's stream and the clock say. The function has no route: Lambda reads the stream and
the queue of door calls for it.
"""

import json
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.bootstrap import events
from teleconsultation.domain.errors import EventsUnavailableError, StorageUnavailableError
from teleconsultation.edge.invocation import InvalidEventError, Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics
from teleconsultation.use_cases.publish import publish_changes, publish_door

bootstrap.prepare_storage()


@metrics.log_metrics
@invocation
def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not checked yet
    """Publish a batch, and return what has to be sent again.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    try:
        records: list[Json] = event["Records"]
        sources = {record["eventSource"] for record in records}
    except (KeyError, TypeError):
        sources = set()
    if sources == {"aws:dynamodb"}:
        failed = _changes(records)
    elif sources == {"aws:sqs"}:
        failed = _door_calls(records, context=context)
    else:
        _count(published=0, unreadable=0)
        raise InvalidEventError("Records must be of the table's stream, or of the queue of door calls")
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _changes(records: Sequence[Json]) -> list[str]:
    """Publish records of the stream, and return the number of the first that failed: Lambda begins with it
    again, which keeps the order.
    """
    done = publish_changes(
        records,
        read=events.read_news,
        publisher=events.event_publisher(),
        door_clock=events.door_clock(),
    )
    for position in done.unreadable:
        # The number leads an operator to the record as long as the stream has it.
        logger.error("change is not readable", sequence_number=_sequence_number(records[position]))
    _count(published=done.published, unreadable=len(done.unreadable))
    if done.failed_at is None:
        return []
    logger.warning("events are published later")
    return [_sequence_number(records[done.failed_at])]


def _sequence_number(record: Json) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _door_calls(records: Sequence[Json], *, context: LambdaContext) -> list[str]:
    """Publish calls of doors, and events that were put aside. Return the ids of the messages that failed."""
    teleconsultations = bootstrap.teleconsultations(
        remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000
    )
    bus = events.event_bus()
    failed: list[str] = []
    published = unreadable = 0
    for record in records:
        try:
            message = json.loads(record["body"])
            event = events.read_put_aside(message)
            call = events.read_door_call(message) if event is None else None
        except (KeyError, TypeError, ValueError):
            logger.error("door call is not readable")
            unreadable += 1
            continue
        try:
            if event is not None and bus is None:
                # The operator has taken the bus away meanwhile: nobody waits for the event any more.
                logger.info("event bus is gone", event_id=event["id"])
            elif event is not None and bus is not None:
                bus.put([event])
                published += 1
            elif call is not None:
                published += publish_door(
                    call,
                    teleconsultations=teleconsultations,
                    publisher=events.event_publisher(),
                    door_clock=events.door_clock(),
                    clock=bootstrap.clock,
                )
        except (EventsUnavailableError, StorageUnavailableError) as error:
            if event is not None:
                events.put_aside().note(str(error))
            failed.append(record["messageId"])
    _count(published=published, unreadable=unreadable)
    if failed:
        logger.warning("events are published later")
    return failed


def _count(*, published: int, unreadable: int) -> None:
    reasons = events.put_aside().taken_reasons()
    for reason in sorted(set(reasons)):
        logger.warning("put aside", reason=reason)
    metrics.add_metric(name="EventsPutAside", unit=MetricUnit.Count, value=len(reasons))
    metrics.add_metric(name="EventsPublished", unit=MetricUnit.Count, value=published)
    metrics.add_metric(name="UnreadableChanges", unit=MetricUnit.Count, value=unreadable)
