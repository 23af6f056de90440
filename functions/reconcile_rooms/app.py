"""Finish or undo what crashed processes left. The function has no route: a schedule invokes it."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.edge.invocation import Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics
from teleconsultation.settings import NotConfiguredError
from teleconsultation.use_cases.reconcile import reconcile_rooms


@metrics.log_metrics
@invocation
def lambda_handler(_event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not used
    """Run the reconciler once, within the function's timeout, and return a report."""

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        done = reconcile_rooms(
            ports=bootstrap.ports(remaining_seconds=remaining_seconds),
            remaining_seconds=remaining_seconds,
        )
    except NotConfiguredError as error:
        # From the first deployment until its last step: there are no rooms yet, and nothing has failed.
        logger.info("reconciler is not configured yet", reason=str(error))
        _count("ReconcileFailures", 0)
        return {"notConfigured": True}
    except Exception:
        _count("ReconcileFailures", 1)
        raise
    _count("RoomsReconciled", done.settled + done.rooms_deleted)
    _count("ReconcileFailures", done.failures)
    if done.walk_is_complete:
        # The number is known only after a complete walk.
        _count("OrphanRooms", done.rooms_left)
    report = {
        "settled": done.settled,
        "givenUp": done.given_up,
        "roomsDeleted": done.rooms_deleted,
        "roomsLeft": done.rooms_left,
        "failures": done.failures,
        "walkIsComplete": done.walk_is_complete,
    }
    logger.info("reconciler ran", report=report)
    return report


def _count(name: str, value: int) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
