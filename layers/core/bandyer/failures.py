"""Turn an answer or a broken connection into an error of this client.

The errors are returned and not raised, because an error that is raised in an `except` block has the library's
exception, with its URL, as its context.
"""

import json
import re
import ssl
from typing import Final

import requests
from urllib3.exceptions import ClosedPoolError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from bandyer.errors import (
    AuthenticationError,
    BandyerError,
    ConnectionFailedError,
    ConnectionLostError,
    ConnectTimeoutError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    ResponseTimeoutError,
    ServerError,
    UserAlreadyExistsError,
)

LONGEST_RETRY_AFTER_SECONDS: Final = 3600

# The vendor's general table lists 400 for a bad key, and its endpoint tables 401. An unknown user is 400 and
# not 404. For an unknown room no status is listed, so the same pattern is accepted.
# https://docs.bandyer.com/Bandyer-RESTAPI/
_BAD_KEY_CODES: Final = frozenset({"invalid_api_key"})
_UNKNOWN_ID_CODES: Final = frozenset({"invalid_user_id", "invalid_room_id"})
_TAKEN_ID_CODES: Final = frozenset({"user_id_already_exists"})

# A code is logged, so a text of another format is not accepted.
_CODE: Final = re.compile(r"[a-z0-9_]{1,64}")

_RETRY_AFTER_READER: Final = Retry(retry_after_max=LONGEST_RETRY_AFTER_SECONDS)


def failure_in_answer(response: requests.Response, *, has_effects: bool) -> BandyerError | None:
    """Return the error of an answer, or None for any 2xx, because the vendor does not say which to expect."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    code = _code(response)
    if status == 429:
        return RateLimitedError(status=status, code=code, retry_after_seconds=_retry_after_seconds(response))
    if status >= 500:
        return ServerError(
            status=status,
            code=code,
            outcome_unknown=has_effects,
            retry_after_seconds=_retry_after_seconds(response),
        )
    return _rejection_class(status=status, code=code)(status=status, code=code)


def failure_of_connection(error: Exception, *, has_effects: bool) -> BandyerError:
    """Return the error of a request without an answer: not sent, or sent with an unknown outcome."""
    causes = _causes(error)
    cause_name = type(causes[-1]).__name__
    if any(isinstance(cause, requests.ConnectTimeout) for cause in causes):
        return ConnectTimeoutError(cause_name=cause_name)
    if any(_is_before_sending(cause) for cause in causes):
        return ConnectionFailedError(cause_name=cause_name)
    # `requests` raises a timeout inside the body as a ConnectionError, so the outermost class is not enough.
    timed_out = any(isinstance(cause, requests.Timeout | ReadTimeoutError | TimeoutError) for cause in causes)
    lost = ResponseTimeoutError if timed_out else ConnectionLostError
    return lost(outcome_unknown=has_effects, cause_name=cause_name)


def _rejection_class(*, status: int, code: str | None) -> type[RejectedError]:
    if status == 401 or (status == 400 and code in _BAD_KEY_CODES):
        return AuthenticationError
    # A 404 without a code may be a proxy's, or that of a wrong path prefix: what is there must not seem gone.
    if (status == 404 and code is not None) or (status == 400 and code in _UNKNOWN_ID_CODES):
        return NotFoundError
    if code in _TAKEN_ID_CODES:
        return UserAlreadyExistsError
    return RejectedError


def _code(response: requests.Response) -> str | None:
    # The vendor does not document the body of an error, so the body need not even be JSON.
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _retry_after_seconds(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return _RETRY_AFTER_READER.parse_retry_after(value)
    except (HTTPError, ValueError, OverflowError):
        return None


def _causes(error: BaseException) -> list[BaseException]:
    """Return the exception and those it wraps, outermost first; `args` and `reason` may hold them too."""
    causes = [error]
    while True:
        wrapped = [getattr(causes[-1], "reason", None), *causes[-1].args]
        inner = next(
            (item for item in wrapped if isinstance(item, BaseException) and item not in causes), None
        )
        if inner is None:
            inner = causes[-1].__cause__
        if inner is None or inner in causes:
            return causes
        causes.append(inner)


def _is_before_sending(cause: BaseException) -> bool:
    # Other TLS errors can also occur while an answer is read, so only the one that ends the handshake counts.
    return isinstance(cause, NewConnectionError | ClosedPoolError | ssl.SSLCertVerificationError)
