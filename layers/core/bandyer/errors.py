"""The errors of the client, as one tree.

    BandyerError
    ├── RejectedError                  Bandyer refused: repeating the request does not help
    │   ├── AuthenticationError        the API key was refused, also after it was read again
    │   ├── NotFoundError              no such user, room, session or upload
    │   └── UserAlreadyExistsError     the chosen user id is taken
    └── UnavailableError               no usable answer: the same request may succeed later
        ├── RateLimitedError           429
        ├── ServerError                5xx
        ├── ConnectionFailedError      no connection, so nothing was sent
        │   └── ConnectTimeoutError    no connection in time
        ├── ConnectionLostError        the connection broke after the request may have been sent
        │   └── ResponseTimeoutError   sent, and no answer in time
        ├── MalformedResponseError     a success with a body that breaks the vendor's contract
        ├── CircuitOpenError           earlier requests got no answer in time, so nothing was sent
        └── DeadlineExceededError      no time left, so nothing was sent

These errors may be logged, because of two rules.

- Texts are constants, and attributes are facts (a status, a code, a class name). They never contain a body,
  an id, a URL or the API key. The vendor counts user ids and descriptions as personal data:
  https://developers.kaleyra.io/reference/video-pii
- The exceptions of `requests` and `urllib3` print the URL with the user id, and one prints a header's value.
  So they are not chained, neither as cause nor as context, because a log formatter may print chains. The name
  of the innermost class (`ConnectionRefusedError`, `SSLCertVerificationError`) is kept in `cause_name`.

urllib3 writes paths with ids to its own logger: at level DEBUG all of them, at WARNING that of an answer
whose headers it cannot read. An application sets `urllib3` to ERROR.
"""

from typing import ClassVar


class BandyerError(Exception):
    """A request to Bandyer failed.

    Attributes:
        status: The HTTP status, if there was an answer.
        code: The vendor's error code (`user_id_already_exists`), if the answer has a readable one.
        outcome_unknown: The request, or an earlier attempt at it, may have taken effect. Check before you
            repeat it. Never true for a read.
        cause_name: The class name of the underlying exception, if there was no answer.
    """

    message: ClassVar[str] = "The request to Bandyer failed."

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str | None = None,
        outcome_unknown: bool = False,
        cause_name: str | None = None,
    ) -> None:
        super().__init__(self.message)
        self.status = status
        self.code = code
        self.outcome_unknown = outcome_unknown
        self.cause_name = cause_name


class RejectedError(BandyerError):
    """Bandyer refused the request (4xx, or a redirect, which is never followed)."""

    message = "Bandyer refused the request."


class AuthenticationError(RejectedError):
    """The API key was refused, also after it was read again."""

    message = "Bandyer did not accept the API key."


class NotFoundError(RejectedError):
    """The request names something that does not exist; v1 answers 400 or 404, with a code."""

    message = "Bandyer does not know what the request names."


class UserAlreadyExistsError(RejectedError):
    """The user id is taken. If the caller derives its ids, the user was created before."""

    message = "Bandyer already has a user with this id."


class UnavailableError(BandyerError):
    """Bandyer gave no usable answer; the same request may succeed later.

    Attributes:
        retry_after_seconds: The wait that Bandyer asked for, or None.
    """

    message = "Bandyer is not available."

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str | None = None,
        outcome_unknown: bool = False,
        cause_name: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(status=status, code=code, outcome_unknown=outcome_unknown, cause_name=cause_name)
        self.retry_after_seconds = retry_after_seconds


class RateLimitedError(UnavailableError):
    """Too many requests (429). The vendor's samples wait 60 seconds if there is no `Retry-After`."""

    message = "Bandyer is limiting the rate of requests."


class ServerError(UnavailableError):
    """Bandyer failed while handling the request (5xx)."""

    message = "Bandyer failed to handle the request."


class ConnectionFailedError(UnavailableError):
    """Bandyer could not be reached, so the request was never sent."""

    message = "Bandyer could not be reached."


class ConnectTimeoutError(ConnectionFailedError):
    """Bandyer did not accept the connection in time, so the request was never sent."""

    message = "Bandyer could not be reached in time."


class ConnectionLostError(UnavailableError):
    """The connection broke after the request may have been sent."""

    message = "The connection to Bandyer broke before its answer."


class ResponseTimeoutError(ConnectionLostError):
    """The request was sent and no answer came in time."""

    message = "Bandyer did not answer in time."


class MalformedResponseError(UnavailableError):
    """Bandyer reported success with a body that breaks its contract."""

    message = "Bandyer's answer cannot be read."


class CircuitOpenError(UnavailableError):
    """Earlier requests got no answer in time, so this one was not sent (see `bandyer.circuit_breaker`)."""

    message = "Bandyer did not answer in time just now, so it is not asked again yet."


class DeadlineExceededError(UnavailableError):
    """The caller has no time left, so the request was not sent."""

    message = "No time was left to ask Bandyer."
