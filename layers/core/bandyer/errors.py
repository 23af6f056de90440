"""What can go wrong when talking to Bandyer, as one tree to catch from.

    BandyerError
    ├── RejectedError                  answered, and refused: repeating the same request will not help
    │   ├── AuthenticationError        the API key is not accepted, not even after reading it afresh
    │   ├── NotFoundError              no such user, room, session or upload
    │   └── UserAlreadyExistsError     the chosen user id is taken
    └── UnavailableError               no useful answer: the same request may succeed later
        ├── RateLimitedError           429
        ├── ServerError                5xx
        ├── ConnectionFailedError      never reached: nothing was sent
        ├── ConnectionLostError        the connection broke after the request may have been sent
        │   └── ResponseTimeoutError   sent, and no answer in time
        ├── MalformedResponseError     a success whose body is not what the vendor promises
        └── DeadlineExceededError      no time left, so nothing was sent

What may be logged: everything in these errors, and only because of two rules.

- Texts are constants and attributes are facts (a status, a code, a class name). A provider's body, an id, a
  URL or the API key is never in them. The vendor counts user ids and descriptions as personal data:
  https://developers.kaleyra.io/reference/video-pii
- The exceptions of `requests` and `urllib3` print the URL, user id and all, and once even a header's value.
  They are therefore not chained, neither as cause nor as context: a log formatter that prints chains would
  print them. What is worth knowing of them, the name of the innermost class (`ConnectionRefusedError`,
  `SSLCertVerificationError`), is kept in `cause_name`.

urllib3 itself writes paths, ids included, to its logger: at level DEBUG all of them, at WARNING that of an
answer whose headers it cannot read. An application sets `urllib3` to ERROR.
"""

from typing import ClassVar


class BandyerError(Exception):
    """A request to Bandyer did not do what was asked.

    Attributes:
        status: The HTTP status, when there was an answer.
        code: The vendor's error code (`user_id_already_exists`), when the answer carried a readable one.
        outcome_unknown: The request, or an earlier attempt at it, may have taken effect all the same. Look
            before repeating it. Never true of reading.
        cause_name: The class name of the failure underneath, when there was no answer.
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
    """Bandyer answered and refused (4xx, or a redirect, which is never followed)."""

    message = "Bandyer refused the request."


class AuthenticationError(RejectedError):
    """The API key was refused, and so was the one read afresh."""

    message = "Bandyer did not accept the API key."


class NotFoundError(RejectedError):
    """What the request names does not exist; v1 says so with 400 as often as with 404."""

    message = "Bandyer does not know what the request names."


class UserAlreadyExistsError(RejectedError):
    """The user id is taken. With ids the caller derives itself this means: already done."""

    message = "Bandyer already has a user with this id."


class UnavailableError(BandyerError):
    """Bandyer gave no useful answer; the same request may succeed later.

    Attributes:
        retry_after_seconds: How long Bandyer asked to be left alone, or None when it did not say.
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
    """Too many requests (429). Without a `Retry-After` the vendor's own samples wait 60 seconds."""

    message = "Bandyer is limiting the rate of requests."


class ServerError(UnavailableError):
    """Bandyer failed while handling the request (5xx)."""

    message = "Bandyer failed to handle the request."


class ConnectionFailedError(UnavailableError):
    """Bandyer could not be reached, so the request was never sent."""

    message = "Bandyer could not be reached."


class ConnectionLostError(UnavailableError):
    """The connection broke after the request may have been sent."""

    message = "The connection to Bandyer broke before its answer."


class ResponseTimeoutError(ConnectionLostError):
    """The request was sent and no answer came in time."""

    message = "Bandyer did not answer in time."


class MalformedResponseError(UnavailableError):
    """Bandyer reported success with a body that is not what it promises."""

    message = "Bandyer's answer cannot be read."


class DeadlineExceededError(UnavailableError):
    """The caller has no time left, so the request was not sent."""

    message = "No time was left to ask Bandyer."
