"""The body of `PUT /users/{userExternalId}`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from teleconsultation.domain.people import User
from teleconsultation.edge.body_fields import Body, ExternalId, FullName, GroupName, Language, Optional
from teleconsultation.edge.documents import parse_json

MAX_ALIASES = 10


class ProfileBody(Body):
    """A person, as requests that name them by an id alone mean them."""

    model_config = ConfigDict(title="Profile")

    groups: Annotated[
        list[GroupName],
        Field(
            min_length=1,
            max_length=25,
            description="At least one must be configured; the highest role any of them gives is taken.",
        ),
    ]
    fullName: FullName  # noqa: N815 - the wire's name
    language: Language = None
    aliases: Optional[
        Annotated[
            list[ExternalId],
            Field(
                max_length=MAX_ALIASES,
                description="Other ids by which requests may name the person, such as the booking system's "
                "own. Those that are left out end.",
                json_schema_extra={"uniqueItems": True},
            ),
        ]
    ] = None

    @classmethod
    def parse(cls, body: bytes, *, external_id: str) -> User:
        """Return the content of a body as the profile of a person.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        parsed = parse_json(cls, body)
        return User(
            external_id=external_id,
            groups=tuple(parsed.groups),
            full_name=parsed.fullName,
            language=parsed.language,
            aliases=frozenset(parsed.aliases or ()),
        )
