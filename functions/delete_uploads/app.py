"""`DELETE /teleconsultation/{id}/uploads`: delete the files that were shared in its calls."""

from teleconsultation import bootstrap
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.delete_uploads import delete_uploads

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="UploadsDeleted", log=log, caller_hash=bootstrap.caller_hash)
def lambda_handler(request: Request) -> Response:
    """Answer 200 with the numbers, or 204 where the operator keeps files."""
    settings = bootstrap.settings()
    deletion = delete_uploads(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        is_on=bootstrap.deletes_uploads(),
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
    )
    if deletion is None:
        return Response(status=204)
    return Response(
        status=200,
        body={
            "total": deletion.total,
            "deleted": deletion.deleted,
            "completedAt": None if deletion.completed_at is None else to_text(deletion.completed_at),
        },
    )
