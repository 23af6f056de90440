"""Finding the teleconsultation a request is about."""

import re

from teleconsultation.errors import TeleconsultationNotFoundError
from teleconsultation.model import Teleconsultation
from teleconsultation.ports import Teleconsultations

_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)


def find(teleconsultation_id: str, *, teleconsultations: Teleconsultations) -> Teleconsultation:
    """Return the teleconsultation with this id, deleted or not.

    What cannot be an id is not looked up, and one whose creation was never finished does not exist for
    anybody.

    Raises:
        TeleconsultationNotFoundError: there is none.
        StorageUnavailableError: the table cannot answer.
    """
    if not _ID.fullmatch(teleconsultation_id):
        raise TeleconsultationNotFoundError("malformed id")
    teleconsultation = teleconsultations.get(teleconsultation_id)
    if not teleconsultation.exists:
        raise TeleconsultationNotFoundError("never finished")
    return teleconsultation
