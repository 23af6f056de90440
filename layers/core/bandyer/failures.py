"""How an answer or a broken connection becomes one of our errors.

The errors are returned, never raised here: raised inside an `except` block they would carry the library's
exception, and its URL, as their context.
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
    NotFoundError,
    RateLimitedError,
    RejectedError,
    ResponseTimeoutError,
    ServerError,
    UserAlreadyExistsError,
)

LONGEST_RETRY_AFTER_SECONDS: Final = 3600

# The vendor's general table lists 400 for a bad key, its endpoint tables 401; an unknown user is 400 and
# not 404, and for an unknown room nothing is listed, so the same pattern is accepted.
# https://docs.bandyer.com/Bandyer-RESTAPI/
_BAD_KEY_CODES: Final = frozenset({"invalid_api_key"})
_UNKNOWN_ID_CODES: Final = frozenset({"invalid_user_id", "invalid_room_id"})
_TAKEN_ID_CODES: Final = frozenset({"user_id_already_exists"})

# A code is shown in logs, so only what looks like one is taken for one.
_CODE: Final = re.compile(r"[a-z0-9_]{1,64}")

_RETRY_AFTER_READER: Final = Retry(retry_after_max=LONGEST_RETRY_AFTER_SECONDS)


def failure_in_answer(response: requests.Response, *, has_effects: bool) -> BandyerError | None:
    """What an answer says went wrong; None for any 2xx, as the vendor does not say which one to expect."""
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
    """What a request that got no answer means: surely nothing sent, or perhaps taken effect."""
    causes = _causes(error)
    cause_name = type(causes[-1]).__name__
    if any(_is_before_sending(cause) for cause in causes):
        return ConnectionFailedError(cause_name=cause_name)
    # A timeout inside the body reaches us as a ConnectionError, so the class of the outermost exception is
    # not enough.
    timed_out = any(isinstance(cause, requests.Timeout | ReadTimeoutError | TimeoutError) for cause in causes)
    lost = ResponseTimeoutError if timed_out else ConnectionLostError
    return lost(outcome_unknown=has_effects, cause_name=cause_name)


def _rejection_class(*, status: int, code: str | None) -> type[RejectedError]:
    if status == 401 or (status == 400 and code in _BAD_KEY_CODES):
        return AuthenticationError
    if status == 404 or (status == 400 and code in _UNKNOWN_ID_CODES):
        return NotFoundError
    if code in _TAKEN_ID_CODES:
        return UserAlreadyExistsError
    return RejectedError


def _code(response: requests.Response) -> str | None:
    # The shape of an error's body is printed nowhere by the vendor, so nothing in it is required: not even
    # JSON.
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
    """The exception and those it wraps, outermost first. The libraries wrap in `args` and `reason` too."""
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
    # Other TLS failures can also come while an answer is read, so only the one that ends the handshake
    # counts.
    return isinstance(
        cause, requests.ConnectTimeout | NewConnectionError | ClosedPoolError | ssl.SSLCertVerificationError
    )
