"""The answer to each error: a table of problems, and the problem document (RFC 9457) made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from teleconsultation.domain.errors import (
    AliasTakenError,
    BackgroundLimitError,
    BackgroundOutcomeUnknownError,
    ConflictError,
    ConsentVersionError,
    DirectoryUnavailableError,
    ErasureNotFoundError,
    FrozenError,
    IdempotencyKeyReusedError,
    ImageTooLargeError,
    InsufficientScopeError,
    InvalidRequestError,
    InvalidSignatureError,
    MissingCredentialsError,
    NoPlusUserError,
    NotAFormError,
    NotAParticipantError,
    NotAPlusUserError,
    NotOnTheListError,
    NotSupportedByProviderApiError,
    ParticipantsCompleteError,
    PreconditionFailedError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RecordingNotFoundError,
    RecordingOffError,
    RequestUnderWayError,
    RoomLostError,
    SessionNotFoundError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
    TooLargeError,
    UnknownGroupError,
    UnknownParticipantError,
    UnknownPersonError,
    UnsupportedCharsetError,
    UnsupportedContentCodingError,
    UnsupportedMediaTypeError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

type Document = dict[str, Any]

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A status, a stable code, and a sentence that says what to do next."""

    status: int
    code: str
    detail: str
    retry_after_seconds: int | None = None

    @property
    def metric(self) -> str:
        """The name of the metric that counts this problem: `NotFound` for `not_found`."""
        return self.code.title().replace("_", "")


