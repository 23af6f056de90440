"""Everything that can go wrong, in the product's own words.

    TeleconsultationError
    ├── InvalidRequestError            the request cannot be understood or breaks a rule; carries the fields
    │   ├── UnknownGroupError          a participant has no configured group
    │   └── UnknownParticipantError    only an id was sent, and this service has never met it
    ├── NoPlusUserError                all participants are known and none may organise the call
    ├── UnsupportedMediaTypeError      the body is not JSON by its own account
    ├── TooLargeError                  the body is larger than any real request
    ├── MissingCredentialsError        the request to join carries no join secret
    ├── InsufficientScopeError         the caller may not manage teleconsultations
    ├── NotAParticipantError           the caller is not in this teleconsultation
    ├── TeleconsultationNotFoundError
    ├── TeleconsultationDeletedError
    ├── FrozenError                    the change needs another room, and edits are closed
    ├── ConflictError                  somebody else changed it meanwhile; safe to repeat
    ├── RequestUnderWayError           the first request with this Idempotency-Key is still running
    ├── IdempotencyKeyReusedError      the Idempotency-Key was used for another body
    ├── PreconditionFailedError        If-Match names another version
    ├── ProviderError
    │   ├── ProviderRejectedError      the provider refused what we asked for
    │   └── ProviderUnavailableError   the provider cannot answer now
    └── StorageUnavailableError        the table cannot answer now

Which status and code each one becomes stands in one place, `problems.PROBLEMS`. Messages are constant: an
exception's text may reach a log, so it never carries what a user sent or what the provider answered.
"""

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of a request body."""

    field: str = dataclasses.field(repr=False)
    """Where, as `participants.data[0].groups`; empty for the body as a whole. The name of an unknown field is
    the caller's own text.
    """
    message: str
    """What is wrong and what would be right; shown to the caller only."""


class TeleconsultationError(Exception):
    """Base of all errors this product answers with a problem document."""

    retry_after_seconds: int | None = None
    """When to try again, if this error knows better than the table of problems."""


class InvalidRequestError(TeleconsultationError):
    """The request breaks the contract; `errors` says where."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        """Keep the field errors; the exception's own text names none of them."""
        super().__init__("the request is not valid")
        self.errors = tuple(errors)


class UnknownGroupError(InvalidRequestError):
    """A participant belongs to none of the groups of the configured privileges."""


class UnknownParticipantError(InvalidRequestError):
    """A participant was sent as an id alone, and no profile is known for it."""


class NoPlusUserError(TeleconsultationError):
    """A complete list of participants holds nobody who may organise the call."""


class UnsupportedMediaTypeError(TeleconsultationError):
    """The body's content type is not JSON."""


class TooLargeError(TeleconsultationError):
    """The body is larger than the contract allows."""


class MissingCredentialsError(TeleconsultationError):
    """A request to join carries no join secret."""


class InsufficientScopeError(TeleconsultationError):
    """The caller's token does not carry the management scope."""


class NotAParticipantError(TeleconsultationError):
    """The caller is neither a participant of this teleconsultation nor a manager."""


class TeleconsultationNotFoundError(TeleconsultationError):
    """No teleconsultation has this id."""


class TeleconsultationDeletedError(TeleconsultationError):
    """The teleconsultation was deleted."""


class FrozenError(TeleconsultationError):
    """The change would replace the provider's room, and it is too late for that."""


class ConflictError(TeleconsultationError):
    """The teleconsultation changed between our read and our write, or a change to it is still under way."""

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        """Keep when the change under way is over at the latest, if there is one."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RequestUnderWayError(TeleconsultationError):
    """A request with the same `Idempotency-Key` came first and is still running."""


class IdempotencyKeyReusedError(TeleconsultationError):
    """The caller used this `Idempotency-Key` before, for another body."""


class PreconditionFailedError(TeleconsultationError):
    """`If-Match` names a version that is not the current one (RFC 9110, section 13.1.1)."""


class ProviderError(TeleconsultationError):
    """The video provider did not do what we asked."""

    def __init__(self, *, provider_code: str | None = None, outcome_unknown: bool = False) -> None:
        """Keep the provider's own error code, if it gave one, and whether the call may have taken effect all
        the same.
        """
        super().__init__("the video provider did not do what was asked")
        self.provider_code = provider_code
        self.outcome_unknown = outcome_unknown


class ProviderRejectedError(ProviderError):
    """The provider refused the request; repeating it unchanged is of no use."""


class ProviderUnavailableError(ProviderError):
    """The provider could not be reached or could not answer; repeating later may help."""

    def __init__(
        self,
        *,
        provider_code: str | None = None,
        outcome_unknown: bool = False,
        retry_after_seconds: int | None = None,
    ) -> None:
        """Keep, beside the base's facts, how long the provider asked us to wait."""
        super().__init__(provider_code=provider_code, outcome_unknown=outcome_unknown)
        self.retry_after_seconds = retry_after_seconds


class StorageUnavailableError(TeleconsultationError):
    """DynamoDB throttles, is down, or cannot be reached."""
