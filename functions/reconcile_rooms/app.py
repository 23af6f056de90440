"""The reconciler, run by a schedule: finishes or undoes what dead processes left."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.errors import TeleconsultationError
from teleconsultation.observability import log_unexpected, logger, metrics
from teleconsultation.reconcile import reconcile_rooms
from teleconsultation.settings import SettingsError


class ReconciliationError(Exception):
    """The run broke off; the log says where. The next one goes on."""


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Run once, within the function's time; the event says nothing we need.

    Raises:
        ReconciliationError: the table cannot answer, or something nobody foresaw; Lambda counts an error.
    """

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        done = reconcile_rooms(
            teleconsultations=bootstrap.teleconsultations(),
            rooms=bootstrap.video_rooms(remaining_seconds=remaining_seconds),
            clock=bootstrap.clock,
            remaining_seconds=remaining_seconds,
        )
    except Exception as error:  # noqa: BLE001 - Lambda would log the text, which may quote data
        is_ours = isinstance(error, SettingsError | TeleconsultationError)
        log_unexpected(error, reason=str(error) if is_ours else None)
        metrics.add_metric(name="ReconcileFailures", unit=MetricUnit.Count, value=1)
        raise ReconciliationError("the run broke off; see the log before this line") from None
    metrics.add_metric(name="RoomsReconciled", unit=MetricUnit.Count, value=done.settled + done.rooms_deleted)
    metrics.add_metric(name="ReconcileFailures", unit=MetricUnit.Count, value=done.failures)
    if done.walk_is_complete:
        # Only who has seen all rooms can say that none is left.
        metrics.add_metric(name="OrphanRooms", unit=MetricUnit.Count, value=done.rooms_left)
    counts = {
        "settled": done.settled,
        "given_up": done.given_up,
        "rooms_deleted": done.rooms_deleted,
        "rooms_left": done.rooms_left,
        "failures": done.failures,
    }
    logger.info("rooms reconciled", counts=counts, walk_is_complete=done.walk_is_complete)
    return counts
