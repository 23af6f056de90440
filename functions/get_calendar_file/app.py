"""`GET /teleconsultation/{id}/invitation.ics` and `…/join/invitation.ics`: return a file for a calendar."""

from teleconsultation import bootstrap
from teleconsultation.edge.calendar_file import CONTENT_TYPE, calendar_file
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.request_log import log
from teleconsultation.use_cases.calendar_entry import read_calendar_entry

bootstrap.prepare_reading()


@endpoint(outcome="CalendarFileRead", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the file, which cancels the entry if the teleconsultation was deleted."""
    settings = bootstrap.settings()
    caller = request.caller(
        user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
    )
    entry = read_calendar_entry(
        request.teleconsultation_id,
        caller=caller,
        join_links=settings.join_links,
        teleconsultations=bootstrap.readable_teleconsultations(),
        clock=bootstrap.clock,
    )
    return Response(
        status=200,
        body=calendar_file(
            entry,
            page_base_url=request.page_base_url,
            join_secret=caller.join_secret,
            language=request.query.get("language"),
        ),
        headers={
            "etag": entry.teleconsultation.entity_tag,
            "content-disposition": 'attachment; filename="invitation.ics"',
        },
        content_type=CONTENT_TYPE,
    )
