"""What is remembered of endpoints, on both emulators."""

from datetime import timedelta

import pytest

from teleconsultation.domain.delivery import EndpointState
from teleconsultation.storage.endpoint_states import DynamoDBEndpointStates
from teleconsultation.storage.transport import DynamoDB
from tests.fakes.watch import NOON

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def states(transport: DynamoDB, table_name: str) -> DynamoDBEndpointStates:
    return DynamoDBEndpointStates(transport, table_name=table_name)


def test_an_endpoint_that_has_not_failed_has_nothing(states: DynamoDBEndpointStates) -> None:
    states.succeeded("billing")

    assert states.get("billing") == EndpointState()


def test_failures_are_counted_since_the_first(states: DynamoDBEndpointStates) -> None:
    states.failed("billing", at=NOON, paused_until=None)
    states.failed("billing", at=LATER, paused_until=LATER)
    states.failed("billing", at=LATER, paused_until=LATER)

    assert states.get("billing") == EndpointState(failures=2, failing_since=NOON, paused_until=LATER)
    assert states.get("archive") == EndpointState()


def test_a_success_forgets_failures(states: DynamoDBEndpointStates) -> None:
    states.failed("billing", at=NOON, paused_until=LATER)

    states.succeeded("billing")

    assert states.get("billing") == EndpointState()


def test_an_endpoint_that_is_switched_off_stays_so(states: DynamoDBEndpointStates) -> None:
    states.disable("billing", at=NOON)
    states.disable("billing", at=LATER)

    states.succeeded("billing")

    assert states.get("billing").disabled_at == NOON
