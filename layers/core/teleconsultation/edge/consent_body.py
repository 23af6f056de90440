"""The body of `POST /teleconsultation/{id}/consent`."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from teleconsultation.domain.consent import VERSION_PATTERN, is_version
from teleconsultation.edge.body_fields import Body
from teleconsultation.edge.documents import broken_rule, parse_json


def _version(value: str) -> str:
    if not is_version(value):
        raise broken_rule("must have 1 to 32 letters, digits and . _ - in ASCII")
    return value


class GiveConsentBody(Body):
    """What the participant agrees to."""

    model_config = ConfigDict(title="GiveConsent")

    version: Annotated[
        str,
        Field(description="The version of the text, as the page showed it."),
        AfterValidator(_version),
        WithJsonSchema({"type": "string", "pattern": VERSION_PATTERN}),
    ]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return the body of a request.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        return parse_json(cls, body)
