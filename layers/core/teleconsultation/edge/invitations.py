"""What the booking system is told of a teleconsultation: its id, its page, and everybody's own link to it."""

from typing import Any

from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Teleconsultation


def invitations(
    teleconsultation: Teleconsultation, *, page_base_url: str, join_secrets: JoinSecrets | None
) -> dict[str, Any]:
    """Return the body of a POST, and of a PATCH that asks for it.

    A join link's secret stands in the fragment, which no server sees and no referrer carries.
    """
    page_url = f"{page_base_url}/teleconsultation/{teleconsultation.id}"
    body: dict[str, Any] = {"roomId": teleconsultation.id, "teleconsultationUrl": page_url}
    if join_secrets is not None:
        body["participants"] = [
            {"userExternalId": person.external_id, "joinUrl": f"{page_url}#j={secret}"}
            for person in teleconsultation.participants
            if (secret := join_secrets.secret(person, teleconsultation_id=teleconsultation.id))
        ]
    return body
