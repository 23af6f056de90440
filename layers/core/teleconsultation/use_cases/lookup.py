"""Look up the teleconsultation of a request."""

import re

from teleconsultation.domain.errors import TeleconsultationNotFoundError
from teleconsultation.domain.model import Teleconsultation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from teleconsultation.domain.ports import Teleconsultations

_ID_LENGTH = 24
_ID = re.compile(r"[0-9a-f]+", re.ASCII)


def is_teleconsultation_id(text: str) -> bool:
    """Return whether `text` has the format of a teleconsultation's id."""
    return len(text) == _ID_LENGTH and _ID.fullmatch(text) is not None


def find(teleconsultation_id: str, *, teleconsultations: "Teleconsultations") -> Teleconsultation:
    """Return the teleconsultation with this id, deleted or not.

    A malformed id is not looked up, and an unfinished creation counts as not found.

    Raises:
        TeleconsultationNotFoundError: there is none.
        StorageUnavailableError: the table cannot answer.
    """
    if not is_teleconsultation_id(teleconsultation_id):
        raise TeleconsultationNotFoundError("malformed id")
    teleconsultation = teleconsultations.get(teleconsultation_id)
    if not teleconsultation.is_created:
        raise TeleconsultationNotFoundError("never finished")
    return teleconsultation
