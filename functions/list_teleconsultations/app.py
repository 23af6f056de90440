"""`GET /teleconsultation`: list the teleconsultations that start within some days."""

from typing import Any

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.list_query import ListQuery, cursor, next_link
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.list import Entry, list_teleconsultations

bootstrap.prepare_storage()


@endpoint(outcome="TeleconsultationsListed", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with a page of the list, and the way to the next one."""
    request.require_management()
    query = ListQuery.parse(request.query)
    page = list_teleconsultations(
        query.wanted,
        after=query.after,
        size=query.size,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
        door=bootstrap.settings().door,
        clock=bootstrap.clock,
    )
    next_cursor = page.continues_after and cursor(page.continues_after, query=request.query)
    return Response(
        status=200,
        body={"items": [_item(entry) for entry in page.entries], "nextCursor": next_cursor},
        headers={"link": next_link(request.path, query=request.query, next_cursor=next_cursor)}
        if next_cursor
        else {},
    )


def _item(entry: Entry) -> dict[str, Any]:
    one = entry.teleconsultation
    return {
        "roomId": one.id,
        "startDate": to_text(one.schedule.start_date),
        "endDate": to_text(one.schedule.end_date),
        "state": entry.state,
        "participantsNumber": one.participants_number,
        "named": one.named_number,
        "version": one.version,
        "reference": one.reference,
    }
