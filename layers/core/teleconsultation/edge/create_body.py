"""The body of `POST /teleconsultation`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from teleconsultation.domain.model import MAX_PARTICIPANTS
from teleconsultation.domain.schedule import Schedule
from teleconsultation.edge.body_fields import (
    Body,
    DurationSeconds,
    EndDate,
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
from teleconsultation.edge.documents import parse_json
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.create import NewTeleconsultation


class ParticipantsBody(Body):
    """Everybody expected: how many, and those known so far."""

    model_config = ConfigDict(title="Participants")

    number: HeadCount
    data: Annotated[list[ParticipantBody], Field(max_length=MAX_PARTICIPANTS)]


class CreateTeleconsultationBody(Body):
    """The body of `POST /teleconsultation`."""

    model_config = ConfigDict(
        title="CreateTeleconsultation",
        json_schema_extra={"oneOf": [{"required": ["end_date"]}, {"required": ["duration_in_seconds"]}]},
    )

    participants: ParticipantsForms[ParticipantsBody]
    start_date: StartDate
    end_date: Optional[EndDate] = None
    duration_in_seconds: Optional[DurationSeconds] = None
    reference: Reference = None
    metadata: Metadata = Field(default_factory=dict)

    @classmethod
    def parse(cls, body: bytes) -> NewTeleconsultation:
        """Return the content of a body.

        Raises:
            InvalidRequestError: the body does not match the model.
        """
        parsed = parse_json(cls, body)
        participants = parsed.participants
        if isinstance(participants, list):
            number, invitees = len(participants), known_invitees(participants)
        else:
            number, invitees = participants.number, named_invitees(participants.data)
        return NewTeleconsultation(
            participants_number=number,
            invitees=invitees,
            schedule=Schedule.of(
                start_date=parsed.start_date,
                end_date=parsed.end_date,
                duration_seconds=parsed.duration_in_seconds,
            ),
            booking=BookingChanges(reference=parsed.reference, metadata=parsed.metadata),
        )