PROBLEMS: Mapping[type[TeleconsultationError], Problem] = MappingProxyType(
    {
        InvalidRequestError: Problem(400, "invalid_request", "The request is not valid; errors says where."),
        NoPlusUserError: Problem(
            400,
            "no_plus_user",
            "All participants are known and none of them belongs to a plus group; add one.",
        ),
        UnknownGroupError: Problem(
            400, "unknown_group", "A participant belongs to no configured group; errors says which."
        ),
        UnknownParticipantError: Problem(
            400, "unknown_participant", "A participant sent by id alone is not known; errors says which."
        ),
        MissingCredentialsError: Problem(
            401, "missing_credentials", "Send the secret of your join link: Authorization: Bearer SECRET."
        ),
        InvalidSignatureError: Problem(
            401,
            "invalid_signature",
            "The webhook was not signed with this service's provider key, or more than five minutes ago.",
        ),
        InsufficientScopeError: Problem(
            403,
            "insufficient_scope",
            "The token lacks the scope: teleconsultation/manage for changes, teleconsultation/settings for "
            "/settings, or the one that the operator requires of participants.",
        ),
        NotAParticipantError: Problem(
            403, "not_a_participant", "You are not a participant of this teleconsultation."
        ),
        NotAPlusUserError: Problem(
            403,
            "not_a_plus_user",
            "Only plus participants of this teleconsultation, and managers, may do this.",
        ),
        TeleconsultationNotFoundError: Problem(
            404, "not_found", "There is no teleconsultation with this id."
        ),
        NotOnTheListError: Problem(
            404,
            "not_on_the_list",
            "The teleconsultation has no participant with this id. If an earlier request took them off, "
            "nothing is left to do.",
        ),
        AliasTakenError: Problem(
            409,
            "alias_taken",
            "This id or one of the aliases stands for another person. Leave the alias out, or correct the "
            "other profile first.",
        ),
        UnknownPersonError: Problem(
            400,
            "unknown_person",
            "Nobody with a configured group is known under the token's user id. Name the person in a visit "
            "first, or have the operator set GroupsClaim or a directory.",
        ),
        ErasureNotFoundError: Problem(
            404,
            "erasure_not_found",
            "No erasure has this id, or it was completed more than 30 days ago. DELETE /users/… begins one.",
        ),
        SessionNotFoundError: Problem(
            404,
            "session_not_found",
            "No call of this teleconsultation has this id. GET …/sessions lists them.",
        ),
        RecordingNotFoundError: Problem(
            404,
            "recording_not_found",
            "This call has no recording, or none yet: the provider may need 24 hours. If there is "
            "Retry-After, ask again.",
        ),
        RecordingOffError: Problem(
            409,
            "recording_off",
            "Calls of this room are not recorded; the operator sets DefaultRecordingType.",
        ),
        RoomLostError: Problem(
            409,
            "room_lost",
            "The video provider does not know the room. The service replaces it before the door opens; while "
            "it is open, send POST …/room.",
        ),
        NotSupportedByProviderApiError: Problem(
            501,
            "not_supported_by_provider_api",
            "Version 1 of the video provider's API, which this service speaks, has no transcriptions.",
        ),
        ConsentVersionError: Problem(
            409,
            "consent_version",
            "People are asked to agree to another version, or to none. Load the page again, and ask with "
            "what it shows then.",
        ),
        FrozenError: Problem(
            409,
            "frozen",
            "The change needs another room or takes everybody off, and edits are closed. Move the start "
            "first, then the rest.",
        ),
        ConflictError: Problem(
            409, "conflict", "Somebody else is changing this teleconsultation. Repeat the request.", 1
        ),
        RequestUnderWayError: Problem(
            409,
            "request_under_way",
            "The first request with this Idempotency-Key is still running. Repeat this one.",
            1,
        ),
        TeleconsultationDeletedError: Problem(410, "deleted", "This teleconsultation was deleted."),
        ParticipantsCompleteError: Problem(
            409,
            "participants_complete",
            "Everybody expected is named. Expect more people first (PATCH participants.number), or replace "
            "the list.",
        ),
        PreconditionFailedError: Problem(
            412,
            "precondition_failed",
            "If-Match names another version, or If-None-Match this one. Read the teleconsultation again, "
            "then repeat the request. Send its ETag unchanged: one that a proxy has marked as weak (W/) or "
            "given an ending names no version.",
        ),
        TooLargeError: Problem(413, "too_large", "The body is larger than 256 KB."),
        ImageTooLargeError: Problem(
            413,
            "image_too_large",
            "The form with the image is larger than 4.4 MB. Save the image in a lower quality, or with fewer "
            "pixels: 1280 by 1280 are enough.",
        ),
        BackgroundLimitError: Problem(
            409,
            "background_limit",
            "The company has ten backgrounds, and the video provider keeps no more. Delete one there first.",
        ),
        NotAFormError: Problem(
            415, "not_a_form", "Send the image as multipart/form-data, in the field virtual_background."
        ),
        UnsupportedMediaTypeError: Problem(
            415, "unsupported_media_type", "Send the body as JSON with Content-Type: application/json."
        ),
        UnsupportedContentCodingError: Problem(
            415, "unsupported_content_coding", "Send the body uncompressed, without Content-Encoding."
        ),
        UnsupportedCharsetError: Problem(
            415, "unsupported_charset", "Send the body in UTF-8; the charset may be left out."
        ),
        IdempotencyKeyReusedError: Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another body. Use a new key for a new request.",
        ),
        ProviderRejectedError: Problem(
            502,
            "provider_rejected",
            "The video provider refused the request. Repeating it will not help; tell the operator.",
        ),
        ProviderUnavailableError: Problem(
            503, "provider_unavailable", "The video provider cannot answer now. Repeat the request later.", 5
        ),
        BackgroundOutcomeUnknownError: Problem(
            503,
            "background_outcome_unknown",
            "The video provider did not say whether it has the image. Wait a minute, read GET /settings, and "
            "send the image again only if it is not there.",
            60,
        ),
        DirectoryUnavailableError: Problem(
            503,
            "directory_unavailable",
            "The directory of people cannot answer now. Repeat the request later; one that names people may "
            "send groups and fullName with each id.",
            5,
        ),
        StorageUnavailableError: Problem(
            503,
            "storage_unavailable",
            "The service cannot reach its storage now. Repeat the request later.",
            2,
        ),
    }
)
UNEXPECTED = Problem(
    500, "internal_error", "Something went wrong on our side. It is recorded; repeat the request later."
)
MISCONFIGURED = Problem(
    UNEXPECTED.status,
    UNEXPECTED.code,
    "The service is not configured correctly. Tell its operator: the log says which setting to correct.",
)


def problem_document(
    problem: Problem, *, error: Exception, method: str, path: str = "/teleconsultation"
) -> Document:
    """Return the body: the members of RFC 9457, `code`, and the members that clients of the original read
    (`error`, `message`, `statusCode`).
    """
    from http import HTTPStatus  # noqa: PLC0415 - lazy: only errors need it, and it costs cold start

    title = HTTPStatus(problem.status).phrase
    document: Document = {
        "type": f"urn:problem-type:teleconsultation:{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "statusCode": problem.status,
        "error": title,
        "message": problem.detail,
    }
    if isinstance(error, NoPlusUserError):
        # Clients are known to match this error text of the original; its path had the id where one person is
        # added, and nowhere else.
        document["error"] = document["message"] = f"Failed {method} {path}: no plus user in room"
    if isinstance(error, InvalidRequestError):
        document["errors"] = [{"field": field.field, "message": field.message} for field in error.errors]
    return document
