"""The answer to the booking system: a teleconsultation's id, its page and its participants' join links."""

from typing import Any

from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Teleconsultation


def invitations(
    teleconsultation: Teleconsultation, *, page_base_url: str, join_secrets: JoinSecrets | None
) -> dict[str, Any]:
    """Return the body of the answer to a POST, and to a PATCH that prefers a representation.

    The secret of a join link is in the fragment, which browsers do not send to servers or in a referrer.
    """
    page_url = f"{page_base_url}/teleconsultation/{teleconsultation.id}"
    body: dict[str, Any] = {
        "roomId": teleconsultation.id,
        "teleconsultationUrl": page_url,
        "reference": teleconsultation.booking.reference,
        "metadata": dict(teleconsultation.booking.metadata),
    }
    if join_secrets is not None:
        body["participants"] = [
            {"userExternalId": person.external_id, "joinUrl": f"{page_url}#j={secret}"}
            for person in teleconsultation.participants
            if (secret := join_secrets.secret(person, teleconsultation_id=teleconsultation.id))
        ]
    return body
