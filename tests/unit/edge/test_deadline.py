"""Clients of AWS know until when an invocation may take, whatever calls the function."""

import math
from typing import Any

import pytest

from teleconsultation.deadline import deadline
from teleconsultation.edge.http import Handler, Request, Response, endpoint
from teleconsultation.edge.invocation import InvocationFailedError, invocation
from teleconsultation.edge.powertools_log import log
from tests.fakes.api_gateway import http_event, lambda_context

seen: list[float] = []


@endpoint(outcome="Done", log=log)
def route(_request: Request) -> Response:
    seen.append(deadline.remaining_seconds())
    return Response(status=204)


@invocation
def background(_event: object, _context: object) -> dict[str, Any]:
    seen.append(deadline.remaining_seconds())
    return {}


@invocation
def failing(_event: object, _context: object) -> dict[str, Any]:
    raise ArithmeticError


@pytest.mark.parametrize("handler", [route, background])
def test_the_deadline_is_that_of_the_invocation_under_way(handler: Handler) -> None:
    seen.clear()

    for milliseconds in (20_000, 7_000):
        handler(http_event("POST"), lambda_context(remaining_milliseconds=milliseconds))

    assert seen == [20.0, 7.0]
    assert deadline.remaining_seconds() == math.inf


def test_one_that_failed_leaves_none() -> None:
    with pytest.raises(InvocationFailedError):
        failing({}, lambda_context(remaining_milliseconds=0))

    assert deadline.remaining_seconds() == math.inf
