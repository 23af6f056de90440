"""Calls of one AWS service: signed, repeated where that helps, over before their deadline.

What is repeated: throttling, 5xx, lost connections and broken answers, with full jitter; writes too, as AWS's
own SDKs do. Whoever cannot bear a write that took effect twice gives it a condition.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import binascii
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_json.connection import Answer, Connection, ConnectionFailedError
from aws_json.credentials import Credentials, CredentialSource
from aws_json.endpoint import Service, origin, region
from aws_json.errors import RefusedError, UnavailableError
from aws_json.signature import signed_headers
from aws_json.trust import new_tls_context

type JsonObject = dict[str, Any]

# A healthy call takes single-digit milliseconds. A patient waits for the answer, and GET's function has ten
# seconds for everything.
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
CALL_SECONDS = 5.0
"""For all attempts of one call together, with the pauses between them."""
MAXIMUM_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.05
"""Doubled each time; the pause is a random part of it.
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""
CLOCK_TOLERANCE = timedelta(minutes=4)
"""A signature is good for five minutes either way."""

THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Refused with a status of 400, and granted a moment later."""
WRONG_TIME = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"}
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})

_encoded = json.JSONEncoder(separators=(",", ":")).encode


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AwsJsonClient:
    """Calls one service, over connections that are kept. Safe to share between threads."""

    def __init__(
        self,
        service: Service,
        *,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read the region and the address; nothing is sent.

        Raises:
            ConfigurationError: the environment does not say where to go.
        """
        self._idle: list[Connection] = []
        self._service = service
        self._environment = environment
        self._clock = clock
        self._sleep = sleep
        self._region = region(environment)
        self._origin = origin(service, environment=environment)
        self._credentials = CredentialSource(
            environment=environment, clock=clock, new_tls_context=lambda: new_tls_context(environment)
        )
        self._tls: ssl.SSLContext | None = None
        self._clock_error = timedelta()

    def connect(self) -> None:
        """Open a connection now, for the first call to use; a failure is left for that call to meet."""
        try:
            self._idle.append(self._new_connection(deadline=time.monotonic() + CALL_SECONDS))
        except ConnectionFailedError:
            return

    def close(self) -> None:
        """Close the connections that are kept; a later call opens another."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        """Close the connections of a client that nobody holds any more."""
        self.close()

    def call(self, operation: str, request: Mapping[str, object]) -> JsonObject:
        """Send one request and return the answer.

        Raises:
            RefusedError: the service said no.
            UnavailableError: it could not be heard in time, or said that it is busy.
            ConfigurationError: there are no credentials.
        """
        body = _encoded(request).encode()
        deadline = time.monotonic() + CALL_SECONDS
        cured: set[str] = set()
        attempt = 1
        while True:
            try:
                answer = self._attempt(operation, body=body, deadline=deadline, cured=cured)
            except UnavailableError:
                pause = _jitter() * FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
                if attempt == MAXIMUM_ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise
                self._sleep(pause)
                attempt += 1
            else:
                if answer is not None:
                    return answer

    def _attempt(self, operation: str, *, body: bytes, deadline: float, cured: set[str]) -> JsonObject | None:
        """Send it once; None means that it was refused for a reason that is gone by now."""
        credentials = self._credentials.current(deadline=deadline)
        headers = signed_headers(
            {
                "content-type": f"application/x-amz-json-{self._service.json_version}",
                "host": self._origin.authority,
                "x-amz-target": f"{self._service.target}.{operation}",
            },
            body=body,
            credentials=credentials,
            region=self._region,
            service=self._service.name,
            now=self._clock() + self._clock_error,
        )
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(("POST / HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""))
        answer = self._exchange(head.encode() + body, deadline=deadline)
        try:
            return _document(answer)
        except RefusedError as refusal:
            if self._cure(refusal, answer=answer, credentials=credentials, cured=cured):
                return None
            raise

    def _exchange(self, message: bytes, *, deadline: float) -> Answer:
        try:
            connection = self._take_idle()
            answer = None
            if connection is not None:
                try:
                    answer = connection.exchange(message, deadline=_sooner(deadline, ANSWER_SECONDS))
                except ConnectionFailedError as error:
                    # It died unnoticed while nobody looked: that costs neither an attempt nor a pause.
                    if not error.was_dead:
                        raise
            if connection is None or answer is None:
                connection = self._new_connection(deadline=deadline)
                answer = connection.exchange(message, deadline=_sooner(deadline, ANSWER_SECONDS))
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
        return Connection(self._origin, tls=self._tls, deadline=_sooner(deadline, CONNECT_SECONDS))

    def _cure(
        self, refusal: RefusedError, *, answer: Answer, credentials: Credentials, cured: set[str]
    ) -> bool:
        """Whether the reason has been taken away, so that the same request may be sent again at once."""
        if refusal.code in EXPIRED and "credentials" not in cured:
            cured.add("credentials")
            return self._credentials.has_others_than(credentials)
        if refusal.code in WRONG_TIME and "clock" not in cured:
            cured.add("clock")
            return self._set_clock(answer.headers.get("date", ""))
        return False

    def _set_clock(self, date: str) -> bool:
        try:
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
    except ValueError:
        document = None
    if not isinstance(document, dict):
        if answer.status == 200:
            raise UnavailableError("UnreadableAnswer")
        document = {}
    if answer.status == 200:
        return document
    # `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, or the last part alone.
    code = str(document.get("__type") or f"Http{answer.status}").rpartition("#")[2]
    if answer.status >= 500 or code in THROTTLED:
        raise UnavailableError(code)
    raise RefusedError(code, status=answer.status, body=document)


def _sooner(deadline: float, seconds: float) -> float:
    return min(deadline, time.monotonic() + seconds)


def _jitter() -> float:
    """Return a number from 0 to 1 that no two processes share; `random` would cost an import."""
    return int.from_bytes(os.urandom(4)) / 2**32
