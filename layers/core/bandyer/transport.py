"""Send one request to Bandyer: authentication, time limits, and retries of requests that are safe to repeat.

`urllib3.Retry`, which `requests` supports, is not used for the retries. It has no deadline: it sleeps as long
as `Retry-After` says and gives every attempt the same timeout, so it would run longer than the Lambda
function. It also cannot report whether a failed request may have taken effect, or renew a key.
"""

import json
import math
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from bandyer.api_key import ApiKey
from bandyer.circuit_breaker import CircuitBreaker
from bandyer.errors import (
    AuthenticationError,
    BandyerError,
    CircuitOpenError,
    ConnectionFailedError,
    ConnectionLostError,
    ConnectTimeoutError,
    DeadlineExceededError,
    MalformedResponseError,
    RateLimitedError,
    ResponseTimeoutError,
    ServerError,
    UnavailableError,
)
from bandyer.failures import failure_in_answer, failure_of_connection
from bandyer.fields import JsonObject, UnreadableFieldError
from bandyer.http_session import new_session

# (connect, read): the limits of one attempt. Connecting takes one to three round trips, so after two seconds
# a new attempt is the better use of the time. Reading waits while the provider makes a room or a user, for
# which there are no figures; eight seconds leave time for a retry within API Gateway's limit of 30 seconds.
# `requests` applies the second number to each read and not to the whole answer, so a server that sends its
# answer slowly can extend an attempt. The vendor's answers have a few kilobytes and do not justify more code.
TIMEOUT_SECONDS: Final = (2.0, 8.0)

# With less time than this, the answer to an attempt would come too late.
MINIMUM_ATTEMPT_SECONDS: Final = 0.25

MAXIMUM_ATTEMPTS: Final = 3

# Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
FIRST_PAUSE_SECONDS: Final = 0.2

# The caller is waiting. If the provider asks for a longer pause, the error reports it to the caller.
LONGEST_PAUSE_SECONDS: Final = 5.0

_SENDABLE_KEY: Final = re.compile(r"[!-~]+")

type Method = Literal["GET", "POST", "PUT", "DELETE"]
type Query = Mapping[str, str | int]
type Files = Mapping[str, tuple[str | None, bytes, str]]
"""The fields of a form with files: name, content and media type of each. A plain value has no name."""


