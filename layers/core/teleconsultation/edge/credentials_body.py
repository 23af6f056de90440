"""The body of `POST /credentials`."""

from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field

from teleconsultation.edge.body_fields import Body, Optional, whole
from teleconsultation.edge.documents import parse_json

MIN_EXPIRY_SECONDS = 360
MAX_EXPIRY_SECONDS = 86_400
"""The provider's bounds: https://developers.kaleyra.io/reference/video-authentication"""
DEFAULT_EXPIRY_SECONDS = 3600
"""The original's."""


class IssueCredentialsBody(Body):
    """The body of `POST /credentials`, which may be left out."""

    model_config = ConfigDict(title="IssueCredentials")

    expiresIn: Optional[  # noqa: N815 - the wire's name
        Annotated[
            int,
            Field(
                ge=MIN_EXPIRY_SECONDS,
                le=MAX_EXPIRY_SECONDS,
                description="How many seconds the token is valid: 360 to 86400, 3600 if left out.",
            ),
            BeforeValidator(whole),
        ]
    ] = None

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return the body of a request.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        return parse_json(cls, body)

    @property
    def expires_in_seconds(self) -> int:
        """How long the token is to be valid."""
        return DEFAULT_EXPIRY_SECONDS if self.expiresIn is None else self.expiresIn
