"""The body of `POST /teleconsultation/{id}/participants/data`: one participant, as in POST."""

from teleconsultation.edge.body_fields import ParticipantBody
from teleconsultation.edge.documents import parse_json
from teleconsultation.use_cases.guests import Invitee


def parse_participant(body: bytes) -> Invitee:
    """Return the content of a body.

    Raises:
        InvalidRequestError: the body does not match the model.
    """
    return parse_json(ParticipantBody, body).invitee(field_path="")
