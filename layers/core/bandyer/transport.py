"""One HTTP conversation with Bandyer: authentication, time limits, and repeating what is safe to repeat.

`urllib3.Retry`, which `requests` can mount, is not used for the repeats. It knows no deadline: it sleeps as
long as `Retry-After` says and gives every attempt the same timeout, so it would outlive the Lambda function
it runs in. Nor can it say whether a request that failed may have taken effect, or renew a key.
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
from bandyer.errors import (
    AuthenticationError,
    BandyerError,
    ConnectionFailedError,
    ConnectionLostError,
    DeadlineExceededError,
    MalformedResponseError,
    RateLimitedError,
    ServerError,
    UnavailableError,
)
from bandyer.failures import failure_in_answer, failure_of_connection
from bandyer.fields import JsonObject, UnreadableFieldError
from bandyer.http_session import new_session

# (connect, read), the most one attempt may take. Connecting is a round trip or three, so two seconds
# without a connection mean that none is coming and another attempt is the better use of the time. Reading
# waits for the provider to make a room or a user, work we have no figures for; eight seconds leave room for
# a repeat inside the 30 seconds after which API Gateway gives up on us. `requests` applies the second
# number to each read, not to the whole answer: a server that drips its answer can stretch an attempt, which
# a vendor's answers of a few kilobytes do not justify more code against.
TIMEOUT_SECONDS: Final = (2.0, 8.0)

# With less time than this an attempt would only send a request whose answer nobody hears.
MINIMUM_ATTEMPT_SECONDS: Final = 0.25

MAXIMUM_ATTEMPTS: Final = 3

# Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
FIRST_PAUSE_SECONDS: Final = 0.2

# Somebody waits for the answer. When the provider asks for more than this, that is for our caller to pass on.
LONGEST_PAUSE_SECONDS: Final = 5.0

_SENDABLE_KEY: Final = re.compile(r"[!-~]+")

type Method = Literal["GET", "POST", "PUT", "DELETE"]
type Query = Mapping[str, str | int]


class Transport:
    """Sends requests below one root URL and reads their answers. Safe to share between threads.

    Raises (all methods):
        BandyerError: See `bandyer.errors`.
        ValueError: A path segment that cannot name anything.
    """

    def __init__(
        self,
        *,
        base_url: str,
        path_prefix: str,
        api_key: ApiKey,
        session: requests.Session | None = None,
        remaining_seconds: Callable[[], float] = lambda: math.inf,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = _root(base_url=base_url, path_prefix=path_prefix)
        self._api_key = api_key
        self._session = new_session() if session is None else session
        # Neither a .netrc (it would add an Authorization header) nor a proxy variable may decide where the
        # key travels, on a session of the caller's own either. Lambda has no proxy unless somebody builds
        # one, and who has to go through it says so on the session. It also saves reading the environment
        # each time.
        self._session.trust_env = False
        self._remaining_seconds = remaining_seconds
        self._sleep = sleep

    def fetch[T](
        self,
        method: Method,
        *path: str,
        read: Callable[[JsonObject], T],
        body: JsonObject | None = None,
        query: Query | None = None,
    ) -> T:
        """Send a request and return what `read` makes of the JSON object it answers."""
        response = self._exchange(method, path=path, body=body, query=query)
        try:
            return read(_json_object(response))
        except (ValueError, RecursionError) as error:
            cause_name = type(error).__name__
        raise MalformedResponseError(
            status=response.status_code, outcome_unknown=_has_effects(method), cause_name=cause_name
        )

    def send(self, method: Method, *path: str, body: JsonObject | None = None) -> None:
        """Send a request whose success is all there is to know: the answer's body is not looked at."""
        self._exchange(method, path=path, body=body, query=None)

    def _exchange(
        self,
        method: Method,
        *,
        path: tuple[str, ...],
        body: JsonObject | None,
        query: Query | None,
    ) -> requests.Response:
        request = _Request(method=method, url=self._url(path), body=body, query=query)
        key = self._api_key.current()
        key_is_fresh = False
        outcome_unknown = False
        attempt = 1
        failure: BandyerError = DeadlineExceededError()
        while (remaining := self._remaining_seconds()) >= MINIMUM_ATTEMPT_SECONDS:
            answer = self._attempt(request, key=key, remaining=remaining)
            if isinstance(answer, requests.Response):
                return answer
            failure = answer
            # What an earlier attempt may have done is not undone by the way a later one fails.
            outcome_unknown = failure.outcome_unknown = outcome_unknown or failure.outcome_unknown
            if isinstance(failure, AuthenticationError) and not key_is_fresh:
                refused_key, key, key_is_fresh = key, self._api_key.renewed(), True
                if key == refused_key:
                    break
                failure = DeadlineExceededError(outcome_unknown=outcome_unknown)
                continue
            pause = _pause_seconds(failure, attempt=attempt)
            if (
                attempt == MAXIMUM_ATTEMPTS
                or not _may_repeat(failure, method=method)
                or pause > LONGEST_PAUSE_SECONDS
                or self._remaining_seconds() - pause < MINIMUM_ATTEMPT_SECONDS
            ):
                break
            self._sleep(pause)
            attempt += 1
        raise failure

    def _attempt(
        self, request: "_Request", *, key: str, remaining: float
    ) -> requests.Response | BandyerError:
        if not _SENDABLE_KEY.fullmatch(key):
            # A secret pasted with a line break. `requests` would refuse it with an error that prints the key.
            return AuthenticationError()
        try:
            response = self._session.request(
                request.method,
                request.url,
                params=request.query,
                json=request.body,
                headers={"apikey": key, "Accept": "application/json"},
                timeout=_timeout(remaining),
                # A redirect would carry the key wherever it points: `requests` takes away Authorization only.
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError) as error:
            return failure_of_connection(error, has_effects=request.has_effects)
        return failure_in_answer(response, has_effects=request.has_effects) or response

    def _url(self, path: tuple[str, ...]) -> str:
        # Ids may hold dots, and a URL with the segment ".." is shortened on its way: deleting the user ".."
        # would reach another endpoint. Percent-encoded dots are decoded before that, so encoding is no help.
        if any(segment in ("", ".", "..") for segment in path):
            raise ValueError("an id must not be empty, '.' or '..'")
        return "/".join((self._root, *(quote(segment, safe="") for segment in path)))


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: Method
    url: str = field(repr=False)
    body: JsonObject | None = field(repr=False)
    query: Query | None = field(repr=False)

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
            # Refused, so nothing happened. Without a Retry-After there is nothing to go by (the vendor's
            # samples wait a whole minute), and knocking again at once makes it worse.
            return failure.retry_after_seconds is not None
        case ServerError() | ConnectionLostError():
            return method != "POST"
        case _:
            return False


def _pause_seconds(failure: BandyerError, *, attempt: int) -> float:
    jitter = random.uniform(0, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))  # noqa: S311 - nothing secret
    asked = failure.retry_after_seconds if isinstance(failure, UnavailableError) else None
    # Never earlier than asked, and not at the same instant as the other threads that were told the same.
    return jitter + (asked or 0.0)


def _json_object(response: requests.Response) -> JsonObject:
    body = json.loads(response.content)
    if not isinstance(body, dict):
        raise UnreadableFieldError("(whole body)")
    return body
