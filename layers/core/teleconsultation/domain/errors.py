"""All errors of the product.

    TeleconsultationError
    ├── InvalidRequestError            the request is malformed or breaks a rule; holds the field errors
    │   ├── UnknownGroupError          a participant has no configured group
    │   └── UnknownParticipantError    only an id was sent, and no profile is stored for it
    ├── NoPlusUserError                the list is complete and has no plus user
    ├── UnsupportedMediaTypeError      the body's content type is not JSON
    ├── UnsupportedContentCodingError  the body is compressed
    ├── UnsupportedCharsetError        the body's charset is not UTF-8
    ├── TooLargeError                  the body is larger than the contract allows
    │   └── ImageTooLargeError         … of the route that takes an image
    ├── NotAFormError                  the body of that route is no form
    ├── BackgroundLimitError           the company has as many backgrounds as the provider keeps
    ├── AliasTakenError                an id of a profile stands for another person
    ├── MissingCredentialsError        the request to join has no join secret
    ├── InvalidSignatureError          a webhook was not signed with the provider's key just now
    ├── InsufficientScopeError         the token lacks the scope of managers, or of participants
    ├── NotOnTheListError              the person to be taken off takes no part
    ├── NotAParticipantError           the caller is not in this teleconsultation
    ├── NotAPlusUserError              the caller is in it, and only plus users may do this
    ├── TeleconsultationNotFoundError
    ├── TeleconsultationDeletedError
    ├── ErasureNotFoundError           no erasure has this id
    ├── SessionNotFoundError           no call of this teleconsultation has this id
    ├── RecordingNotFoundError         the call has no recording, or none yet
    ├── RecordingOffError              the room's calls are not recorded
    ├── RoomLostError                  the provider does not know the room
    ├── UnknownPersonError             credentials are asked for by somebody nobody knows
    ├── NotSupportedByProviderApiError the provider's API version has no such thing
    ├── ConsentVersionError            people are asked to agree to another text, or to none
    ├── FrozenError                    the change needs a new room or empties the list, and edits are closed
    ├── ConflictError                  another request changed it meanwhile; safe to repeat
    ├── RequestUnderWayError           the first request with this Idempotency-Key is still running
    ├── IdempotencyKeyReusedError      the Idempotency-Key was used for another body
    ├── ParticipantsCompleteError      everybody expected is named already
    ├── PreconditionFailedError        If-Match or If-None-Match does not allow a change of this version
    ├── ProviderError
    │   ├── ProviderRejectedError      the provider refused the request
    │   └── ProviderUnavailableError   the provider cannot answer now
    │       └── BackgroundOutcomeUnknownError  … and did not say whether it has the image
    ├── DirectoryUnavailableError      the directory of people cannot answer now
    └── StorageUnavailableError        the table cannot answer now

    EventsUnavailableError             an event cannot be handed on now; it has no caller, so no answer

`problems.PROBLEMS` gives each error its status and code. Messages are constants: an exception's text may
reach a log, so it never contains input of a caller or an answer of the provider.
"""

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One error in one field of a request."""

    field: str = dataclasses.field(repr=False)
    """Path such as `participants.data[0].groups`; empty for the whole body. The name of an unknown field is
    the caller's own text.
    """
    message: str
    """What is wrong and how to correct it; only the caller sees it."""


class TeleconsultationError(Exception):
    """Base of all errors that are answered with a problem document."""

    retry_after_seconds: int | None = None
    """When to try again; None uses the value in `problems.PROBLEMS`."""


class InvalidRequestError(TeleconsultationError):
    """The request breaks the contract; `errors` lists the fields."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        """Keep the field errors; the exception's text does not contain them."""
        super().__init__("the request is not valid")
        self.errors = tuple(errors)


class UnknownGroupError(InvalidRequestError):
    """A participant belongs to none of the groups of the configured privileges."""


class UnknownParticipantError(InvalidRequestError):
    """A participant was sent as an id alone, and no profile is stored for it."""


class NoPlusUserError(TeleconsultationError):
    """A complete list of participants has no plus user, who could organise the call."""


class UnsupportedMediaTypeError(TeleconsultationError):
    """The body's content type is not JSON."""


class UnsupportedContentCodingError(TeleconsultationError):
    """The body is compressed (`Content-Encoding`)."""


class UnsupportedCharsetError(TeleconsultationError):
    """The body's charset is not UTF-8."""


class TooLargeError(TeleconsultationError):
    """The body is larger than the contract allows."""


class ImageTooLargeError(TooLargeError):
    """The form with an image is larger than Lambda takes."""


