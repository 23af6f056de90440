"""The answer about an erasure."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from teleconsultation.domain.erasure import ErasureStatus, RequestedErasure
from teleconsultation.domain.timestamps import to_optional_text, to_text
from teleconsultation.edge.http import Response

ASK_AGAIN_SECONDS = 60
_UNFINISHED = frozenset({ErasureStatus.PENDING, ErasureStatus.FAILED})
_DETAILS: Mapping[ErasureStatus, str] = MappingProxyType(
    {
        ErasureStatus.PENDING: "A run begins within five minutes after nextRunAt. Read the status again "
        "later.",
        ErasureStatus.RUNNING: "A run is under way. Read the status again later.",
        ErasureStatus.FAILED: "The last run could not finish, as stoppedBy says. The next one begins within "
        "five minutes after nextRunAt and goes on there. If it fails too, tell the operator.",
        ErasureStatus.COMPLETED: "The person is erased. Each visit in upcoming lacks a participant: name "
        "somebody else, or delete it.",
    }
)


def erasure_response(
    erasure: RequestedErasure, *, status: int, now: datetime, location: str = ""
) -> Response:
    """Return what is known of an erasure, without the person."""
    state = erasure.status(now=now)
    headers = {"location": location} if location else {}
    if state is not ErasureStatus.COMPLETED:
        headers["retry-after"] = str(ASK_AGAIN_SECONDS)
    body: dict[str, Any] = {
        "erasureId": erasure.id,
        "status": state,
        "detail": _DETAILS[state],
        "requestedAt": to_text(erasure.requested_at),
        "completedAt": to_optional_text(erasure.completed_at),
        "nextRunAt": to_optional_text(erasure.due_at) if state in _UNFINISHED else None,
        "stoppedBy": erasure.stopped_by if state is ErasureStatus.FAILED else None,
        "upcoming": sorted(erasure.upcoming),
    }
    return Response(status=status, body=body, headers=headers)
