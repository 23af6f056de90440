"""EventBridge's schedules on a laptop: runs functions at the rate in their template."""

import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from deployment.template.application import ACCOUNT_ID, REGION, Function
from local.gateway.exchange import Json
from local.gateway.invoker import FunctionError, Invoker

_STOP_TIMEOUT_SECONDS: Final = 5.0


@contextmanager
def running_schedules(functions: Iterable[Function], *, invoker: Invoker) -> Iterator[None]:
    """Run each function that has a rate until the block ends, the first time after one period.

    A failed run is in the functions' log; the next one comes as planned, as on AWS.
    """
    stopped = threading.Event()

    def run(function: Function, *, every_seconds: int) -> None:
        while not stopped.wait(every_seconds):
            try:
                invoker(
                    function,
                    event=scheduled_event(function, now=datetime.now(UTC)),
                    request_id=str(uuid.uuid4()),
                    timeout_seconds=function.timeout_seconds,
                )
            except FunctionError:
                continue

    threads = [
        threading.Thread(
            target=run, args=(function,), kwargs={"every_seconds": function.every_seconds}, daemon=True
        )
        for function in functions
        if function.every_seconds is not None
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=_STOP_TIMEOUT_SECONDS)


def scheduled_event(function: Function, *, now: datetime) -> Json:
    """Return the event that EventBridge sends to a function on a schedule.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/local-{function.name}"],
        "detail": {},
    }
