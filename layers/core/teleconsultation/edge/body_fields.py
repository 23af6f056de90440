"""Fields that the request bodies share: their shape and types. The use cases check their meaning.

The request schemas in docs/openapi.yaml are generated from these models (`make openapi`), so that the two
cannot differ. The body of each route has a module of its own, because pydantic builds models at import, and a
function need not build those of another route.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from teleconsultation.domain.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS
from teleconsultation.domain.schedule import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS
from teleconsultation.use_cases.guests import Invitee

_DATE_TIME = re.compile(r"2\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, section 5.6, in the years that `Schedule` accepts; pydantic alone would also accept numbers, and
dates without an offset.
"""


def _date_time(value: object) -> datetime:
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError(
        "date_time",
        "must be an ISO 8601 date and time from 2000 to 2999 with an offset, such as 2026-12-01T15:30:00Z",
    )


def _not_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "must not be null; leave the field out instead")
    return value


def _whole(value: object) -> object:
    # In JSON Schema, and so in our schema, 2.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


T = TypeVar("T")
Optional = Annotated[T | None, BeforeValidator(_not_null)]
"""A field that may be left out but not sent as null, because null has no meaning in a merge here."""

_DATE_TIME_SCHEMA = {
    "type": "string",
    "format": "date-time",
    "pattern": f"^{_DATE_TIME.pattern}$",
}
StartDate = Annotated[
    datetime,
    BeforeValidator(_date_time),
    WithJsonSchema(
        {"description": "In the years 2000 to 2999; finer than milliseconds is cut off."} | _DATE_TIME_SCHEMA
    ),
]
EndDate = Annotated[
    datetime,
    BeforeValidator(_date_time),
    WithJsonSchema({"description": "5 minutes to 24 hours after the start."} | _DATE_TIME_SCHEMA),
]
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_LINE = re.compile(rf"[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*")


def _line(value: str) -> str:
    if not _LINE.fullmatch(value):
        raise PydanticCustomError("line", "must be one line of text, without control characters, not blank")
    return value


Line = Annotated[str, AfterValidator(_line), Field(json_schema_extra={"pattern": f"^{_LINE.pattern}$"})]
ExternalId = Annotated[
    Line,
    StringConstraints(min_length=1, max_length=255),
    Field(description="The integrator's id of a person, equal to the user id claim in their tokens."),
]
GroupName = Annotated[Line, StringConstraints(min_length=1, max_length=100)]
FullName = Annotated[
    Line,
    StringConstraints(min_length=1, max_length=100),
    Field(description="The name shown in the call."),
]
Language = Annotated[
    str,
    StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"),
    Field(description="BCP 47 tag of the language the person prefers."),
]
HeadCount = Annotated[
    int,
    Field(ge=MIN_PARTICIPANTS, le=MAX_PARTICIPANTS, description="How many participants are expected."),
    BeforeValidator(_whole),
]
DurationSeconds = Annotated[
    int,
    Field(
        ge=MIN_DURATION_SECONDS,
        le=MAX_DURATION_SECONDS,
        description="Instead of end_date: 5 minutes to 24 hours.",
    ),
    BeforeValidator(_whole),
]


class Body(BaseModel):
    """A JSON object without unknown fields."""

    # Input is never shown by accident: neither in pydantic's errors nor in the `repr` of a body.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()


class ParticipantBody(Body):
    """A participant. A person this service has met before may be sent as an id alone."""

    model_config = ConfigDict(
        title="Participant",
        json_schema_extra={
            "oneOf": [{"required": ["userExternalId"]}, {"required": ["userId"]}],
            "not": {"required": ["group", "groups"]},
        },
    )

    userExternalId: Optional[ExternalId] = None  # noqa: N815 - the wire's name
    userId: Optional[ExternalId] = Field(None, description="The original's other name of userExternalId.")  # noqa: N815
    groups: Optional[Annotated[list[GroupName], Field(min_length=1, max_length=25)]] = Field(
        None, description="At least one must be configured; the highest role any of them gives is taken."
    )
    group: Optional[GroupName] = Field(None, description="The original's other form of groups.")
    fullName: Optional[FullName] = None  # noqa: N815
    language: Optional[Language] = None

    @model_validator(mode="after")
    def _one_spelling(self) -> Self:
        if (self.userExternalId is None) == (self.userId is None):
            raise PydanticCustomError("spelling", "must have exactly one of userExternalId and userId")
        if self.groups is not None and self.group is not None:
            raise PydanticCustomError("spelling", "must have at most one of groups and group")
        return self

    def invitee(self, *, field_path: str) -> Invitee:
        """Return the participant as an invitee of the use cases."""
        groups = self.groups if self.groups is not None else self.group and [self.group]
        return Invitee(
            external_id=self.userExternalId or self.userId or "",
            field_path=field_path,
            groups=tuple(groups) if groups else None,
            full_name=self.fullName,
            language=self.language,
        )


def _form(value: object) -> Literal["list", "object"]:
    return "list" if isinstance(value, list) else "object"


KnownIds = Annotated[
    list[ExternalId],
    Field(
        min_length=MIN_PARTICIPANTS,
        max_length=MAX_PARTICIPANTS,
        description="Ids of people this service has met before.",
        json_schema_extra={"uniqueItems": True},
    ),
]
type ParticipantsForms[Form] = Annotated[
    Annotated[Form, Tag("object")] | Annotated[KnownIds, Tag("list")], Discriminator(_form)
]


def known_invitees(external_ids: Sequence[str]) -> tuple[Invitee, ...]:
    """Return the invitees of a list of ids."""
    return tuple(
        Invitee(external_id=external_id, field_path=f"participants[{index}]")
        for index, external_id in enumerate(external_ids)
    )


def named_invitees(people: Sequence[ParticipantBody]) -> tuple[Invitee, ...]:
    """Return the invitees of the list in an object."""
    return tuple(
        person.invitee(field_path=f"participants.data[{index}]") for index, person in enumerate(people)
    )
