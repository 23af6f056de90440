"""Finish or undo what crashed processes left, and end rooms with their doors. The function has no route: a
schedule invokes it.
"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.edge.date_times import InvalidDateTimeError, parse_date_time
from teleconsultation.edge.invocation import InvalidEventError, Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics
from teleconsultation.settings import NotConfiguredError
from teleconsultation.use_cases.reconcile import Reconciliation, reconcile_rooms


@metrics.log_metrics
@invocation
def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not checked yet
    """Run the reconciler once, within the function's timeout, and return a report.

    An operator may send `{"maxDeletions": 200}` to let the walk begin now and delete so many orphans, and
    `{"checkRoomsUntil": "2027-01-31T00:00:00Z"}` to look up the rooms of visits that open until then or up
    to a day later.
    """

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        done = reconcile_rooms(
            # The next run is the repetition.
            ports=bootstrap.ports(remaining_seconds=remaining_seconds, provider_attempts=1),
            policy=bootstrap.policy(),
            retention=bootstrap.settings().retention,
            overrun=bootstrap.overrun(),
            uploads_kept=bootstrap.uploads_kept(),
            remaining_seconds=remaining_seconds,
            max_deletions=_max_deletions(event),
            checks_until=_checks_until(event),
        )
    except NotConfiguredError as error:
        # From the first deployment until its last step: there are no rooms yet, and nothing has failed.
        logger.info("reconciler is not configured yet", reason=str(error))
        _count("ReconcileFailures", 0)
        return {"notConfigured": True}
    except Exception:
        _count("ReconcileFailures", 1)
        raise
    walk = done.walk
    _count("RoomsReconciled", done.settled + (walk.rooms_deleted if walk else 0))
    _count("ReconcileFailures", done.failures + (walk.failures if walk else 0))
    _count("LostRooms", done.lost_rooms)
    if walk and (walk.is_complete or walk.stopped):
        # The number is known only after a complete walk.
        _count("OrphanRooms", walk.rooms_left)
    report = _report(done)
    logger.info("reconciler ran", report=report)
    return report


def _max_deletions(event: Any) -> int | None:  # noqa: ANN401 - the event is not checked yet
    """Return the operator's limit; the schedule's own event has none."""
    if not isinstance(event, dict) or "maxDeletions" not in event:
        return None
    limit = event["maxDeletions"]
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise InvalidEventError("maxDeletions must be a whole number, 0 or more")
    return limit


def _checks_until(event: Any) -> datetime | None:  # noqa: ANN401 - the event is not checked yet
    if not isinstance(event, dict) or "checkRoomsUntil" not in event:
        return None
    try:
        return parse_date_time(event["checkRoomsUntil"])
    except (InvalidDateTimeError, TypeError):
        raise InvalidEventError(
            "checkRoomsUntil must be a date and time with an offset, such as 2027-01-31T00:00:00Z"
        ) from None


def _report(done: Reconciliation) -> Json:
    report: Json = {
        "settled": done.settled,
        "givenUp": done.given_up,
        "lostRooms": done.lost_rooms,
        "looksLeftOut": done.looks_left_out,
        "uploadsDeleted": done.uploads_deleted,
        "failures": done.failures,
        "outOfTime": done.is_out_of_time,
        "walk": None,
    }
    if done.walk is not None:
        report["walk"] = {
            "isAudit": done.walk.is_audit,
            "isComplete": done.walk.is_complete,
            "stopped": done.walk.stopped,
            "roomsDeleted": done.walk.rooms_deleted,
            "uploadsDeleted": done.walk.uploads_deleted,
            "roomsLeft": done.walk.rooms_left,
            "failures": done.walk.failures,
        }
    return report


def _count(name: str, value: int) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
