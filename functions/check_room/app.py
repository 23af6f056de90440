"""`POST /teleconsultation/{id}/room` and `…/join/room`: replace a room that the provider has lost."""

from teleconsultation import bootstrap
from teleconsultation.edge.http import Request, Response, endpoint
from teleconsultation.edge.powertools_log import log, metrics
from teleconsultation.use_cases.check_room import check_room

bootstrap.prepare_storage()
bootstrap.prepare_provider()


@endpoint(outcome="RoomChecked", log=log)
def lambda_handler(request: Request) -> Response:
    """Answer 204: the room works, or there is another one now, or the door is shut."""
    settings = bootstrap.settings()
    was_replaced = check_room(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        ports=bootstrap.ports(remaining_seconds=request.remaining_seconds),
        policy=bootstrap.policy(),
    )
    if was_replaced:
        metrics.add_metric(name="LostRooms", unit="Count", value=1)
        log.warning("lost room replaced")
    return Response(status=204)