class Transport:
    """Sends requests below one root URL and reads their answers. Threads may share it.

    Raises (all methods):
        BandyerError: See `bandyer.errors`.
        ValueError: A path segment is empty, `.` or `..`.
    """

    def __init__(
        self,
        *,
        base_url: str,
        path_prefix: str,
        api_key: ApiKey,
        session: requests.Session | None = None,
        circuit_breaker: CircuitBreaker | None = None,
        attempts: int = MAXIMUM_ATTEMPTS,
        remaining_seconds: Callable[[], float] = lambda: math.inf,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = _root(base_url=base_url, path_prefix=path_prefix)
        self._api_key = api_key
        self._session = new_session() if session is None else session
        # Neither a .netrc (it would add an Authorization header) nor a proxy variable may decide where the
        # key is sent, not even on the caller's own session. A caller that needs a proxy sets it on the
        # session. This also saves reading the environment for each request.
        self._session.trust_env = False
        self._circuit_breaker = CircuitBreaker() if circuit_breaker is None else circuit_breaker
        self._attempts = attempts
        self._remaining_seconds = remaining_seconds
        self._sleep = sleep

    def fetch[T](
        self,
        method: Method,
        *path: str,
        read: Callable[[JsonObject], T],
        body: JsonObject | None = None,
        query: Query | None = None,
        files: Files | None = None,
    ) -> T:
        """Send a request, and return the result of `read` for the JSON object in the answer."""
        response = self._exchange(method, path=path, body=body, query=query, files=files)
        try:
            return read(_json_object(response))
        except (ValueError, RecursionError) as error:
            cause_name = type(error).__name__
        raise MalformedResponseError(
            status=response.status_code, outcome_unknown=_has_effects(method), cause_name=cause_name
        )

    def send(
        self, method: Method, *path: str, body: JsonObject | None = None, files: Files | None = None
    ) -> None:
        """Send a request; the body of a successful answer is ignored."""
        self._exchange(method, path=path, body=body, query=None, files=files)

    def _exchange(
        self,
        method: Method,
        *,
        path: tuple[str, ...],
        body: JsonObject | None,
        query: Query | None,
        files: Files | None = None,
    ) -> requests.Response:
        request = _Request(method=method, url=self._url(path), body=body, query=query, files=files)
        key = self._api_key.current()
        key_is_fresh = False
        outcome_unknown = False
        attempt = 1
        failure: BandyerError = DeadlineExceededError()
        while (remaining := self._remaining_seconds()) >= MINIMUM_ATTEMPT_SECONDS:
            if refused_seconds := self._circuit_breaker.refused_seconds():
                if isinstance(failure, DeadlineExceededError):  # no attempt has failed: say why there is none
                    failure = CircuitOpenError(
                        outcome_unknown=outcome_unknown, retry_after_seconds=refused_seconds
                    )
                break
            answer = self._attempt(request, key=key, remaining=remaining)
            self._record(answer, remaining=remaining)
            if isinstance(answer, requests.Response):
                return answer
            failure = answer
            # A later attempt that fails does not undo the effect of an earlier one.
            outcome_unknown = failure.outcome_unknown = outcome_unknown or failure.outcome_unknown
            if isinstance(failure, AuthenticationError) and not key_is_fresh:
                refused_key, key, key_is_fresh = key, self._api_key.renewed(), True
                if key == refused_key:
                    break
                failure = DeadlineExceededError(outcome_unknown=outcome_unknown)
                continue
            pause = _pause_seconds(failure, attempt=attempt)
            if (
                attempt >= self._attempts
                or not _may_repeat(failure, method=method)
                or pause > LONGEST_PAUSE_SECONDS
                or self._remaining_seconds() - pause < MINIMUM_ATTEMPT_SECONDS
            ):
                break
            self._sleep(pause)
            attempt += 1
        raise failure

    def _record(self, answer: requests.Response | BandyerError, *, remaining: float) -> None:
        if not isinstance(answer, ConnectTimeoutError | ResponseTimeoutError):
            self._circuit_breaker.record_answer()
        elif remaining >= sum(TIMEOUT_SECONDS) / 2:
            # A much shorter attempt shows how little time the caller had, and not how slow the provider is.
            self._circuit_breaker.record_timeout()

    def _attempt(
        self, request: "_Request", *, key: str, remaining: float
    ) -> requests.Response | BandyerError:
        if not _SENDABLE_KEY.fullmatch(key):
            # For example a key with a line break: the error of `requests` would print the key.
            return AuthenticationError()
        try:
            response = self._session.request(
                request.method,
                request.url,
                params=request.query,
                json=request.body,
                files=request.files,
                headers={"apikey": key, "Accept": "application/json"},
                timeout=_timeout(remaining),
                # A redirect would send the key to another host: `requests` removes only Authorization.
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError) as error:
            return failure_of_connection(error, has_effects=request.has_effects)
        return failure_in_answer(response, has_effects=request.has_effects) or response

    def _url(self, path: tuple[str, ...]) -> str:
        # Ids may contain dots, and a segment ".." is resolved before the request is sent: deleting the user
        # ".." would reach another endpoint. Encoding does not help, because encoded dots are decoded first.
        if any(segment in ("", ".", "..") for segment in path):
            raise ValueError("an id must not be empty, '.' or '..'")
        return "/".join((self._root, *(quote(segment, safe="") for segment in path)))


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: Method
    url: str = field(repr=False)
    body: JsonObject | None = field(repr=False)
    query: Query | None = field(repr=False)
    files: Files | None = field(repr=False)

    @property
    def has_effects(self) -> bool:
        return _has_effects(self.method)


def _root(*, base_url: str, path_prefix: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("base_url must be an absolute http(s) URL without query and fragment")
    return "/".join(part for part in (base_url.rstrip("/"), path_prefix.strip("/")) if part)


def _timeout(remaining: float) -> tuple[float, float]:
    connect_seconds, read_seconds = TIMEOUT_SECONDS
    connect_seconds = min(connect_seconds, remaining / 2)
    return connect_seconds, min(read_seconds, remaining - connect_seconds)


def _has_effects(method: Method) -> bool:
    return method != "GET"


def _may_repeat(failure: BandyerError, *, method: Method) -> bool:
    match failure:
        case ConnectionFailedError():
            return True
        case RateLimitedError():
            # The request had no effect. Without a Retry-After the right pause is unknown (the vendor's
            # samples wait a minute), and an immediate retry makes it worse.
            return failure.retry_after_seconds is not None
        case ServerError() | ConnectionLostError():
            return method != "POST"
        case _:
            return False


def _pause_seconds(failure: BandyerError, *, attempt: int) -> float:
    jitter = random.uniform(0, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))  # noqa: S311 - nothing secret
    asked = failure.retry_after_seconds if isinstance(failure, UnavailableError) else None
    # Not earlier than asked, and not at the same instant as other threads with the same answer.
    return jitter + (asked or 0.0)


def _json_object(response: requests.Response) -> JsonObject:
    body = json.loads(response.content)
    if not isinstance(body, dict):
        raise UnreadableFieldError("(whole body)")
    return body
