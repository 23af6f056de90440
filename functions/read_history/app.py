"""`GET /teleconsultation/{id}/history`: return who changed a teleconsultation, and when."""

from typing import Any

from teleconsultation import bootstrap
from teleconsultation.domain.history import is_intact
from teleconsultation.domain.model import HistoryEntry
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.lookup import find

bootstrap.prepare_storage()


@endpoint(outcome="HistoryRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the entries, also of a teleconsultation that was deleted."""
    request.require_management()
    teleconsultation = find(
        request.teleconsultation_id,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
    )
    return Response(
        status=200,
        body={
            "roomId": teleconsultation.id,
            "isIntact": is_intact(teleconsultation.history, teleconsultation_id=teleconsultation.id),
            "entries": [_entry(entry) for entry in teleconsultation.history],
        },
    )


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": to_text(entry.at),
        "action": entry.action,
        "by": entry.by,
        "fields": list(entry.fields),
        "hash": entry.digest,
    }
