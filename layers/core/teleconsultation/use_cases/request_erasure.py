"""Use cases: request the erasure of a person, and say what has become of it.

The request is one write. The runs of `run_erasures` do the rest, so nothing depends on the process that took
the request.
"""

from teleconsultation.domain.erasure import RequestedErasure, is_erasure_id
from teleconsultation.domain.errors import ErasureNotFoundError
from teleconsultation.domain.ports import Clock, Erasures


def request_erasure(
    external_id: str, *, erasure_id: str, erasures: Erasures, clock: Clock
) -> RequestedErasure:
    """Let the next run erase a person, from the beginning, and return the record.

    Nothing is checked about the person: visits can name somebody who has no profile.

    Raises:
        StorageUnavailableError: the table cannot answer; the request may be stored nevertheless.
    """
    return erasures.request(erasure_id, external_id=external_id, at=clock())


def read_erasure(erasure_id: str, *, erasures: Erasures) -> RequestedErasure:
    """Return the record of an erasure.

    Raises:
        ErasureNotFoundError: there is none.
        StorageUnavailableError: the table cannot answer.
    """
    if not is_erasure_id(erasure_id):
        raise ErasureNotFoundError("not an id")
    return erasures.get(erasure_id)
