"""The body of `PATCH /teleconsultation/{id}`."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from teleconsultation.domain.model import MAX_PARTICIPANTS
from teleconsultation.domain.texts import is_name
from teleconsultation.edge.body_fields import (
    LINE_OR_NOTHING,
    Body,
    DurationSeconds,
    EndDate,
    ExternalId,
    HeadCount,
    Metadata,
    Optional,
    ParticipantBody,
    ParticipantsForms,
    Reference,
    StartDate,
    known_invitees,
    named_invitees,
)
from teleconsultation.edge.documents import broken_rule, parse_json
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.guests import Invitee
from teleconsultation.use_cases.update import Changes

MAX_NOTICE_LENGTH = 200


def _notice(value: str) -> str:
    if value and not is_name(value, max_length=MAX_NOTICE_LENGTH):
        raise broken_rule(
            f"must be empty, or one line of at most {MAX_NOTICE_LENGTH} characters, not all invisible, "
            "without controls"
        )
    return value


NoticeText = Annotated[
    str,
    AfterValidator(_notice),
    WithJsonSchema(
        {
            "description": (
                "A sentence for those who wait, such as a delay: GET answers it with the time it was set, "
                "and the page shows, announces and rings it after its next request. One line, no markup. "
                "The empty text removes it, and so does a new start_date without a notice."
            ),
            "type": "string",
            "maxLength": MAX_NOTICE_LENGTH,
            "pattern": LINE_OR_NOTHING,
        }
    ),
]
RenewedIds = Annotated[
    list[ExternalId],
    Field(
        min_length=1,
        max_length=MAX_PARTICIPANTS,
        description="Participants whose join link stops working, in favour of a new one. Once the door has "
        "opened this replaces the room too, as `newRoom` does, because the old link may have been used.",
    ),
]
NewRoom = Annotated[
    bool,
    Field(
        strict=True,
        description="Whether everybody who has a link to the call loses it: the room is replaced, and links "
        "to the old one fail. Participants who may still join get new links by GET. Works at any time.",
    ),
]


class ParticipantsChangeBody(Body):
    """A change of the participants: what is left out stays, a list is replaced as a whole."""

    model_config = ConfigDict(title="ParticipantsChange", json_schema_extra={"minProperties": 1})

    number: Optional[HeadCount] = None
    data: Optional[Annotated[list[ParticipantBody], Field(max_length=MAX_PARTICIPANTS)]] = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            raise broken_rule("must have at least one of number and data")
        return self


class UpdateTeleconsultationBody(Body):
    """The body of `PATCH /teleconsultation/{id}`: any non-empty subset of what POST takes."""

    model_config = ConfigDict(
        title="UpdateTeleconsultation",
        json_schema_extra={"minProperties": 1, "not": {"required": ["end_date", "duration_in_seconds"]}},
    )

    participants: Optional[ParticipantsForms[ParticipantsChangeBody]] = None
    start_date: Optional[StartDate] = None
    end_date: Optional[EndDate] = None
    duration_in_seconds: Optional[DurationSeconds] = None
    reference: Reference = None
    metadata: Metadata = Field(default_factory=dict)
    renewJoinLinks: Optional[RenewedIds] = None  # noqa: N815 - the wire's name
    notice: Optional[NoticeText] = None
    newRoom: NewRoom = False  # noqa: N815 - the wire's name

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        if not self.model_fields_set:
            raise broken_rule("must change at least one field")
        if self.end_date is not None and self.duration_in_seconds is not None:
            raise broken_rule("must have at most one of end_date and duration_in_seconds")
        return self

    @classmethod
    def parse(cls, body: bytes) -> Changes:
        """Return the content of a body.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        parsed = parse_json(cls, body)
        number, invitees = _participants(parsed.participants)
        return Changes(
            participants_number=number,
            invitees=invitees,
            start_date=parsed.start_date,
            end_date=parsed.end_date,
            duration_seconds=parsed.duration_in_seconds,
            renew_join_links=tuple(parsed.renewJoinLinks or ()),
            notice=parsed.notice,
            booking=BookingChanges(reference=parsed.reference, metadata=parsed.metadata),
            new_room=parsed.newRoom,
        )


def _participants(
    participants: ParticipantsChangeBody | list[str] | None,
) -> tuple[int | None, tuple[Invitee, ...] | None]:
    if participants is None:
        return None, None
    if isinstance(participants, list):
        return len(participants), known_invitees(participants)
    return participants.number, None if participants.data is None else named_invitees(participants.data)
