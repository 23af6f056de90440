"""The body of `PATCH /settings/update`."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from teleconsultation.domain.texts import NAME_PATTERN, is_name
from teleconsultation.edge.body_fields import Body
from teleconsultation.edge.documents import broken_rule, parse_json

MAX_ALIAS_LENGTH = 128


def _alias(value: str) -> str:
    if not is_name(value, max_length=MAX_ALIAS_LENGTH):
        raise broken_rule(f"must be one line of 1 to {MAX_ALIAS_LENGTH} characters")
    return value


class UpdateSettingsBody(Body):
    """The body of `PATCH /settings/update`: the only setting of the original's that could be changed."""

    model_config = ConfigDict(title="UpdateSettings")

    background_alias: Annotated[
        str,
        Field(description="The alias of the background that calls are to use, from GET /settings."),
        AfterValidator(_alias),
        WithJsonSchema(
            {"type": "string", "minLength": 1, "maxLength": MAX_ALIAS_LENGTH, "pattern": NAME_PATTERN}
        ),
    ]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return the body of a request.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        return parse_json(cls, body)
