"""The request bodies: their shape and types. What they mean together is checked by the use cases.

These models are also the source of the request schemas in docs/openapi.yaml (`make openapi`), so that the two
cannot drift apart.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from teleconsultation.create import NewTeleconsultation
from teleconsultation.errors import FieldError, InvalidRequestError
from teleconsultation.guests import Invitee
from teleconsultation.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS
from teleconsultation.schedule import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS, Schedule
from teleconsultation.update import Changes

type Place = Sequence[str | int]
"""Steps that lead to a value in a document."""

MAX_REPORTED_ERRORS = 20

_DATE_TIME = re.compile(r"2\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, section 5.6, in the years that `Schedule` takes: pydantic alone would also take numbers, and
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
    # To JSON, and so to our schema, 2.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


T = TypeVar("T")
Optional = Annotated[T | None, BeforeValidator(_not_null)]
"""A field that may be left out, but not sent as null: in a merge, null would have to mean something."""

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


class _Body(BaseModel):
    # Nothing that was sent is shown by accident: neither in pydantic's errors nor in the text of a body.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()


class ParticipantBody(_Body):
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
        """Return the participant as the use cases know it."""
        groups = self.groups if self.groups is not None else self.group and [self.group]
        return Invitee(
            external_id=self.userExternalId or self.userId or "",
            field_path=field_path,
            groups=tuple(groups) if groups else None,
            full_name=self.fullName,
            language=self.language,
        )


class ParticipantsBody(_Body):
    """Everybody expected: how many, and those known so far."""

    model_config = ConfigDict(title="Participants")

    number: HeadCount
    data: Annotated[list[ParticipantBody], Field(max_length=MAX_PARTICIPANTS)]


class ParticipantsChangeBody(_Body):
    """A change of the participants: what is left out stays, a list is replaced as a whole."""

    model_config = ConfigDict(title="ParticipantsChange", json_schema_extra={"minProperties": 1})

    number: Optional[HeadCount] = None
    data: Optional[Annotated[list[ParticipantBody], Field(max_length=MAX_PARTICIPANTS)]] = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("empty", "must have at least one of number and data")
        return self


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


RenewedIds = Annotated[
    list[ExternalId],
    Field(
        min_length=1,
        max_length=MAX_PARTICIPANTS,
        description="Participants whose join link stops working, in favour of a new one.",
    ),
]


class CreateTeleconsultationBody(_Body):
    """The body of `POST /teleconsultation`."""

    model_config = ConfigDict(
        title="CreateTeleconsultation",
        json_schema_extra={"oneOf": [{"required": ["end_date"]}, {"required": ["duration_in_seconds"]}]},
    )

    participants: ParticipantsForms[ParticipantsBody]
    start_date: StartDate
    end_date: Optional[EndDate] = None
    duration_in_seconds: Optional[DurationSeconds] = None

    @classmethod
    def parse(cls, body: bytes) -> NewTeleconsultation:
        """Read a body.

        Raises:
            InvalidRequestError: the body is not such a document.
        """
        parsed = _parse(cls, body)
        number, invitees = _participants(parsed.participants)
        return NewTeleconsultation(
            participants_number=number or len(invitees or ()),
            invitees=invitees or (),
            schedule=Schedule.of(
                start_date=parsed.start_date,
                end_date=parsed.end_date,
                duration_seconds=parsed.duration_in_seconds,
            ),
        )


class UpdateTeleconsultationBody(_Body):
    """The body of `PATCH /teleconsultation/{id}`: any non-empty subset of what POST takes."""

    model_config = ConfigDict(
        title="UpdateTeleconsultation",
        json_schema_extra={"minProperties": 1, "not": {"required": ["end_date", "duration_in_seconds"]}},
    )

    participants: Optional[ParticipantsForms[ParticipantsChangeBody]] = None
    start_date: Optional[StartDate] = None
    end_date: Optional[EndDate] = None
    duration_in_seconds: Optional[DurationSeconds] = None
    renewJoinLinks: Optional[RenewedIds] = None  # noqa: N815 - the wire's name

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("empty", "must change at least one field")
        if self.end_date is not None and self.duration_in_seconds is not None:
            raise PydanticCustomError("spelling", "must have at most one of end_date and duration_in_seconds")
        return self

    @classmethod
    def parse(cls, body: bytes) -> Changes:
        """Read a body.

        Raises:
            InvalidRequestError: the body is not such a document.
        """
        parsed = _parse(cls, body)
        number, invitees = _participants(parsed.participants)
        return Changes(
            participants_number=number,
            invitees=invitees,
            start_date=parsed.start_date,
            end_date=parsed.end_date,
            duration_seconds=parsed.duration_in_seconds,
            renew_join_links=tuple(parsed.renewJoinLinks or ()),
        )


def _participants(
    participants: ParticipantsBody | ParticipantsChangeBody | list[str] | None,
) -> tuple[int | None, tuple[Invitee, ...] | None]:
    if participants is None:
        return None, None
    if isinstance(participants, list):
        return len(participants), tuple(
            Invitee(external_id=external_id, field_path=f"participants[{index}]")
            for index, external_id in enumerate(participants)
        )
    if participants.data is None:
        return participants.number, None
    return participants.number, tuple(
        person.invitee(field_path=f"participants.data[{index}]")
        for index, person in enumerate(participants.data)
    )


def _parse[Body: BaseModel](model: type[Body], body: bytes) -> Body:
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        errors = [_field_error(detail) for detail in details[:MAX_REPORTED_ERRORS]]
    else:
        doubles = islice(_doubles(body), MAX_REPORTED_ERRORS)
        errors = [FieldError(_path(place), "must not be there twice") for place in doubles]
        if not errors:
            return parsed
    # Outside the handler, so that pydantic's error, which quotes the input, is not chained to ours.
    raise InvalidRequestError(errors)


def _doubles(body: bytes) -> Iterator[Place]:
    """Name the members that stand twice in an object of a document that pydantic has read. It believes the
    last one; another reader, the caller's own say, may believe the first (RFC 8259, section 4).
    """
    # Objects as tuples of pairs; numbers are of no interest, and some are longer than `int` takes.
    return _doubles_in(json.loads(body, object_pairs_hook=tuple, parse_int=str), place=())


def _doubles_in(value: object, *, place: Place) -> Iterator[Place]:
    if isinstance(value, tuple):
        yield from ((*place, name) for name, count in Counter(name for name, _ in value).items() if count > 1)
    members = value if isinstance(value, tuple) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from _doubles_in(member, place=(*place, step))


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    message = "unknown field" if detail["type"] == "extra_forbidden" else detail["msg"]
    place: tuple[str | int, ...] = detail["loc"]
    if place[:1] == ("participants",) and place[1:2] in {("object",), ("list",)}:
        place = (
            place[0],
            *place[2:],
        )  # without the tag of the form, which is pydantic's and not the caller's
    return FieldError(_path(place), message)


def _path(place: Place) -> str:
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


class RequestSchema(GenerateJsonSchema):
    """Writes the schemas for OpenAPI: a field that may be left out is neither null nor defaults to it."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Write an optional field as what it is when it is there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Write no defaults: the only one, None, means that the field was not sent."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the base's signature
        """Write no titles: they would only repeat the names."""
        return False
