"""Deliver events to the endpoints of booking systems. The function has no route: Lambda reads the queue for
it, one message at a time, so that no endpoint waits for another.
"""

import random
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.bootstrap import events
from teleconsultation.domain.delivery import MOST_RECEIVES
from teleconsultation.domain.errors import EventsUnavailableError, StorageUnavailableError
from teleconsultation.edge.invocation import InvalidEventError, Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics
from teleconsultation.use_cases.deliver import Attempt, Fate, Outcome, deliver

bootstrap.prepare_storage()


@metrics.log_metrics
@invocation
def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not checked yet
    """Deliver the events of the messages, and return the messages that come again.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        records: list[Json] = event["Records"]
        is_queue = {record["eventSource"] for record in records} == {"aws:sqs"}
    except (KeyError, TypeError):
        is_queue = False
    if not is_queue:
        _count("EventsDelivered", 0)
        raise InvalidEventError("Records must be of the endpoints' queue")
    for position, record in enumerate(records):
        if not _is_finished(record, context=context):
            # Those behind it in the batch may be of the same visit.
            left = [one["messageId"] for one in records[position:]]
            return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in left]}
    return {"batchItemFailures": []}


def _is_finished(record: Json, *, context: LambdaContext) -> bool:
    """Deliver one message, and return whether it need not come again."""
    queue = events.delivery_queue()
    try:
        if int(record["attributes"]["ApproximateReceiveCount"]) > MOST_RECEIVES:
            logger.error("delivery has come too often")
            queue.park(record)
            _count("EventsParked", 1)
            return True
        if events.endpoint_queue().distribute(record):
            _count("EventsDelivered", 0)
            return True
        outcome = _deliver(record, context=context)
    except (KeyError, TypeError, ValueError):
        logger.error("delivery is not readable")
        queue.park(record)
        _count("EventsParked", 1)
        return True
    except (EventsUnavailableError, StorageUnavailableError) as error:
        # It comes again after the queue's own time.
        logger.warning("event is delivered later")
        _count("EventsDelivered", 0)
        _count("EventsPutAside", int(isinstance(error, EventsUnavailableError)))
        return False
    _count("EventsDelivered", int(outcome.fate is Fate.DELIVERED))
    _count("EventsParked", int(outcome.fate is Fate.PARKED))
    if outcome.fate is Fate.LATER:
        queue.hide(record["receiptHandle"], seconds=outcome.after_seconds)
        return False
    if outcome.fate is Fate.PARKED:
        queue.park(record)
    return True


def _deliver(record: Json, *, context: LambdaContext) -> Outcome:
    delivery = events.read_delivery(record)
    endpoint = events.endpoints().current().get(delivery.endpoint_id)
    logger.append_keys(endpoint=delivery.endpoint_id, event_id=delivery.event_id)
    if endpoint is None:
        # The operator has taken it away meanwhile.
        logger.info("endpoint is gone")
        return Outcome(fate=Fate.DELIVERED)
    body = delivery.body.encode()

    def send() -> Attempt:
        headers = events.signed_headers(delivery.event_id, body, keys=endpoint.keys)
        answer = events.webhook_client().attempt(endpoint.url, body, headers=headers)
        if answer.problem:
            logger.info("endpoint did not answer", problem=answer.problem)
        return Attempt(status=answer.status, retry_after=answer.retry_after)

    outcome = deliver(
        delivery,
        send=send,
        states=events.endpoint_states(
            remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000
        ),
        clock=bootstrap.clock,
        # S311: nothing secret
        chance=random.random,
    )
    facts = {"fate": outcome.fate.name, "was_sent": outcome.was_sent, "status": outcome.status}
    if outcome.was_disabled:
        logger.error("endpoint is switched off", extra=facts)
    else:
        logger.info("event handled", extra=facts)
    return outcome


def _count(name: str, value: int) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
