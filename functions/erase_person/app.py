"""Erase people. The function has no route: a schedule invokes it for the erasures that were requested, and
the operator for one person.
"""

import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.domain.texts import MAX_EXTERNAL_ID_LENGTH
from teleconsultation.edge.invocation import InvalidEventError, Json, invocation
from teleconsultation.edge.powertools_log import logger, metrics
from teleconsultation.settings import NotConfiguredError
from teleconsultation.use_cases.erase import Erasure, erase_person
from teleconsultation.use_cases.lookup import is_teleconsultation_id
from teleconsultation.use_cases.run_erasures import run_erasures

# Wider than `domain.texts`: an earlier version stored ids with outer spaces or invisible characters. These
# people can be erased too.
_EXTERNAL_ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
_SCHEDULE = "aws.events"


@invocation
def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not checked yet
    """Carry out the requested erasures, if the schedule invokes it. Otherwise read
    `{"userExternalId", "resumeFrom"?}` and erase that person. Return a report.
    """

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if isinstance(event, dict) and event.get("source") == _SCHEDULE:
        return _run_requested(remaining_seconds)
    external_id, resume_from = _read(event)
    erasure = erase_person(
        external_id,
        resume_from=resume_from,
        ports=bootstrap.ports(remaining_seconds=remaining_seconds),
        consents=bootstrap.consents(remaining_seconds=remaining_seconds),
        door=bootstrap.settings().door,
        remaining_seconds=remaining_seconds,
        announce=_announce,
    )
    report = _report(erasure)
    logger.info("erasure ran", report=report)
    return report


def _run_requested(remaining_seconds: Callable[[], float]) -> Json:
    try:
        done = run_erasures(
            erasures=bootstrap.erasures(remaining_seconds=remaining_seconds),
            ports=bootstrap.ports(remaining_seconds=remaining_seconds),
            consents=bootstrap.consents(remaining_seconds=remaining_seconds),
            door=bootstrap.settings().door,
            remaining_seconds=remaining_seconds,
        )
    except NotConfiguredError as error:
        # From the first deployment until its last step: no erasure can have been requested.
        logger.info("erasures are not configured yet", reason=str(error))
        return {"notConfigured": True}
    for erasure_id, erasure in done.runs.items():
        logger.info("erasure ran", erasure_id=erasure_id, report=_report(erasure))
    # Nothing is counted in the runs that had nothing to do, which are nearly all.
    if done.runs:
        metrics.add_metric(name="ErasureFailures", unit=MetricUnit.Count, value=done.failures)
        metrics.flush_metrics()
    return {"runs": len(done.runs), "failures": done.failures}


def _report(erasure: Erasure) -> Json:
    return {
        "complete": erasure.stopped_by is None,
        "stoppedBy": erasure.stopped_by,
        "resumeFrom": erasure.resume_from if erasure.stopped_by else None,
        "teleconsultations": erasure.teleconsultations,
        "upcoming": erasure.upcoming,
        "providerUsers": erasure.provider_users,
        "profileRemoved": erasure.profile_removed,
    }


def _announce(upcoming: str) -> None:
    # Replaces the list in the report if the process crashes before it reports.
    logger.info("emptying a seat", teleconsultation_id=upcoming)


def _read(event: Any) -> tuple[str, str | None]:  # noqa: ANN401 - the event is not checked yet
    if not isinstance(event, dict) or not event.keys() <= {"userExternalId", "resumeFrom"}:
        raise InvalidEventError('the event must be {"userExternalId": "...", "resumeFrom": "..." or null}')
    external_id, resume_from = event.get("userExternalId"), event.get("resumeFrom")
    # The length first: a pattern must not meet a long text.
    if (
        not isinstance(external_id, str)
        or len(external_id) > MAX_EXTERNAL_ID_LENGTH
        or not _EXTERNAL_ID.fullmatch(external_id)
    ):
        raise InvalidEventError("userExternalId must be a text of 1 to 255 characters without line breaks")
    if resume_from is not None and not (isinstance(resume_from, str) and is_teleconsultation_id(resume_from)):
        raise InvalidEventError("resumeFrom must be the one of the report before, or null to begin anew")
    return external_id, resume_from
