"""Lambda's event source mappings on a laptop: hands the table's stream and the queues to the functions."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from deployment.template.application import REGION, Application, Function
from local.emulator import AwsEmulator
from local.gateway.exchange import Json
from local.gateway.invoker import FunctionError, Invoker

PUBLISHER: Final = "PublishEventsFunction"
SENDER: Final = "DeliverWebhookFunction"
# So many events are sent at once. One endpoint that hangs shows that the others do not wait for it.
SENDERS: Final = 4
_PAUSE_SECONDS: Final = 0.3
_STREAM_BATCH: Final = 100
_STOP_TIMEOUT_SECONDS: Final = 5.0

type Step = Callable[[], bool]
"""Hands over what there is; returns whether there was anything."""


@contextmanager
def running_event_sources(
    application: Application,
    *,
    invoker: Invoker,
    aws: AwsEmulator,
    table_name: str,
) -> Iterator[None]:
    """Read the stream and the queues until the block ends."""
    publisher, sender = (application.functions[name] for name in (PUBLISHER, SENDER))
    door_queue_url = publisher.environment["DOOR_QUEUE_URL"]
    delivery_queue_url = sender.environment["DELIVERY_QUEUE_URL"]
    stream = _Stream(aws, table_name=table_name, publish=_calling(publisher, invoker=invoker))
    steps: list[Step] = [
        stream.step,
        _Queue(aws, url=door_queue_url, batch=10, run=_calling(publisher, invoker=invoker)).step,
        *(
            _Queue(aws, url=delivery_queue_url, batch=1, run=_calling(sender, invoker=invoker)).step
            for _ in range(SENDERS)
        ),
    ]
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_repeat, args=(step,), kwargs={"stopped": stopped}, daemon=True)
        for step in steps
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=_STOP_TIMEOUT_SECONDS)


def _repeat(step: Step, *, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            had_something = step()
        except (FunctionError, BotoCoreError, ClientError):
            # The function's log has the reason; what failed comes again.
            had_something = False
        if not had_something:
            stopped.wait(_PAUSE_SECONDS)


def _calling(function: Function, *, invoker: Invoker) -> Callable[[Sequence[Json]], set[str]]:
    """Return what runs a function with records and returns the identifiers of those that failed."""

    def run(records: Sequence[Json]) -> set[str]:
        answer = invoker(
            function,
            event={"Records": list(records)},
            request_id=str(uuid.uuid4()),
            timeout_seconds=function.timeout_seconds,
        )
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    return run


class _Stream:
    """The stream of a table, of which the emulator has one shard."""

    def __init__(
        self, aws: AwsEmulator, *, table_name: str, publish: Callable[[Sequence[Json]], set[str]]
    ) -> None:
        self._client = aws.client("dynamodbstreams")
        self._publish = publish
        table = aws.client("dynamodb").describe_table(TableName=table_name)["Table"]
        self._arn: str = table["LatestStreamArn"]
        self._iterator: str | None = None
        self._pending: list[Json] = []

    def step(self) -> bool:
        if not self._pending:
            self._pending = self._read()
        if not self._pending:
            return False
        failed = self._publish(self._pending)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self._pending]
        # As Lambda: again from the first that failed.
        begin = min((numbers.index(number) for number in failed if number in numbers), default=len(numbers))
        self._pending = self._pending[begin:]
        return begin > 0

    def _read(self) -> list[Json]:
        if self._iterator is None:
            description = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]
            self._iterator = self._client.get_shard_iterator(
                StreamArn=self._arn,
                ShardId=description["Shards"][0]["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
        answer = self._client.get_records(ShardIterator=self._iterator, Limit=_STREAM_BATCH)
        self._iterator = answer["NextShardIterator"]
        return [_as_lambda_has_it(record, arn=self._arn) for record in answer["Records"]]


def _as_lambda_has_it(record: Mapping[str, Any], *, arn: str) -> Json:
    """Return a record of the stream in the form of Lambda's events: the instant is a number."""
    written = dict(record["dynamodb"])
    at = written["ApproximateCreationDateTime"]
    written["ApproximateCreationDateTime"] = at.timestamp() if isinstance(at, datetime) else at
    return {**record, "dynamodb": written, "eventSource": "aws:dynamodb", "eventSourceARN": arn}


class _Queue:
    def __init__(
        self, aws: AwsEmulator, *, url: str, batch: int, run: Callable[[Sequence[Json]], set[str]]
    ) -> None:
        self._client = aws.client("sqs")
        self._url = url
        self._batch = batch
        self._run = run

    def step(self) -> bool:
        answer = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=self._batch, MessageSystemAttributeNames=["All"]
        )
        records = [_as_record(message) for message in answer.get("Messages", [])]
        if not records:
            return False
        failed = self._run(records)
        for record in records:
            if record["messageId"] not in failed:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=record["receiptHandle"])
        return True


def _as_record(message: Mapping[str, Any]) -> Json:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": REGION,
    }
