"""The parts of the two functions that publish and deliver events."""

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from teleconsultation import bootstrap
from teleconsultation.aws_clients import ATTEMPTS, client_config, in_time
from teleconsultation.domain.errors import EventsUnavailableError
from teleconsultation.publishing import standard_webhooks
from teleconsultation.publishing.cloud_event import CONTENT_TYPE
from teleconsultation.publishing.door_clock import QueueClock
from teleconsultation.publishing.door_clock import read_call as read_door_call
from teleconsultation.publishing.endpoint_queue import DeliveryQueue, EndpointQueue, read_delivery
from teleconsultation.publishing.endpoints import Endpoints
from teleconsultation.publishing.event_bus import EventBus
from teleconsultation.publishing.publisher import Publisher, Receiver
from teleconsultation.publishing.put_aside import PatientReceiver, PutAside
from teleconsultation.publishing.put_aside import read_event as read_put_aside
from teleconsultation.publishing.webhook_client import WebhookClient
from teleconsultation.settings import required
from teleconsultation.storage.changes import read_news
from teleconsultation.storage.endpoint_states import DynamoDBEndpointStates

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

__all__ = [
    "delivery_queue",
    "door_clock",
    "endpoint_queue",
    "endpoint_states",
    "endpoints",
    "event_bus",
    "event_publisher",
    "put_aside",
    "read_delivery",
    "read_door_call",
    "read_news",
    "read_put_aside",
    "signed_headers",
    "webhook_client",
]


@cache
def event_publisher() -> Publisher:
    """Return those who are told of events."""
    receivers: list[Receiver] = []
    if (bus := event_bus()) is not None:
        receivers.append(PatientReceiver(bus.put, put_aside=put_aside(), clock=bootstrap.clock).put)
    if os.environ.get("EVENT_ENDPOINTS_SECRET_ARN"):
        receivers.append(endpoint_queue().put)
    return Publisher(receivers, deployment=required(os.environ, "POWERTOOLS_SERVICE_NAME"))


@cache
def event_bus() -> EventBus | None:
    """Return the bus of EventBridge; None if the deployment has none."""
    name = os.environ.get("EVENT_BUS_NAME")
    return EventBus(name, client=_events()) if name else None


@cache
def endpoint_queue() -> EndpointQueue:
    """Return the queue of events for endpoints."""
    return EndpointQueue(
        required(os.environ, "DELIVERY_QUEUE_URL"),
        client=_sqs(),
        endpoint_ids=lambda: endpoints().current(),
        note=lambda reason: put_aside().note(reason),
    )


@cache
def put_aside() -> PutAside:
    """Return what takes events and calls that cannot be published or set now."""
    return PutAside(lambda: required(os.environ, "DOOR_QUEUE_URL"), client=_sqs)


@cache
def door_clock() -> QueueClock:
    """Return what calls back when doors open and close."""
    return QueueClock(
        queue_url=required(os.environ, "DOOR_QUEUE_URL"),
        queue_arn=required(os.environ, "DOOR_QUEUE_ARN"),
        group=required(os.environ, "DOOR_SCHEDULE_GROUP"),
        role_arn=required(os.environ, "DOOR_SCHEDULE_ROLE_ARN"),
        sqs=_sqs(),
        scheduler=_scheduler(),
        clock=bootstrap.clock,
        put_aside=put_aside(),
    )


@cache
def endpoints() -> Endpoints:
    """Return the endpoints of booking systems."""
    return Endpoints(_endpoints_text, clock=bootstrap.clock, allows_loopback=_allows_loopback())


def endpoint_states(*, remaining_seconds: Callable[[], float]) -> DynamoDBEndpointStates:
    """Return what is remembered of endpoints, for one request, which ends in `remaining_seconds()`."""
    transport = bootstrap.transport(remaining_seconds=remaining_seconds)
    return DynamoDBEndpointStates(transport, table_name=bootstrap.settings().table_name)


@cache
def webhook_client() -> WebhookClient:
    """Return what sends to endpoints."""
    return WebhookClient(environment=os.environ, allows_loopback=_allows_loopback())


@cache
def delivery_queue() -> DeliveryQueue:
    """Return the queue of deliveries."""
    return DeliveryQueue(
        queue_url=required(os.environ, "DELIVERY_QUEUE_URL"),
        parked_queue_url=required(os.environ, "PARKED_QUEUE_URL"),
        client=_sqs(),
    )


def signed_headers(event_id: str, body: bytes, *, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of an attempt that is made now."""
    return {
        "Content-Type": CONTENT_TYPE,
        **standard_webhooks.signed_headers(event_id, body, keys=keys, at=bootstrap.clock()),
    }


def _allows_loopback() -> bool:
    # `make run` sets it; the template does not.
    return os.environ.get("ENDPOINTS_ON_THIS_MACHINE") == "true"


def _endpoints_text() -> str:
    # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
    try:
        answer = bootstrap.secrets_manager().get_secret_value(
            SecretId=required(os.environ, "EVENT_ENDPOINTS_SECRET_ARN")
        )
    except ClientError as error:
        problem = f"the endpoints' secret cannot be read: {error.response['Error']['Code']}"
    except BotoCoreError as error:
        problem = f"the endpoints' secret cannot be read: {type(error).__name__}"
    else:
        return answer.get("SecretString", "")
    raise EventsUnavailableError(problem)


@cache
def _events() -> "EventBridgeClient":
    return in_time(boto3.client("events", config=client_config(attempts=ATTEMPTS)))


@cache
def _sqs() -> "SQSClient":
    return in_time(boto3.client("sqs", config=client_config(attempts=ATTEMPTS)))


@cache
def _scheduler() -> "EventBridgeSchedulerClient":
    return in_time(boto3.client("scheduler", config=client_config(attempts=ATTEMPTS)))