class NotAFormError(TeleconsultationError):
    """The body is not of the type multipart/form-data."""


class BackgroundLimitError(TeleconsultationError):
    """The company has as many virtual backgrounds as the provider keeps."""


class AliasTakenError(TeleconsultationError):
    """A person's id or alias stands for another person already."""


class MissingCredentialsError(TeleconsultationError):
    """A request to join has no join secret."""


class InvalidSignatureError(TeleconsultationError):
    """A webhook was not signed with the provider's key, or not just now."""


class InsufficientScopeError(TeleconsultationError):
    """The caller's token lacks the management scope, or the one required of participants."""


class NotAParticipantError(TeleconsultationError):
    """The caller is neither a participant of this teleconsultation nor a manager."""


class NotAPlusUserError(TeleconsultationError):
    """The caller is a basic participant, and only plus participants and managers may do this."""


class NotOnTheListError(TeleconsultationError):
    """The person to be taken off the list is not on it."""


class TeleconsultationNotFoundError(TeleconsultationError):
    """No teleconsultation has this id."""


class TeleconsultationDeletedError(TeleconsultationError):
    """The teleconsultation was deleted."""


class ErasureNotFoundError(TeleconsultationError):
    """No erasure has this id, or it was completed too long ago."""


class SessionNotFoundError(TeleconsultationError):
    """No call of this teleconsultation has this id."""


class RecordingNotFoundError(TeleconsultationError):
    """The call has no recording, or none yet: `retry_after_seconds` says when to look again."""

    def __init__(self, *, retry_after_seconds: int | None = None) -> None:
        """Keep when to look again; None if none is to be expected any more."""
        super().__init__("no recording")
        self.retry_after_seconds = retry_after_seconds


class RecordingOffError(TeleconsultationError):
    """The calls in this room are not recorded."""


class RoomLostError(TeleconsultationError):
    """The provider does not know the teleconsultation's room."""


class UnknownPersonError(TeleconsultationError):
    """The token's user has no profile, and no configured group in the token."""


class NotSupportedByProviderApiError(TeleconsultationError):
    """The version of the provider's API that this service speaks has no such thing."""


class ConsentVersionError(TeleconsultationError):
    """The deployment asks people to agree to another version of the text, or to none."""


class FrozenError(TeleconsultationError):
    """The change would replace the provider's room or take everybody off, and edits are closed."""


class ConflictError(TeleconsultationError):
    """The teleconsultation changed between this request's read and write, or another change is under way."""

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        """Keep after how many seconds the change under way has ended, if there is one."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RequestUnderWayError(TeleconsultationError):
    """A request with the same `Idempotency-Key` came first and is still running."""


class IdempotencyKeyReusedError(TeleconsultationError):
    """The caller used this `Idempotency-Key` before, for another body."""


class ParticipantsCompleteError(TeleconsultationError):
    """A person cannot be added, because everybody expected is named already."""


class PreconditionFailedError(TeleconsultationError):
    """`If-Match` or `If-None-Match` refuses a change of this version (RFC 9110, section 13.1)."""


class ProviderError(TeleconsultationError):
    """The video provider did not carry out a request."""

    def __init__(self, *, provider_code: str | None = None, outcome_unknown: bool = False) -> None:
        """Keep the provider's error code, if it sent one, and whether the request may have taken effect
        nevertheless.
        """
        super().__init__("the video provider did not carry out the request")
        self.provider_code = provider_code
        self.outcome_unknown = outcome_unknown


class ProviderRejectedError(ProviderError):
    """The provider refused the request; repeating it unchanged does not help."""


class ProviderUnavailableError(ProviderError):
    """The provider could not be reached or could not answer; repeating later may help."""

    def __init__(
        self,
        *,
        provider_code: str | None = None,
        outcome_unknown: bool = False,
        retry_after_seconds: int | None = None,
    ) -> None:
        """Keep also the wait that the provider asked for."""
        super().__init__(provider_code=provider_code, outcome_unknown=outcome_unknown)
        self.retry_after_seconds = retry_after_seconds


class BackgroundOutcomeUnknownError(ProviderUnavailableError):
    """A virtual background was sent to the provider, which may or may not have it."""


class DirectoryUnavailableError(TeleconsultationError):
    """The directory of people cannot be reached, or answers what cannot be used."""

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        """Keep also the wait that the directory asked for."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class StorageUnavailableError(TeleconsultationError):
    """DynamoDB throttles, is down or cannot be reached."""


class EventsUnavailableError(Exception):
    """A bus, a queue or a schedule does not accept an event now; it is handed on later."""
