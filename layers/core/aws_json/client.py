"""DynamoDB's GetItem: signed, repeated where that helps, over before its deadline.

What is repeated: throttling, 5xx, lost connections and broken answers, with full jitter, as AWS's SDKs do.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import binascii
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from aws_json.answer import Answer
from aws_json.connection import Connection, ConnectionFailedError
from aws_json.credentials import credentials
from aws_json.endpoint import origin, region
from aws_json.errors import RefusedError, UnavailableError
from aws_json.signature import signed_headers
from aws_json.trust import new_tls_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

type JsonObject = dict[str, Any]

# A healthy read takes single-digit milliseconds, and a patient waits for it.
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
READ_SECONDS = 3.0
"""For all attempts of one read together, with the pauses between them."""
FIRST_PAUSE_SECONDS = 0.1
"""Doubled each time; the pause is a random part of it.
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""
MAXIMUM_PAUSE_SECONDS = 1.0
CLOCK_TOLERANCE = timedelta(minutes=4)
"""A signature is good for five minutes either way."""

PASSING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Refused now and granted a moment later: what botocore's standard mode repeats, in any service."""
TOO_MANY_REQUESTS = 429


def is_passing(code: str, *, status: int) -> bool:
    """Return whether an error of any AWS service says that the same request may succeed a moment later."""
    return status >= 500 or status == TOO_MANY_REQUESTS or code in PASSING_CODES


WRONG_TIME = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"}
)

_encoded = json.JSONEncoder(separators=(",", ":")).encode


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DynamoDBReader:
    """Reads items, over connections that are kept. Safe to share between threads."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read the region and the address; nothing is sent.

        Raises:
            ConfigurationError: the environment does not say where to go.
        """
        self._idle: list[Connection] = []
        self._environment = environment
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._region = region(environment)
        self._origin = origin(environment)
        self._tls: ssl.SSLContext | None = None
        self._clock_error = timedelta()

    def connect(self) -> None:
        """Open a connection now, for the first read to use; a failure is left for that read to meet."""
        try:
            self._idle.append(self._new_connection(deadline=self._monotonic() + READ_SECONDS))
        except ConnectionFailedError:
            return

    def close(self) -> None:
        """Close the connections that are kept; a later read opens another."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        """Close the connections of a reader that nobody holds any more."""
        self.close()

    def get_item(self, request: Mapping[str, object]) -> JsonObject:
        """Return GetItem's answer to a request; the read is strongly consistent.

        Raises:
            RefusedError: DynamoDB said no.
            UnavailableError: it could not be heard in time, or said that it is busy.
            ConfigurationError: there are no credentials.
        """
        body = _encoded({**request, "ConsistentRead": True}).encode()
        deadline = self._monotonic() + READ_SECONDS
        longest_pause_seconds = FIRST_PAUSE_SECONDS
        may_set_clock = True
        first: UnavailableError | None = None
        while True:
            try:
                answer = self._exchange(self._message(body), deadline=deadline)
                return _document(answer)
            except UnavailableError as error:
                # The last attempt may have too little time to find out what is wrong.
                first = first or error
                pause_seconds = _jitter() * longest_pause_seconds
                if self._monotonic() + pause_seconds >= deadline:
                    raise first from None
                self._sleep(pause_seconds)
                longest_pause_seconds = min(longest_pause_seconds * 2, MAXIMUM_PAUSE_SECONDS)
            except RefusedError as refusal:
                # Sent again at once, and once only, if the clock was what was wrong.
                if not may_set_clock or refusal.code not in WRONG_TIME or not self._set_clock(answer):
                    raise
                may_set_clock = False

    def _message(self, body: bytes) -> bytes:
        headers = signed_headers(
            {
                "content-type": "application/x-amz-json-1.0",
                "host": self._origin.authority,
                "x-amz-target": "DynamoDB_20120810.GetItem",
            },
            body=body,
            credentials=credentials(self._environment),
            region=self._region,
            now=self._clock() + self._clock_error,
        )
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(("POST / HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""))
        return head.encode() + body

    def _exchange(self, message: bytes, *, deadline: float) -> Answer:
        try:
            connection = self._take_idle()
            answer = None
            if connection is not None:
                try:
                    answer = connection.exchange(message, seconds=self._seconds(ANSWER_SECONDS, deadline))
                except ConnectionFailedError as error:
                    # It ended unnoticed while it was idle: that costs no pause.
                    if not error.was_dead:
                        raise
            if connection is None or answer is None:
                connection = self._new_connection(deadline=deadline)
                answer = connection.exchange(message, seconds=self._seconds(ANSWER_SECONDS, deadline))
        except ConnectionFailedError as error:
            raise UnavailableError(error.reason) from None
        if connection.may_be_kept:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _take_idle(self) -> Connection | None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_alive():
                return connection
            connection.close()

    def _new_connection(self, *, deadline: float) -> Connection:
        if self._origin.is_tls and self._tls is None:
            self._tls = new_tls_context(self._environment)
        return Connection(self._origin, tls=self._tls, seconds=self._seconds(CONNECT_SECONDS, deadline))

    def _seconds(self, limit_seconds: float, deadline: float) -> float:
        """Return the limit, or what is left until the deadline if that is less."""
        return min(limit_seconds, deadline - self._monotonic())

    def _set_clock(self, answer: Answer) -> bool:
        """Take DynamoDB's time for ours; return whether that changes anything."""
        try:
            date = answer.headers.get("date", "")
            theirs = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        except ValueError:
            return False
        error = theirs - self._clock()
        is_news = abs(error - self._clock_error) > CLOCK_TOLERANCE
        if is_news:
            self._clock_error = error
        return is_news


def _document(answer: Answer) -> JsonObject:
    expected = answer.headers.get("x-amz-crc32")
    if expected is not None and expected != str(binascii.crc32(answer.body)):
        raise UnavailableError("ChecksumMismatch")
    try:
        document = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        if answer.status == 200:
            raise UnavailableError("UnreadableAnswer")
        document = {}
    if answer.status == 200:
        return document
    # `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, or the last part alone.
    code = str(document.get("__type") or f"Http{answer.status}").rpartition("#")[2]
    if is_passing(code, status=answer.status):
        raise UnavailableError(code)
    raise RefusedError(code)


def _jitter() -> float:
    """Return a number from 0 to 1 that no two processes share; `random` would cost an import."""
    return int.from_bytes(os.urandom(4)) / 2**32
