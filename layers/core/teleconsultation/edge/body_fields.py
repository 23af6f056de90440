"""Fields that the request bodies share: their shape and types. The use cases check their meaning.

The request schemas in docs/openapi.yaml are generated from these models (`make openapi`), so that the two
cannot differ. The body of each route has a module of its own, because pydantic builds models at import, and a
function need not build those of another route.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from teleconsultation.domain.language import language_tag
from teleconsultation.domain.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS
from teleconsultation.domain.schedule import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS
from teleconsultation.domain.texts import (
    EXTERNAL_ID_PATTERN,
    MAX_EXTERNAL_ID_LENGTH,
    MAX_NAME_LENGTH,
    NAME_PATTERN,
    is_external_id,
    is_name,
)
from teleconsultation.edge.date_times import EXAMPLE, PATTERN, InvalidDateTimeError, parse_date_time
from teleconsultation.edge.documents import broken_rule
from teleconsultation.use_cases.booking_data import MAX_PAIRS
from teleconsultation.use_cases.guests import Invitee

MAX_REFERENCE_LENGTH = 128
MAX_METADATA_LENGTH = 128
MAX_METADATA_NAME_LENGTH = 40
METADATA_NAME_PATTERN = f"^[A-Za-z0-9_.:-]{{1,{MAX_METADATA_NAME_LENGTH}}}$"
_METADATA_NAME = re.compile(METADATA_NAME_PATTERN.removeprefix("^").removesuffix("$"))
LINE_OR_NOTHING = f"^(?:{NAME_PATTERN.removeprefix('^').removesuffix('$')})?$"

_DATE_TIME_RULE = f"must be a date and time with an offset, such as {EXAMPLE}"


def _date_time(value: object) -> datetime:
    if not isinstance(value, str):
        raise broken_rule(f"{_DATE_TIME_RULE}; what was sent is no text")
    try:
        return parse_date_time(value)
    except InvalidDateTimeError as error:
        raise broken_rule(f"{_DATE_TIME_RULE}; what was sent {error}") from None


def _not_null(value: object) -> object:
    if value is None:
        raise broken_rule("must not be null; leave the field out instead")
    return value


def whole(value: object) -> object:
    """Return a number without a fraction as an integer."""
    # In JSON Schema, and so in our schema, 2.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _external_id(value: str) -> str:
    if not is_external_id(value):
        raise broken_rule(
            f"must have 1 to {MAX_EXTERNAL_ID_LENGTH} visible characters, with spaces only between them"
        )
    return value


def _name(value: str) -> str:
    if not is_name(value, max_length=MAX_NAME_LENGTH):
        raise broken_rule(
            f"must be one line of 1 to {MAX_NAME_LENGTH} characters, not all invisible, without controls"
        )
    return value


def _language(value: str | None) -> str | None:
    return language_tag(value) if value else None


def _reference(value: str | None) -> str:
    if value and not is_name(value, max_length=MAX_REFERENCE_LENGTH):
        raise broken_rule(
            f"must be one line of at most {MAX_REFERENCE_LENGTH} characters, not all invisible, without "
            "controls"
        )
    return value or ""


def _metadata(pairs: dict[str, str | None] | None) -> dict[str, str | None] | None:
    if pairs is None:
        return None
    if len(pairs) > MAX_PAIRS:
        raise broken_rule(f"must have at most {MAX_PAIRS} pairs")
    if not all(len(name) <= MAX_METADATA_NAME_LENGTH and _METADATA_NAME.fullmatch(name) for name in pairs):
        raise broken_rule(
            f"must have names of 1 to {MAX_METADATA_NAME_LENGTH} letters, digits and _ . : - in ASCII"
        )
    if not all(is_name(value, max_length=MAX_METADATA_LENGTH) for value in pairs.values() if value):
        raise broken_rule(
            f"must have values of one line of at most {MAX_METADATA_LENGTH} characters, not all invisible, "
            "without controls"
        )
    return pairs


def _text_schema(*, max_length: int, pattern: str, **more: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": max_length, "pattern": pattern}
    return WithJsonSchema(more | schema)


T = TypeVar("T")
Optional = Annotated[T | None, BeforeValidator(_not_null)]
"""A field that may be left out but not sent as null, because null has no meaning in a merge here."""

_DATE_TIME_SCHEMA = {"type": "string", "pattern": PATTERN, "examples": [EXAMPLE]}
StartDate = Annotated[
    datetime,
    BeforeValidator(_date_time),
    WithJsonSchema(
        {
            "description": (
                "RFC 3339 in the years 2000 to 2999. The seconds may be left out, and the offset may be "
                "written +0100 or +01. Finer than milliseconds is cut off."
            )
        }
        | _DATE_TIME_SCHEMA
    ),
]
EndDate = Annotated[
    datetime,
    BeforeValidator(_date_time),
    WithJsonSchema(
        {"description": "5 minutes to 24 hours after the start; written as start_date."} | _DATE_TIME_SCHEMA
    ),
]
ExternalId = Annotated[
    str,
    AfterValidator(_external_id),
    _text_schema(
        description=(
            "The integrator's id of a person, equal to the user id claim in their tokens. Its characters are "
            "visible, with spaces only between them. Two ids are equal only if all their characters are: "
            "neither case nor Unicode normalization form is changed."
        ),
        max_length=MAX_EXTERNAL_ID_LENGTH,
        pattern=EXTERNAL_ID_PATTERN,
    ),
]
GroupName = Annotated[
    str, AfterValidator(_name), _text_schema(max_length=MAX_NAME_LENGTH, pattern=NAME_PATTERN)
]
FullName = Annotated[
    str,
    AfterValidator(_name),
    _text_schema(
        description=(
            "The name shown in the call: one line in which something is visible, without control characters; "
            "Unicode's bidirectional controls count as such."
        ),
        max_length=MAX_NAME_LENGTH,
        pattern=NAME_PATTERN,
    ),
]
Language = Annotated[
    str | None,
    AfterValidator(_language),
    WithJsonSchema(
        {
            "description": (
                "BCP 47 tag of the language the person prefers; it_IT is taken as it-IT. A text that is no "
                "such tag, and null, count as not sent."
            ),
            "type": ["string", "null"],
        }
    ),
]
HeadCount = Annotated[
    int,
    Field(ge=MIN_PARTICIPANTS, le=MAX_PARTICIPANTS, description="How many participants are expected."),
    BeforeValidator(whole),
]
DurationSeconds = Annotated[
    int,
    Field(
        ge=MIN_DURATION_SECONDS,
        le=MAX_DURATION_SECONDS,
        description="Instead of end_date: 5 minutes to 24 hours.",
    ),
    BeforeValidator(whole),
]

Reference = Annotated[
    str | None,
    AfterValidator(_reference),
    WithJsonSchema(
        {
            "description": (
                "Your own id of this visit, such as the appointment's number: one line. Answers repeat it to "
                "managers; participants never see it. Null and the empty text remove it. Put no personal "
                "data in it: an erasure leaves it."
            ),
            "type": ["string", "null"],
            "maxLength": MAX_REFERENCE_LENGTH,
            "pattern": LINE_OR_NOTHING,
        }
    ),
]
Metadata = Annotated[
    dict[str, str | None] | None,
    AfterValidator(_metadata),
    WithJsonSchema(
        {
            "description": (
                f"Pairs of your own, at most {MAX_PAIRS} in a visit and in a request. Answers repeat them to "
                "managers; participants never see them, and the erasure of any participant removes them. "
                "What is sent is merged into what is stored (RFC 7396): a null or empty value removes its "
                "pair, and null in place of the object removes all."
            ),
            "type": ["object", "null"],
            "maxProperties": MAX_PAIRS,
            "propertyNames": {"pattern": METADATA_NAME_PATTERN},
            "additionalProperties": {
                "type": ["string", "null"],
                "maxLength": MAX_METADATA_LENGTH,
                "pattern": LINE_OR_NOTHING,
            },
        }
    ),
]


class Body(BaseModel):
    """A JSON object without unknown fields."""

    # Input is never shown by accident: neither in pydantic's errors nor in the `repr` of a body.
    # Numbers become texts only where `documents` reads less strictly.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True
    )

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
    language: Language = None

    @model_validator(mode="after")
    def _one_spelling(self) -> Self:
        if (self.userExternalId is None) == (self.userId is None):
            raise broken_rule("must have exactly one of userExternalId and userId")
        if self.groups is not None and self.group is not None:
            raise broken_rule("must have at most one of groups and group")
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
