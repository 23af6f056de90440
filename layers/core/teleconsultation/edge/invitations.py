"""The answer to the booking system: a teleconsultation's id, its page and its participants' join links."""

from typing import Any

from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Participant, Teleconsultation
from teleconsultation.edge.calendar_file import calendar_file
from teleconsultation.use_cases.calendar_entry import CalendarEntry


def invitations(
    teleconsultation: Teleconsultation,
    *,
    page_base_url: str,
    join_secrets: JoinSecrets | None,
    with_calendar_files: bool = False,
) -> dict[str, Any]:
    """Return the body of the answer to a POST, and to a PATCH that prefers a representation.

    With `with_calendar_files` everybody who has a link has a file for their calendar too, in their language.
    """
    page_url = _page_url(teleconsultation, page_base_url=page_base_url)
    body: dict[str, Any] = {
        "roomId": teleconsultation.id,
        "teleconsultationUrl": page_url,
        "reference": teleconsultation.booking.reference,
        "metadata": dict(teleconsultation.booking.metadata),
    }
    if join_secrets is not None:
        body["participants"] = [
            {"userExternalId": _name(person), "joinUrl": f"{page_url}#j={secret}"}
            | (
                {"invitation": _file(teleconsultation, person, page_base_url=page_base_url, secret=secret)}
                if with_calendar_files
                else {}
            )
            for person in teleconsultation.participants
            if (secret := join_secrets.secret(person, teleconsultation_id=teleconsultation.id))
        ]
    return body


def invitation(
    teleconsultation: Teleconsultation,
    *,
    external_id: str,
    page_base_url: str,
    join_secrets: JoinSecrets | None,
) -> dict[str, Any]:
    """Return the body of the answer to the addition of a participant that prefers a representation. The id
    may be an alias.
    """
    body: dict[str, Any] = {"userExternalId": external_id}
    person = next(person for person in teleconsultation.participants if _name(person) == external_id)
    if join_secrets and (secret := join_secrets.secret(person, teleconsultation_id=teleconsultation.id)):
        body["joinUrl"] = f"{_page_url(teleconsultation, page_base_url=page_base_url)}#j={secret}"
    return body


def _file(teleconsultation: Teleconsultation, person: Participant, *, page_base_url: str, secret: str) -> str:
    entry = CalendarEntry(
        teleconsultation=teleconsultation,
        participant=person,
        # Not now: the answer to a repetition with an `Idempotency-Key` is the same.
        read_at=teleconsultation.updated_at,
    )
    return calendar_file(entry, page_base_url=page_base_url, join_secret=secret, language=None)


def _name(person: Participant) -> str:
    """Return the id by which the caller has named a person."""
    return person.alias or person.external_id


def _page_url(teleconsultation: Teleconsultation, *, page_base_url: str) -> str:
    # A join link's secret is in the fragment, which browsers do not send to servers or in a referrer.
    return f"{page_base_url}/teleconsultation/{teleconsultation.id}"
