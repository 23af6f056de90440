"""The path parameter `userExternalId` of the routes that are about one person."""

from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.domain.texts import MAX_EXTERNAL_ID_LENGTH, is_external_id
from teleconsultation.edge.http import Request


def user_external_id(request: Request) -> str:
    """Return the parameter, which API Gateway has decoded.

    Raises:
        InvalidRequestError: it cannot be a person's id.
    """
    external_id: str = (request.event.get("pathParameters") or {}).get("userExternalId", "")
    if not is_external_id(external_id):
        raise InvalidRequestError(
            [FieldError("userExternalId", f"must have 1 to {MAX_EXTERNAL_ID_LENGTH} visible characters")]
        )
    return external_id
